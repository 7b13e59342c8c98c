import django.core.validators
import django.db.models.deletion
import governance.foundation.fields
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("assignment", "0001_assignments"),
        ("organisation", "0002_extent_in_words"),
        ("organisation", "__first__"),
        ("providers", "0001_providers_and_invitations"),
        ("registry", "0005_stage_of_clearing"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssessmentRound",
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
                ("name", models.CharField(max_length=60, verbose_name="name of the round")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="until")),
                (
                    "satisfaction_weight",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="weight of satisfaction (%)",
                    ),
                ),
                (
                    "sample_percent",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="households to be asked (%)",
                    ),
                ),
                (
                    "sample_minimum",
                    models.PositiveSmallIntegerField(
                        default=20, verbose_name="at least households"
                    ),
                ),
                (
                    "excellent_from",
                    models.PositiveSmallIntegerField(default=90, verbose_name="excellent from"),
                ),
                (
                    "good_from",
                    models.PositiveSmallIntegerField(default=80, verbose_name="good from"),
                ),
                (
                    "passed_from",
                    models.PositiveSmallIntegerField(default=60, verbose_name="passed from"),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "open"), ("CLOSED", "closed")],
                        default="OPEN",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
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
            ],
            options={
                "verbose_name": "round of assessment",
                "verbose_name_plural": "rounds of assessment",
                "ordering": ["-starts_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "name"),
                        name="round_name_once",
                        violation_error_message="A round of this name is already there.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="round_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("satisfaction_weight__lte", 100)),
                        name="round_weight_is_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excellent_from__gt", models.F("good_from")),
                            ("good_from__gt", models.F("passed_from")),
                        ),
                        name="round_bands_descend",
                        violation_error_message="The bands must descend.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
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
                    "sampled_households",
                    models.PositiveIntegerField(verbose_name="households asked"),
                ),
                (
                    "satisfaction_score",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="satisfaction (points)",
                    ),
                ),
                (
                    "collection_score",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="collection (points)",
                    ),
                ),
                (
                    "total",
                    governance.foundation.fields.FixedPointField(
                        editable=False, places=2, verbose_name="total (points)"
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("EXCELLENT", "excellent"),
                            ("GOOD", "good"),
                            ("PASSED", "passed"),
                            ("FAILED", "failed"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="grade",
                    ),
                ),
                (
                    "reward",
                    models.CharField(blank=True, max_length=200, verbose_name="reward or penalty"),
                ),
                ("assessed_on", models.DateField(verbose_name="assessed on")),
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
                        related_name="assessments",
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
                        related_name="assessments",
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
                (
                    "round",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="fees.assessmentround",
                        verbose_name="round",
                    ),
                ),
            ],
            options={
                "verbose_name": "assessment",
                "verbose_name_plural": "assessments",
                "ordering": ["round", "-total", "pk"],
                "indexes": [
                    models.Index(fields=["district", "round", "id"], name="assessment_district")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "compound"),
                        name="assessment_once_a_round",
                        violation_error_message="This compound was already assessed in this round.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("satisfaction_score__gte", 0),
                            ("satisfaction_score__lte", 100),
                            ("collection_score__gte", 0),
                            ("collection_score__lte", 100),
                        ),
                        name="assessment_points_of_hundred",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BookBalance",
            fields=[
                (
                    "compound",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="book_balance",
                        serialize=False,
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "amount",
                    governance.foundation.fields.FixedPointField(
                        default=0, places=2, verbose_name="balance (yuan)"
                    ),
                ),
            ],
            options={
                "verbose_name": "balance of a book",
                "verbose_name_plural": "balances of books",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)),
                        name="book_not_overdrawn",
                        violation_error_message="The book of this compound does not hold so much.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BookEntry",
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
                            ("INCOME", "income"),
                            ("COST", "reasonable cost"),
                            ("SPENT", "spent on the compound"),
                        ],
                        max_length=10,
                        verbose_name="kind of entry",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("PARKING", "parking on common land"),
                            ("ADVERTISING", "advertising"),
                            ("SITE", "use of sites"),
                            ("CHARGING", "charging piles"),
                            ("SURPLUS", "surplus fed back"),
                            ("OTHER", "other"),
                        ],
                        max_length=20,
                        verbose_name="item",
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                (
                    "amount",
                    governance.foundation.fields.FixedPointField(
                        places=2, verbose_name="amount (yuan)"
                    ),
                ),
                ("purpose", models.CharField(blank=True, max_length=200, verbose_name="for what")),
                ("document", models.CharField(blank=True, max_length=100, verbose_name="voucher")),
                (
                    "published_on",
                    models.DateField(blank=True, null=True, verbose_name="published on"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="reason of the reversal"
                    ),
                ),
                ("entered_at", models.DateTimeField(auto_now_add=True, verbose_name="entered at")),
                ("batch", models.CharField(blank=True, max_length=40)),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="book",
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
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="fees.bookentry",
                        verbose_name="reverses",
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
                "verbose_name": "entry of the book",
                "verbose_name_plural": "entries of the book",
                "ordering": ["-on", "-pk"],
                "indexes": [
                    models.Index(fields=["compound", "-on", "-id"], name="book_compound"),
                    models.Index(fields=["district", "-on", "-id"], name="book_district"),
                    models.Index(fields=["street", "-on", "-id"], name="book_street"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("reverses", None)),
                            models.Q(("amount__lt", 0), ("reverses__isnull", False)),
                            _connector="OR",
                        ),
                        name="book_amount_has_its_sign",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reverses", None),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="book_reversed_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionReport",
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
                ("month", models.DateField(help_text="Its first day.", verbose_name="month")),
                (
                    "billed_households",
                    models.PositiveIntegerField(verbose_name="households billed"),
                ),
                (
                    "billed_amount",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="billed (yuan)",
                    ),
                ),
                ("paid_households", models.PositiveIntegerField(verbose_name="households paid")),
                (
                    "paid_amount",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="paid (yuan)",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collection_reports",
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
                        related_name="collection_reports",
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
                "verbose_name": "collection report",
                "verbose_name_plural": "collection reports",
                "ordering": ["-month", "compound"],
                "indexes": [
                    models.Index(fields=["district", "-month", "id"], name="collection_district"),
                    models.Index(fields=["street", "-month", "id"], name="collection_street"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("compound", "month"),
                        name="collection_once_a_month",
                        violation_error_message="This month has already been reported.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid_households__lte", models.F("billed_households"))),
                        name="collection_households_paid_were_billed",
                        violation_error_message="More households paid than were billed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="collection_month_is_first_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("billed_amount__gte", 0), ("paid_amount__gte", 0)),
                        name="collection_money_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ComplaintCount",
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
                ("month", models.DateField(help_text="Its first day.", verbose_name="month")),
                ("count", models.PositiveIntegerField(verbose_name="complaints")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaint_counts",
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
                "verbose_name": "complaints of a month",
                "verbose_name_plural": "complaints by month",
                "ordering": ["-month", "compound"],
                "indexes": [models.Index(fields=["district", "month"], name="complaints_district")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("compound", "month"), name="complaints_once_a_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="complaints_month_is_first_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCollectionReport",
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
                ("month", models.DateField(help_text="Its first day.", verbose_name="month")),
                (
                    "billed_households",
                    models.PositiveIntegerField(verbose_name="households billed"),
                ),
                (
                    "billed_amount",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="billed (yuan)",
                    ),
                ),
                ("paid_households", models.PositiveIntegerField(verbose_name="households paid")),
                (
                    "paid_amount",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="paid (yuan)",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
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
                "verbose_name": "historical collection report",
                "verbose_name_plural": "historical collection reports",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="fees_histor_history_28c7cd_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Inspection",
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
                ("passed", models.BooleanField(verbose_name="passed")),
                ("staff_absent", models.BooleanField(default=False, verbose_name="staff absent")),
                (
                    "statement_posted",
                    models.BooleanField(blank=True, null=True, verbose_name="statement posted"),
                ),
                ("findings", models.CharField(blank=True, max_length=500, verbose_name="findings")),
                (
                    "order_due_on",
                    models.DateField(blank=True, null=True, verbose_name="to be mended by"),
                ),
                ("mended_on", models.DateField(blank=True, null=True, verbose_name="mended on")),
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
                        related_name="inspections",
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
                    "inspected_by",
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
                "verbose_name": "inspection",
                "verbose_name_plural": "inspections",
                "ordering": ["-on", "-pk"],
                "indexes": [
                    models.Index(fields=["district", "-on", "-id"], name="inspection_district"),
                    models.Index(fields=["street", "-on", "-id"], name="inspection_street"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("passed", True),
                            models.Q(("findings", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="inspection_failed_with_findings",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceStage",
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
                    "stage",
                    models.CharField(
                        choices=[("SERVE", "serve"), ("CONSULT", "consult"), ("CHARGE", "charge")],
                        max_length=10,
                        verbose_name="service stage",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(editable=False)),
                ("began_on", models.DateField(verbose_name="began on")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "note",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="outcome of the consultation"
                    ),
                ),
                (
                    "assignment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
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
                "verbose_name": "service stage",
                "verbose_name_plural": "service stages",
                "ordering": ["assignment", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assignment", "position"),
                        name="servicestage_once",
                        violation_error_message="This stage has already begun.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("position", 1), ("stage", "SERVE")),
                            models.Q(("position", 2), ("stage", "CONSULT")),
                            models.Q(("position", 3), ("stage", "CHARGE")),
                            _connector="OR",
                        ),
                        name="servicestage_position",
                    ),
                ],
            },
        ),
    ]
