import django.core.validators
import django.db.models.deletion
import governance.foundation.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0003_special_days"),
        ("organisation", "__first__"),
        ("providers", "0001_providers_and_invitations"),
        ("registry", "0005_stage_of_clearing"),
    ]

    operations = [
        migrations.CreateModel(
            name="RatingEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rating",
                    models.CharField(
                        choices=[("AAA", "AAA"), ("AA", "AA"), ("A", "A"), ("B", "B"), ("C", "C")],
                        max_length=5,
                        verbose_name="credit rating",
                    ),
                ),
                (
                    "score",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=1,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(999),
                        ],
                        verbose_name="score",
                    ),
                ),
                ("issuer", models.CharField(blank=True, max_length=100, verbose_name="issued by")),
                ("issued_on", models.DateField(verbose_name="issued on")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("batch", models.CharField(blank=True, editable=False, max_length=40)),
            ],
            options={
                "verbose_name": "credit rating",
                "verbose_name_plural": "credit ratings",
                "ordering": ["-issued_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="StaffGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("ORDER", "order keeping"),
                            ("CLEANING", "cleaning"),
                            ("CUSTOMER_SERVICE", "customer service"),
                            ("REPAIR", "repair"),
                            ("FINANCE", "finance"),
                            ("GREENING", "greening"),
                            ("OTHER", "other"),
                        ],
                        max_length=20,
                        verbose_name="staff group",
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="people")),
            ],
            options={
                "verbose_name": "staff group",
                "verbose_name_plural": "staff groups",
                "ordering": ["provider", "group"],
            },
        ),
        migrations.CreateModel(
            name="Standard",
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
                ("effective_from", models.DateField(verbose_name="effective from")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                (
                    "base",
                    models.PositiveSmallIntegerField(
                        default=80,
                        validators=[django.core.validators.MaxValueValidator(999)],
                        verbose_name="points to begin with",
                    ),
                ),
                (
                    "good_most",
                    models.PositiveSmallIntegerField(
                        default=40,
                        validators=[django.core.validators.MaxValueValidator(999)],
                        verbose_name="good points, at most",
                    ),
                ),
                (
                    "aaa_from",
                    models.PositiveSmallIntegerField(
                        default=85,
                        validators=[django.core.validators.MaxValueValidator(999)],
                        verbose_name="AAA from",
                    ),
                ),
                (
                    "aa_from",
                    models.PositiveSmallIntegerField(
                        default=80,
                        validators=[django.core.validators.MaxValueValidator(999)],
                        verbose_name="AA from",
                    ),
                ),
                (
                    "a_from",
                    models.PositiveSmallIntegerField(
                        default=70,
                        validators=[django.core.validators.MaxValueValidator(999)],
                        verbose_name="A from",
                    ),
                ),
                (
                    "b_from",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[django.core.validators.MaxValueValidator(999)],
                        verbose_name="B from",
                    ),
                ),
                (
                    "yellow_to_red",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="yellow cards in a row that suggest a red one",
                    ),
                ),
                (
                    "share_percent",
                    models.PositiveSmallIntegerField(
                        default=40,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="share of one firm above which to warn (%)",
                    ),
                ),
            ],
            options={
                "verbose_name": "scale of standing",
                "verbose_name_plural": "scales of standing",
                "ordering": ["district", "-effective_from"],
            },
        ),
        migrations.AddField(
            model_name="historicalprovider",
            name="has_instructor",
            field=models.BooleanField(
                blank=True, null=True, verbose_name="party-building instructor"
            ),
        ),
        migrations.AddField(
            model_name="historicalprovider",
            name="phone",
            field=models.CharField(blank=True, max_length=40, verbose_name="office telephone"),
        ),
        migrations.AddField(
            model_name="historicalprovider",
            name="tags",
            field=governance.foundation.fields.TagsField(
                blank=True, default="", max_length=200, verbose_name="capabilities"
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="has_instructor",
            field=models.BooleanField(
                blank=True, null=True, verbose_name="party-building instructor"
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="phone",
            field=models.CharField(blank=True, max_length=40, verbose_name="office telephone"),
        ),
        migrations.AddField(
            model_name="provider",
            name="tags",
            field=governance.foundation.fields.TagsField(
                blank=True, default="", max_length=200, verbose_name="capabilities"
            ),
        ),
        migrations.AlterField(
            model_name="historicalprovider",
            name="party_form",
            field=models.CharField(
                blank=True,
                choices=[
                    ("OWN", "own party organisation"),
                    ("JOINT", "joint party organisation"),
                    ("NONE", "none"),
                ],
                max_length=20,
                verbose_name="party organisation",
            ),
        ),
        migrations.AlterField(
            model_name="provider",
            name="party_form",
            field=models.CharField(
                blank=True,
                choices=[
                    ("OWN", "own party organisation"),
                    ("JOINT", "joint party organisation"),
                    ("NONE", "none"),
                ],
                max_length=20,
                verbose_name="party organisation",
            ),
        ),
        migrations.CreateModel(
            name="BlacklistEntry",
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
                            ("PROPOSED", "waiting for the street's opinion"),
                            ("OPINION", "the firm is to be notified"),
                            ("HEARING", "the firm may be heard"),
                            ("IN_FORCE", "in force"),
                            ("REJECTED", "rejected"),
                            ("LIFTED", "lifted"),
                            ("ENDED", "ended by its term"),
                        ],
                        default="PROPOSED",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("PROCEDURE", "decided here"), ("IMPORT", "taken over by import")],
                        default="PROCEDURE",
                        editable=False,
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("proposed_on", models.DateField(verbose_name="proposed on")),
                (
                    "is_supported",
                    models.BooleanField(blank=True, null=True, verbose_name="the street agrees"),
                ),
                (
                    "opinion",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="the street's opinion"
                    ),
                ),
                (
                    "opinion_on",
                    models.DateField(blank=True, null=True, verbose_name="opinion given on"),
                ),
                (
                    "notified_on",
                    models.DateField(blank=True, null=True, verbose_name="firm notified on"),
                ),
                (
                    "heard_until",
                    models.DateField(blank=True, null=True, verbose_name="may be heard until"),
                ),
                (
                    "hearing",
                    models.TextField(
                        blank=True, max_length=2000, verbose_name="what the firm said"
                    ),
                ),
                ("heard_on", models.DateField(blank=True, null=True, verbose_name="heard on")),
                ("decided_on", models.DateField(blank=True, null=True, verbose_name="decided on")),
                (
                    "decision",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="grounds of the decision"
                    ),
                ),
                (
                    "decision_document",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="number of the decision"
                    ),
                ),
                ("term_from", models.DateField(blank=True, null=True, verbose_name="term from")),
                ("term_until", models.DateField(blank=True, null=True, verbose_name="term until")),
                ("lifted_on", models.DateField(blank=True, null=True, verbose_name="lifted on")),
                (
                    "lift_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="reason of lifting"),
                ),
                ("batch", models.CharField(blank=True, editable=False, max_length=40)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lifted by",
                    ),
                ),
                (
                    "opinion_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opinion given by",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blacklistings",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"level": 2},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street whose opinion is asked",
                    ),
                ),
            ],
            options={
                "verbose_name": "blacklisting",
                "verbose_name_plural": "blacklistings",
                "ordering": ["-proposed_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ("PROPOSED", "OPINION", "HEARING", "IN_FORCE"))
                        ),
                        fields=("provider",),
                        name="blacklisting_one_open",
                        violation_error_message="A blacklisting of this firm is open already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            ("proposed_by", None),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="blacklisting_decided_by_another",
                        violation_error_message="Who proposed it cannot decide it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "IN_FORCE"), _negated=True),
                            models.Q(
                                ("term_until__gte", models.F("term_from")),
                                models.Q(
                                    ("source", "IMPORT"),
                                    ("decided_by__isnull", False),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="blacklisting_in_force_has_a_term",
                        violation_error_message="A blacklisting in force has a decision and a term.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("heard_until", None),
                            ("heard_until__gte", models.F("notified_on")),
                            _connector="OR",
                        ),
                        name="blacklisting_heard_after_notice",
                        violation_error_message="The time to be heard cannot end before the notice.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Card",
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
                    "colour",
                    models.CharField(
                        choices=[("YELLOW", "yellow card"), ("RED", "red card")],
                        max_length=10,
                        verbose_name="card",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("given_on", models.DateField(verbose_name="given on")),
                (
                    "correct_by",
                    models.DateField(blank=True, null=True, verbose_name="to be corrected by"),
                ),
                (
                    "corrected_on",
                    models.DateField(blank=True, null=True, verbose_name="corrected on"),
                ),
                (
                    "correction",
                    models.CharField(blank=True, max_length=300, verbose_name="what was corrected"),
                ),
                (
                    "compound",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="provider_cards",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "card",
                "verbose_name_plural": "cards",
                "ordering": ["-given_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("corrected_on", None),
                            ("corrected_on__gte", models.F("given_on")),
                            _connector="OR",
                        ),
                        name="card_corrected_after_given",
                        violation_error_message="It cannot be corrected before the card was given.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("correct_by", None),
                            ("correct_by__gte", models.F("given_on")),
                            _connector="OR",
                        ),
                        name="card_due_after_given",
                        violation_error_message="The time to correct cannot end before it begins.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CostNorm",
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
                    "item",
                    models.CharField(
                        choices=[
                            ("CUSTOMER_SERVICE", "customer service"),
                            ("CLEANING", "cleaning"),
                            ("ORDER", "order keeping"),
                            ("GATE", "guard of a gate"),
                            ("GREENING", "greening"),
                            ("REPAIR", "repair"),
                            ("MATERIALS", "materials"),
                            ("UTILITIES", "water and electricity"),
                            ("REFUSE", "refuse removal"),
                            ("LIFT", "upkeep of lifts"),
                            ("FIRE", "upkeep of fire protection"),
                            ("INSURANCE", "insurance"),
                            ("OVERHEAD", "social insurance and overhead"),
                            ("TAX", "taxes"),
                            ("OTHER", "other cost"),
                        ],
                        max_length=20,
                        verbose_name="item of cost",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("POSTS", "posts by size"),
                            ("COST", "yuan a year by size"),
                            ("PERCENT", "percent of wages"),
                        ],
                        max_length=10,
                        verbose_name="kind of norm",
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("HOUSEHOLDS", "households"),
                            ("FLOOR_AREA", "m² of floor area"),
                            ("GREEN_AREA", "m² of green"),
                            ("GATES", "gates"),
                            ("LIFTS", "lifts"),
                            ("COMPOUNDS", "compounds"),
                            ("WAGES", "wages"),
                        ],
                        max_length=20,
                        verbose_name="measured by",
                    ),
                ),
                (
                    "quantity",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        help_text="How much of the measure one post serves: 15000.",
                        null=True,
                        places=2,
                        verbose_name="one post for",
                    ),
                ),
                (
                    "monthly_wage",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="monthly wage",
                    ),
                ),
                (
                    "amount",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="yuan a year for one",
                    ),
                ),
                (
                    "percent",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(200),
                        ],
                        verbose_name="percent of wages",
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="source")),
                (
                    "evidence",
                    models.CharField(
                        choices=[
                            ("STATED", "stated by the district"),
                            ("VERIFIED", "published table"),
                            ("GUESS", "assumption"),
                        ],
                        default="STATED",
                        max_length=10,
                        verbose_name="evidence",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "valid_until",
                    models.DateField(blank=True, null=True, verbose_name="valid until"),
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
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cost_norms",
                        to="providers.provider",
                        verbose_name="of one provider alone",
                    ),
                ),
            ],
            options={
                "verbose_name": "norm of cost",
                "verbose_name_plural": "norms of cost",
                "ordering": ["district", "item", "-valid_from", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("provider", None)),
                        fields=("district", "item", "valid_from"),
                        name="cost_norm_once_a_day",
                        violation_error_message="This item has a norm from this day already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("provider__isnull", False)),
                        fields=("provider", "item", "valid_from"),
                        name="cost_norm_of_a_firm_once_a_day",
                        violation_error_message="This item has a norm from this day already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="cost_norm_ends_after_it_begins",
                        violation_error_message="It cannot end before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "POSTS"), ("monthly_wage__gte", 0), ("quantity__gt", 0)
                            ),
                            models.Q(("amount__gte", 0), ("kind", "COST")),
                            models.Q(("kind", "PERCENT"), ("percent__gte", 0)),
                            _connector="OR",
                        ),
                        name="cost_norm_has_its_numbers",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "points",
                    governance.foundation.fields.FixedPointField(
                        help_text="Good ones are positive, bad ones negative: 2 or -5.",
                        places=1,
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="points",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("on", models.DateField(verbose_name="day of the event")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_events",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit event",
                "verbose_name_plural": "credit events",
                "ordering": ["-on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("points", 0), _negated=True),
                        name="credit_event_counts",
                        violation_error_message="An event without points changes nothing.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Filing",
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
                            ("APPLIED", "under review"),
                            ("FILED", "filed"),
                            ("REFUSED", "not filed"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        default="APPLIED",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("applied_on", models.DateField(verbose_name="applied on")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="remark")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended on")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "applied_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
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
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filings",
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
                "verbose_name": "application for filing",
                "verbose_name_plural": "applications for filing",
                "ordering": ["-applied_on", "-pk"],
                "indexes": [
                    models.Index(fields=["district", "-applied_on", "-id"], name="filing_district"),
                    models.Index(fields=["street", "-applied_on", "-id"], name="filing_street"),
                    models.Index(
                        fields=["community", "-applied_on", "-id"], name="filing_community"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "APPLIED")),
                        fields=("provider",),
                        name="filing_one_under_review",
                        violation_error_message="An application of this firm is under review already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_on", None), ("state", "APPLIED")),
                            models.Q(
                                models.Q(("state", "APPLIED"), _negated=True),
                                ("ended_on__gte", models.F("applied_on")),
                            ),
                            _connector="OR",
                        ),
                        name="filing_ended_after_applied",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FilingReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("COMMUNITY", "community"),
                            ("STREET", "street"),
                            ("DISTRICT", "district property centre"),
                        ],
                        max_length=10,
                        verbose_name="level of review",
                    ),
                ),
                ("is_passed", models.BooleanField(verbose_name="passed")),
                ("opinion", models.CharField(blank=True, max_length=300, verbose_name="opinion")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("on", models.DateField(verbose_name="reviewed on")),
                (
                    "applied_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
                    ),
                ),
                (
                    "filing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="providers.filing",
                        verbose_name="application for filing",
                    ),
                ),
            ],
            options={
                "verbose_name": "review of an application",
                "verbose_name_plural": "reviews of applications",
                "ordering": ["filing", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("filing", "level"), name="filing_review_once_a_level"
                    ),
                    models.UniqueConstraint(
                        fields=("filing", "by"), name="filing_review_three_people"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("by", models.F("applied_by")), _negated=True),
                        name="filing_review_not_by_the_applicant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_passed", True),
                            models.Q(("opinion", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="filing_refused_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FirmOrganisation",
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
                    "name",
                    models.CharField(max_length=100, verbose_name="name of the party organisation"),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("OWN", "of one firm alone"),
                            ("JOINT", "joint, of several firms"),
                        ],
                        max_length=10,
                        verbose_name="form of the organisation",
                    ),
                ),
                ("founded_on", models.DateField(blank=True, null=True, verbose_name="founded on")),
                (
                    "secretary",
                    models.CharField(blank=True, max_length=50, verbose_name="secretary"),
                ),
                ("batch", models.CharField(blank=True, editable=False, max_length=40)),
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
                "verbose_name": "party organisation of firms",
                "verbose_name_plural": "party organisations of firms",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "name"),
                        name="firm_organisation_once",
                        violation_error_message="There is an organisation of this name already.",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="historicalprovider",
            name="party_organisation",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="providers.firmorganisation",
                verbose_name="its party organisation",
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="party_organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="firms",
                to="providers.firmorganisation",
                verbose_name="its party organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="provider",
            constraint=models.UniqueConstraint(
                condition=models.Q(("party_form", "OWN")),
                fields=("party_organisation",),
                name="provider_own_organisation_alone",
                violation_error_message="This organisation belongs to one other firm alone.",
            ),
        ),
        migrations.AddConstraint(
            model_name="provider",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("party_organisation", None),
                    ("party_form__in", ("OWN", "JOINT")),
                    _connector="OR",
                ),
                name="provider_organisation_has_a_form",
                violation_error_message="A firm without a party organisation names none.",
            ),
        ),
        migrations.AddField(
            model_name="ratingentry",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddField(
            model_name="ratingentry",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="ratings",
                to="providers.provider",
                verbose_name="provider",
            ),
        ),
        migrations.AddField(
            model_name="staffgroup",
            name="provider",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="staff_groups",
                to="providers.provider",
                verbose_name="provider",
            ),
        ),
        migrations.AddField(
            model_name="standard",
            name="district",
            field=models.ForeignKey(
                limit_choices_to={"level": 1},
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisation.area",
                verbose_name="district",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffgroup",
            constraint=models.UniqueConstraint(
                fields=("provider", "group"), name="staff_group_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="standard",
            constraint=models.UniqueConstraint(
                fields=("district", "effective_from"), name="standard_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="standard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("aaa_from__gt", models.F("aa_from")),
                    ("aa_from__gt", models.F("a_from")),
                    ("a_from__gt", models.F("b_from")),
                ),
                name="standard_bands_in_order",
                violation_error_message="Each better band begins above the one below.",
            ),
        ),
    ]
