import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisation", "0002_extent_in_words"),
        ("organisation", "__first__"),
        ("providers", "0001_providers_and_invitations"),
        ("registry", "0005_stage_of_clearing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        default="REGISTERED",
                        editable=False,
                        max_length=20,
                        verbose_name="stage of clearing",
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNIT_COBUILD", "co-build by the work unit"),
                            ("RED_TAKEOVER", "red-property takeover"),
                            ("SUBSIDY_TRANSITION", "transition subsidy"),
                            ("FALLBACK", "fallback service"),
                        ],
                        editable=False,
                        help_text="As the case was confirmed; a later classification does not change it.",
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                ("registered_on", models.DateField(editable=False, verbose_name="registered on")),
                (
                    "entered_on",
                    models.DateField(editable=False, verbose_name="in this stage since"),
                ),
                ("due_on", models.DateField(editable=False, null=True, verbose_name="due on")),
                (
                    "planned_on",
                    models.DateField(blank=True, null=True, verbose_name="planned completion"),
                ),
                (
                    "leader",
                    models.CharField(blank=True, max_length=100, verbose_name="leader in charge"),
                ),
                (
                    "confirmed_on",
                    models.DateField(
                        editable=False, null=True, verbose_name="strategy confirmed on"
                    ),
                ),
                (
                    "served_from",
                    models.DateField(editable=False, null=True, verbose_name="served since"),
                ),
                (
                    "first_cleared_on",
                    models.DateField(editable=False, null=True, verbose_name="first cleared on"),
                ),
                (
                    "cleared_on",
                    models.DateField(editable=False, null=True, verbose_name="cleared on"),
                ),
                (
                    "rebound_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="rebounds"
                    ),
                ),
                (
                    "watched_until",
                    models.DateField(editable=False, null=True, verbose_name="watched until"),
                ),
                (
                    "band",
                    models.CharField(
                        blank=True, editable=False, max_length=10, verbose_name="watch band"
                    ),
                ),
                (
                    "resumes_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="goes on at",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "compound",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="strategy confirmed by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "clearing case",
                "verbose_name_plural": "clearing cases",
                "ordering": ["compound"],
                "indexes": [
                    models.Index(
                        fields=["district", "state", "due_on", "id"], name="case_district"
                    ),
                    models.Index(fields=["street", "state", "due_on", "id"], name="case_street"),
                    models.Index(
                        fields=["community", "state", "due_on", "id"], name="case_community"
                    ),
                    models.Index(fields=["district", "due_on", "id"], name="case_district_due"),
                    models.Index(fields=["street", "due_on", "id"], name="case_street_due"),
                    models.Index(fields=["district", "band", "id"], name="case_band"),
                    models.Index(fields=["district", "cleared_on", "id"], name="case_cleared"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "CLEARED"), _negated=True),
                            models.Q(
                                ("cleared_on__isnull", False), ("first_cleared_on__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="case_cleared_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cleared_on", None),
                            ("first_cleared_on__lte", models.F("cleared_on")),
                            _connector="OR",
                        ),
                        name="case_first_cleared_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "REGISTERED",
                                    "SURVEYED",
                                    "CLASSIFIED",
                                    "SUSPENDED",
                                    "MERGED",
                                    "EXCLUDED",
                                    "REBOUND",
                                ],
                            ),
                            models.Q(("strategy", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="case_goes_on_with_strategy",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "SUSPENDED"), models.Q(("resumes_to", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("state", "SUSPENDED"), _negated=True), ("resumes_to", "")
                            ),
                            _connector="OR",
                        ),
                        name="case_suspended_from_a_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acceptance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                ("on", models.DateField(verbose_name="day")),
                ("staff_on_post", models.BooleanField(verbose_name="staff on post")),
                ("refuse_cleared", models.BooleanField(verbose_name="refuse cleared")),
                ("board_up", models.BooleanField(verbose_name="notice board up")),
                ("complaint_line", models.BooleanField(verbose_name="complaint line works")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="findings")),
                (
                    "document",
                    models.CharField(blank=True, max_length=150, verbose_name="acceptance sheet"),
                ),
                (
                    "accepted_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="inspected by",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptances",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "acceptance",
                "verbose_name_plural": "acceptances",
                "ordering": ["-on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Consultation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("VISITS", "house visits"),
                            ("MEETING", "residents' meeting"),
                            ("BALLOT", "ballot"),
                            ("NOTICE", "notice without objection"),
                        ],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("noticed_on", models.DateField(verbose_name="notice posted on")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed on")),
                (
                    "households_asked",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="households asked"
                    ),
                ),
                (
                    "households_answered",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="households that answered"
                    ),
                ),
                (
                    "households_agreed",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="households that agreed"
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                ("findings", models.CharField(blank=True, max_length=500, verbose_name="findings")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consultations",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="held by",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "consultation",
                "verbose_name_plural": "consultations",
                "ordering": ["-noticed_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on", None),
                            ("closed_on__gte", models.F("noticed_on")),
                            _connector="OR",
                        ),
                        name="consultation_closes_after_notice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("households_agreed", None),
                            ("households_agreed__lte", models.F("households_answered")),
                            _connector="OR",
                        ),
                        name="consultation_agreed_answered",
                        violation_error_message="More households agreed than answered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("households_answered", None),
                            ("households_answered__lte", models.F("households_asked")),
                            _connector="OR",
                        ),
                        name="consultation_answered_asked",
                        violation_error_message="More households answered than were asked.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        max_length=20,
                        verbose_name="stage of clearing",
                    ),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days"),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[("WORKING", "working days"), ("CALENDAR", "days")],
                        default="WORKING",
                        max_length=10,
                        verbose_name="kind of days",
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 1},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
            ],
            options={
                "verbose_name": "deadline",
                "verbose_name_plural": "deadlines",
                "ordering": ["district", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("district", "state"), name="deadline_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCase",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        default="REGISTERED",
                        editable=False,
                        max_length=20,
                        verbose_name="stage of clearing",
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNIT_COBUILD", "co-build by the work unit"),
                            ("RED_TAKEOVER", "red-property takeover"),
                            ("SUBSIDY_TRANSITION", "transition subsidy"),
                            ("FALLBACK", "fallback service"),
                        ],
                        editable=False,
                        help_text="As the case was confirmed; a later classification does not change it.",
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                ("registered_on", models.DateField(editable=False, verbose_name="registered on")),
                (
                    "entered_on",
                    models.DateField(editable=False, verbose_name="in this stage since"),
                ),
                ("due_on", models.DateField(editable=False, null=True, verbose_name="due on")),
                (
                    "planned_on",
                    models.DateField(blank=True, null=True, verbose_name="planned completion"),
                ),
                (
                    "leader",
                    models.CharField(blank=True, max_length=100, verbose_name="leader in charge"),
                ),
                (
                    "confirmed_on",
                    models.DateField(
                        editable=False, null=True, verbose_name="strategy confirmed on"
                    ),
                ),
                (
                    "served_from",
                    models.DateField(editable=False, null=True, verbose_name="served since"),
                ),
                (
                    "first_cleared_on",
                    models.DateField(editable=False, null=True, verbose_name="first cleared on"),
                ),
                (
                    "cleared_on",
                    models.DateField(editable=False, null=True, verbose_name="cleared on"),
                ),
                (
                    "rebound_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="rebounds"
                    ),
                ),
                (
                    "watched_until",
                    models.DateField(editable=False, null=True, verbose_name="watched until"),
                ),
                (
                    "band",
                    models.CharField(
                        blank=True, editable=False, max_length=10, verbose_name="watch band"
                    ),
                ),
                (
                    "resumes_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="goes on at",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        limit_choices_to={"level": 3},
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "compound",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="strategy confirmed by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical clearing case",
                "verbose_name_plural": "historical clearing cases",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="clearing_hi_history_38054f_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Loss",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                ("lost_on", models.DateField(verbose_name="lost on")),
                ("reason", models.CharField(max_length=300, verbose_name="what happened")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REPORTED", "reported"),
                            ("CONFIRMED", "confirmed"),
                            ("REJECTED", "not confirmed"),
                        ],
                        default="REPORTED",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reported_at", models.DateTimeField(editable=False, verbose_name="reported at")),
                (
                    "decided_on",
                    models.DateField(editable=False, null=True, verbose_name="decided on"),
                ),
                (
                    "decision_reason",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="reason of the decision"
                    ),
                ),
                (
                    "emergency_from",
                    models.DateField(blank=True, null=True, verbose_name="emergency service from"),
                ),
                (
                    "emergency_until",
                    models.DateField(
                        blank=True,
                        help_text="Six months at most.",
                        null=True,
                        verbose_name="emergency service until",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="losses",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "emergency_provider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="providers.provider",
                        verbose_name="emergency provider",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "lost service",
                "verbose_name_plural": "lost services",
                "ordering": ["-lost_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "REPORTED")),
                        fields=("case",),
                        name="loss_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("reported_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="loss_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "REPORTED"),
                            models.Q(("decided_by__isnull", False), ("decided_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="loss_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("emergency_until", None),
                            ("emergency_until__gte", models.F("emergency_from")),
                            _connector="OR",
                        ),
                        name="loss_emergency_term",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "situation",
                    models.TextField(blank=True, max_length=1000, verbose_name="situation"),
                ),
                (
                    "measures",
                    models.TextField(blank=True, max_length=2000, verbose_name="measures"),
                ),
                (
                    "services",
                    models.TextField(blank=True, max_length=1000, verbose_name="services"),
                ),
                (
                    "fee_plan",
                    models.CharField(blank=True, max_length=300, verbose_name="fee and collection"),
                ),
                ("funding", models.CharField(blank=True, max_length=300, verbose_name="funding")),
                (
                    "renovation",
                    models.CharField(blank=True, max_length=300, verbose_name="renovation"),
                ),
                (
                    "responsible",
                    models.CharField(blank=True, max_length=100, verbose_name="responsible"),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="prepared by",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan of a compound",
                "verbose_name_plural": "plans of compounds",
            },
        ),
        migrations.CreateModel(
            name="Transition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("OPEN", "opened"),
                            ("ADVANCE", "went on"),
                            ("CONFIRM", "strategy confirmed"),
                            ("RETURN", "sent back"),
                            ("SUSPEND", "suspended"),
                            ("RESUME", "resumed"),
                            ("LOSS", "service lost"),
                            ("LEAVE", "left the campaign"),
                        ],
                        max_length=10,
                        verbose_name="act",
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        max_length=20,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("REGISTERED", "registered"),
                            ("SURVEYED", "survey to be verified"),
                            ("CLASSIFIED", "strategy to be approved"),
                            ("MATCHING", "matching a provider"),
                            ("CONSULTING", "consulting residents"),
                            ("CONTRACTED", "contract to be filed"),
                            ("SERVING", "serving"),
                            ("ACCEPTED", "in acceptance"),
                            ("CLEARED", "cleared"),
                            ("REBOUND", "rebound"),
                            ("SUSPENDED", "suspended"),
                            ("MERGED", "merged"),
                            ("EXCLUDED", "left the campaign"),
                        ],
                        max_length=20,
                        verbose_name="to",
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNIT_COBUILD", "co-build by the work unit"),
                            ("RED_TAKEOVER", "red-property takeover"),
                            ("SUBSIDY_TRANSITION", "transition subsidy"),
                            ("FALLBACK", "fallback service"),
                        ],
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("at", models.DateTimeField(verbose_name="recorded at")),
                ("post", models.CharField(blank=True, max_length=200, verbose_name="post")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("days_late", models.PositiveIntegerField(default=0, verbose_name="days late")),
                ("batch", models.CharField(blank=True, max_length=40)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transitions",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a case",
                "verbose_name_plural": "steps of a case",
                "ordering": ["case", "on", "pk"],
                "indexes": [
                    models.Index(fields=["district", "on", "id"], name="transition_district"),
                    models.Index(fields=["street", "on", "id"], name="transition_street"),
                    models.Index(fields=["case", "on", "id"], name="transition_case"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["RETURN", "SUSPEND", "LOSS", "LEAVE"]), _negated=True
                            ),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="transition_back_with_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                ("title", models.CharField(max_length=100, verbose_name="title")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "months",
                    models.PositiveSmallIntegerField(default=24, verbose_name="months under watch"),
                ),
                (
                    "yellow_from",
                    models.PositiveSmallIntegerField(
                        default=20, verbose_name="yellow from (points)"
                    ),
                ),
                (
                    "red_from",
                    models.PositiveSmallIntegerField(default=50, verbose_name="red from (points)"),
                ),
                (
                    "visit_working_days",
                    models.PositiveSmallIntegerField(
                        default=10, verbose_name="visit within (working days)"
                    ),
                ),
                (
                    "order_days",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="plan of an order within (days)"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "draft"),
                            ("PUBLISHED", "published"),
                            ("RETIRED", "retired"),
                        ],
                        default="DRAFT",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="published at"),
                ),
                (
                    "district",
                    models.ForeignKey(
                        limit_choices_to={"level": 1},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="prepared by",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "watch policy",
                "verbose_name_plural": "watch policies",
                "ordering": ["-valid_from", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("red_from__gt", models.F("yellow_from"))),
                        name="watchpolicy_bands_rise",
                        violation_error_message="Red must begin above yellow.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by", None),
                            models.Q(("published_by", models.F("prepared_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="watchpolicy_two_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PUBLISHED")),
                        fields=("district", "valid_from"),
                        name="watchpolicy_one_from_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField(verbose_name="as of")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("QUEUED", "waiting"),
                            ("RUNNING", "running"),
                            ("DONE", "finished"),
                            ("CANCELLED", "cancelled"),
                            ("FAILED", "failed"),
                        ],
                        default="QUEUED",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="compounds")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("cancel_requested", models.BooleanField(default=False, verbose_name="cancelling")),
                ("started_at", models.DateTimeField(auto_now_add=True, verbose_name="started at")),
                ("heartbeat_at", models.DateTimeField(null=True, verbose_name="last sign of life")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                (
                    "elapsed_ms",
                    models.PositiveIntegerField(default=0, verbose_name="time taken (ms)"),
                ),
                ("error", models.CharField(blank=True, max_length=500, verbose_name="error")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="scores written")),
                ("counts", models.JSONField(default=dict, verbose_name="counts")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="clearing.watchpolicy",
                        verbose_name="watch policy",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "watch run",
                "verbose_name_plural": "watch runs",
                "ordering": ["-started_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(verbose_name="points")),
                (
                    "band",
                    models.CharField(
                        choices=[("GREEN", "green"), ("YELLOW", "yellow"), ("RED", "red")],
                        max_length=10,
                        verbose_name="watch band",
                    ),
                ),
                ("record", models.JSONField(verbose_name="signals and trace")),
                ("digest", models.CharField(max_length=32)),
                ("as_of", models.DateField(verbose_name="as of")),
                ("is_current", models.BooleanField(default=True, verbose_name="current")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clearing.watchpolicy",
                        verbose_name="watch policy",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="clearing.watchrun",
                        verbose_name="watch run",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "watch score",
                "verbose_name_plural": "watch scores",
                "ordering": ["-as_of", "-pk"],
                "indexes": [
                    models.Index(fields=["case", "-as_of", "-id"], name="watchscore_case"),
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["district", "band", "-score", "id"],
                        name="watchscore_district",
                    ),
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["street", "band", "-score", "id"],
                        name="watchscore_street",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("case",),
                        name="watchscore_one_current",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchSignal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40, verbose_name="signal")),
                ("threshold", models.IntegerField(blank=True, null=True, verbose_name="threshold")),
                ("points", models.PositiveSmallIntegerField(verbose_name="points")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signals",
                        to="clearing.watchpolicy",
                        verbose_name="watch policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "signal of a watch policy",
                "verbose_name_plural": "signals of a watch policy",
                "ordering": ["policy", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "key"), name="watchsignal_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "kind",
                    models.CharField(
                        choices=[("VISIT", "visit"), ("ORDER", "order")],
                        max_length=10,
                        verbose_name="kind of task",
                    ),
                ),
                ("opened_on", models.DateField(verbose_name="opened on")),
                ("due_on", models.DateField(verbose_name="due on")),
                (
                    "assigned_to",
                    models.CharField(blank=True, max_length=100, verbose_name="handled by"),
                ),
                ("plan", models.TextField(blank=True, max_length=1000, verbose_name="plan")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="done on")),
                ("result", models.CharField(blank=True, max_length=500, verbose_name="result")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watch_tasks",
                        to="clearing.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        limit_choices_to={"level": 3},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "score",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clearing.watchscore",
                        verbose_name="watch score",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "task of the watch",
                "verbose_name_plural": "tasks of the watch",
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(
                        fields=["district", "done_on", "due_on", "id"], name="watchtask_district"
                    ),
                    models.Index(
                        fields=["street", "done_on", "due_on", "id"], name="watchtask_street"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_on", None)),
                        fields=("case", "kind"),
                        name="watchtask_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_on", None),
                            models.Q(
                                models.Q(("result", ""), _negated=True), ("done_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="watchtask_done_with_result",
                    ),
                ],
            },
        ),
    ]
