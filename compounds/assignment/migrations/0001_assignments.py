import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("classification", "0005_terms_of_policies_hold"),
        ("organisation", "0002_extent_in_words"),
        ("organisation", "__first__"),
        ("providers", "0001_providers_and_invitations"),
        ("registry", "0005_stage_of_clearing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
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
                    "strategy",
                    models.CharField(
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
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="reason of the choice"
                    ),
                ),
                (
                    "exception_reason",
                    models.CharField(
                        blank=True,
                        help_text="Fallback without two failed rounds, or a firm that is not eligible.",
                        max_length=300,
                        verbose_name="reason for going without what is asked",
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "planned_on",
                    models.DateField(blank=True, null=True, verbose_name="planned completion"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "proposed"),
                            ("STREET_REVIEWED", "reviewed by the street"),
                            ("DISTRICT_APPROVED", "approved by the district"),
                            ("ACTIVE", "active"),
                            ("ENDED", "ended"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        default="PROPOSED",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="serves from"
                    ),
                ),
                (
                    "ended_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="served until"
                    ),
                ),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("EXPIRED", "the contract ran out"),
                            ("DISMISSED", "dismissed by the owners"),
                            ("RESIGNED", "the provider withdrew"),
                            ("REPLACED", "replaced by another provider"),
                            ("LOST", "service was lost"),
                            ("GONE", "the compound is no longer there"),
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="reason of the end",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="classification.decision",
                        verbose_name="classification it rests on",
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
                    "provider",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="assignment.assignment",
                        verbose_name="replaces",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
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
                "verbose_name": "assignment",
                "verbose_name_plural": "assignments",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["district", "state", "id"], name="assignment_district"),
                    models.Index(fields=["street", "state", "id"], name="assignment_street"),
                    models.Index(fields=["provider", "state", "id"], name="assignment_provider"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ACTIVE")),
                        fields=("compound",),
                        name="assignment_one_active",
                        violation_error_message="Another provider already serves this compound.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "STREET_REVIEWED", "DISTRICT_APPROVED"])
                        ),
                        fields=("compound",),
                        name="assignment_one_prepared",
                        violation_error_message="For this compound an assignment is already prepared.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by", None),
                            models.Q(("reviewed_by", models.F("prepared_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="assignment_reviewer_is_not_preparer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(
                                models.Q(("approved_by", models.F("prepared_by")), _negated=True),
                                models.Q(("approved_by", models.F("reviewed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="assignment_approver_is_a_third",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "WITHDRAWN"]),
                            ("reviewed_by__isnull", False),
                            _connector="OR",
                        ),
                        name="assignment_goes_on_reviewed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "STREET_REVIEWED", "WITHDRAWN"]),
                            ("approved_by__isnull", False),
                            _connector="OR",
                        ),
                        name="assignment_goes_on_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["ACTIVE", "ENDED"]), _negated=True),
                            ("starts_on__isnull", False),
                            _connector="OR",
                        ),
                        name="assignment_serves_from_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_on__isnull", False),
                                ("state", "ENDED"),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "ENDED"), _negated=True), ("ended_on", None)
                            ),
                            _connector="OR",
                        ),
                        name="assignment_ended_with_day_and_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None),
                            ("ended_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="assignment_ends_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssignmentLock",
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
                        choices=[
                            ("KEEP", "only this provider"),
                            ("BAR", "not this provider"),
                            ("HOLD", "nobody for the time being"),
                        ],
                        max_length=10,
                        verbose_name="kind of lock",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "released_on",
                    models.DateField(editable=False, null=True, verbose_name="released on"),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignment_locks",
                        to="registry.compound",
                        verbose_name="compound",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="locks",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="released by",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="set by",
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
                "verbose_name": "lock",
                "verbose_name_plural": "locks",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "HOLD"), ("provider", None)),
                            models.Q(("kind__in", ["KEEP", "BAR"]), ("provider__isnull", False)),
                            _connector="OR",
                        ),
                        name="lock_names_its_provider",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("released_on", None)),
                        fields=("compound", "kind", "provider"),
                        name="lock_once",
                        violation_error_message="This lock is already set.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "HOLD"), ("released_on", None)),
                        fields=("compound",),
                        name="lock_held_once",
                        violation_error_message="This lock is already set.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssignmentStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("PROPOSED", "proposed"),
                            ("STREET_REVIEWED", "reviewed by the street"),
                            ("DISTRICT_APPROVED", "approved by the district"),
                            ("ACTIVE", "active"),
                            ("ENDED", "ended"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        max_length=20,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "proposed"),
                            ("STREET_REVIEWED", "reviewed by the street"),
                            ("DISTRICT_APPROVED", "approved by the district"),
                            ("ACTIVE", "active"),
                            ("ENDED", "ended"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        max_length=20,
                        verbose_name="to",
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("at", models.DateTimeField(verbose_name="recorded at")),
                ("post", models.CharField(blank=True, max_length=200, verbose_name="post")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("batch", models.CharField(blank=True, db_index=True, max_length=40)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="assignment.assignment",
                        verbose_name="assignment",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "step of an assignment",
                "verbose_name_plural": "steps of an assignment",
                "ordering": ["assignment", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HandoverItem",
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
                    "direction",
                    models.CharField(
                        choices=[("IN", "taking over"), ("OUT", "handing back")],
                        max_length=5,
                        verbose_name="direction",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("DOCUMENTS", "documents and drawings"),
                            ("OWNERS", "list of owners"),
                            ("ROOMS", "property rooms"),
                            ("EQUIPMENT", "equipment"),
                            ("KEYS", "keys and access"),
                            ("FUNDS", "money and accounts"),
                            ("SECURITY", "fire and security systems"),
                            ("STAFF", "staff on post"),
                            ("OTHER", "other"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("description", models.CharField(max_length=200, verbose_name="description")),
                (
                    "quantity",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="quantity",
                    ),
                ),
                (
                    "condition",
                    models.CharField(blank=True, max_length=100, verbose_name="condition"),
                ),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="handed over on")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handover",
                        to="assignment.assignment",
                        verbose_name="assignment",
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
                "verbose_name": "item of a hand-over",
                "verbose_name_plural": "items of a hand-over",
                "ordering": ["assignment", "direction", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalAssignment",
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
                    "strategy",
                    models.CharField(
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
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="reason of the choice"
                    ),
                ),
                (
                    "exception_reason",
                    models.CharField(
                        blank=True,
                        help_text="Fallback without two failed rounds, or a firm that is not eligible.",
                        max_length=300,
                        verbose_name="reason for going without what is asked",
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "planned_on",
                    models.DateField(blank=True, null=True, verbose_name="planned completion"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "proposed"),
                            ("STREET_REVIEWED", "reviewed by the street"),
                            ("DISTRICT_APPROVED", "approved by the district"),
                            ("ACTIVE", "active"),
                            ("ENDED", "ended"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        default="PROPOSED",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="serves from"
                    ),
                ),
                (
                    "ended_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="served until"
                    ),
                ),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("EXPIRED", "the contract ran out"),
                            ("DISMISSED", "dismissed by the owners"),
                            ("RESIGNED", "the provider withdrew"),
                            ("REPLACED", "replaced by another provider"),
                            ("LOST", "service was lost"),
                            ("GONE", "the compound is no longer there"),
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="reason of the end",
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
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
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
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="classification.decision",
                        verbose_name="classification it rests on",
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
                    "prepared_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="prepared by",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="assignment.assignment",
                        verbose_name="replaces",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
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
                "verbose_name": "historical assignment",
                "verbose_name_plural": "historical assignments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="assignment__history_f398b3_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Refusal",
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
                    "party",
                    models.CharField(
                        choices=[
                            ("PROVIDER", "the provider"),
                            ("RESIDENTS", "the residents"),
                            ("STREET", "the street"),
                            ("DISTRICT", "the district"),
                        ],
                        max_length=20,
                        verbose_name="who refused",
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refusals",
                        to="registry.compound",
                        verbose_name="compound",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refusals",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recorded by",
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
                "verbose_name": "refusal",
                "verbose_name_plural": "refusals",
                "ordering": ["-on", "-pk"],
            },
        ),
    ]
