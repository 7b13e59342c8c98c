import compounds.providers.models.firms
import django.core.validators
import django.db.models.deletion
import governance.foundation.fields
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisation", "0001_users_areas_posts"),
        ("organisation", "__first__"),
        ("registry", "0001_compounds"),
    ]

    operations = [
        migrations.CreateModel(
            name="Provider",
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
                ("name", models.CharField(max_length=100, verbose_name="name of the provider")),
                (
                    "credit_code",
                    models.CharField(
                        max_length=18,
                        unique=True,
                        validators=[compounds.providers.models.firms.validate_credit_code],
                        verbose_name="unified social credit code",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ENTERPRISE", "property service enterprise"),
                            ("UNIT_COMPANY", "company of a work unit"),
                            ("COMMUNITY_COMPANY", "community service company"),
                            ("NON_PROFIT", "private non-profit"),
                            ("VILLAGE_COLLECTIVE", "village collective"),
                            ("MOBILE", "mobile property"),
                            ("FALLBACK_TEAM", "fallback team"),
                        ],
                        default="ENTERPRISE",
                        max_length=20,
                        verbose_name="kind of provider",
                    ),
                ),
                (
                    "legal_representative",
                    models.CharField(
                        blank=True, max_length=50, verbose_name="legal representative"
                    ),
                ),
                (
                    "project_manager",
                    models.CharField(blank=True, max_length=50, verbose_name="project manager"),
                ),
                ("is_red", models.BooleanField(default=False, verbose_name="red property")),
                (
                    "party_form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("OWN", "own party organisation"),
                            ("JOINT", "joint party organisation"),
                            ("INSTRUCTOR", "party-building instructor"),
                            ("NONE", "none"),
                        ],
                        max_length=20,
                        verbose_name="party organisation",
                    ),
                ),
                (
                    "is_in_district",
                    models.BooleanField(blank=True, null=True, verbose_name="in the district"),
                ),
                ("is_able", models.BooleanField(blank=True, null=True, verbose_name="able")),
                ("is_willing", models.BooleanField(blank=True, null=True, verbose_name="willing")),
                (
                    "is_well_founded",
                    models.BooleanField(blank=True, null=True, verbose_name="well founded"),
                ),
                (
                    "staff_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="staff"),
                ),
                (
                    "served_count",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="compounds served"
                    ),
                ),
                (
                    "served_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="area served (m²)",
                    ),
                ),
                (
                    "capacity_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="capacity (m²)",
                    ),
                ),
                (
                    "distance_limit_m",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="distance limit (m)"
                    ),
                ),
                (
                    "rating",
                    models.CharField(
                        blank=True,
                        choices=[("AAA", "AAA"), ("AA", "AA"), ("A", "A"), ("B", "B"), ("C", "C")],
                        max_length=5,
                        verbose_name="credit rating",
                    ),
                ),
                ("filed_on", models.DateField(blank=True, null=True, verbose_name="filed on")),
                (
                    "blacklisted_until",
                    models.DateField(blank=True, null=True, verbose_name="blacklisted until"),
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
                "verbose_name": "provider",
                "verbose_name_plural": "providers",
                "ordering": ["name", "pk"],
                "indexes": [models.Index(fields=["district", "name", "id"], name="provider_name")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
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
                    "round",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="round",
                    ),
                ),
                ("invited_on", models.DateField(verbose_name="invited on")),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("WAITING", "waiting for the answer"),
                            ("AGREED", "agreed"),
                            ("AGREED_WITH_SUBSIDY", "agreed with subsidy"),
                            ("REFUSED", "refused"),
                            ("NO_ANSWER", "did not answer"),
                        ],
                        default="WAITING",
                        max_length=20,
                        verbose_name="answer",
                    ),
                ),
                (
                    "answered_on",
                    models.DateField(blank=True, null=True, verbose_name="answered on"),
                ),
                (
                    "letter",
                    models.CharField(blank=True, max_length=60, verbose_name="letter number"),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
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
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ["compound", "round", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("compound", "provider", "round"),
                        name="invitation_once_a_round",
                        violation_error_message="This provider was already invited in this round.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_on", None),
                            ("answered_on__gte", models.F("invited_on")),
                            _connector="OR",
                        ),
                        name="invitation_answered_after_invited",
                        violation_error_message="The answer cannot be earlier than the invitation.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalInvitation",
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
                    "round",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="round",
                    ),
                ),
                ("invited_on", models.DateField(verbose_name="invited on")),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("WAITING", "waiting for the answer"),
                            ("AGREED", "agreed"),
                            ("AGREED_WITH_SUBSIDY", "agreed with subsidy"),
                            ("REFUSED", "refused"),
                            ("NO_ANSWER", "did not answer"),
                        ],
                        default="WAITING",
                        max_length=20,
                        verbose_name="answer",
                    ),
                ),
                (
                    "answered_on",
                    models.DateField(blank=True, null=True, verbose_name="answered on"),
                ),
                (
                    "letter",
                    models.CharField(blank=True, max_length=60, verbose_name="letter number"),
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
            ],
            options={
                "verbose_name": "historical invitation",
                "verbose_name_plural": "historical invitations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="providers_h_history_411282_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="ProviderBase",
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
                ("name", models.CharField(max_length=100, verbose_name="name of the base")),
                ("longitude", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("latitude", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bases",
                        to="providers.provider",
                        verbose_name="provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "base",
                "verbose_name_plural": "bases",
                "ordering": ["provider", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "name"), name="provider_base_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalProvider",
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
                ("name", models.CharField(max_length=100, verbose_name="name of the provider")),
                (
                    "credit_code",
                    models.CharField(
                        db_index=True,
                        max_length=18,
                        validators=[compounds.providers.models.firms.validate_credit_code],
                        verbose_name="unified social credit code",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ENTERPRISE", "property service enterprise"),
                            ("UNIT_COMPANY", "company of a work unit"),
                            ("COMMUNITY_COMPANY", "community service company"),
                            ("NON_PROFIT", "private non-profit"),
                            ("VILLAGE_COLLECTIVE", "village collective"),
                            ("MOBILE", "mobile property"),
                            ("FALLBACK_TEAM", "fallback team"),
                        ],
                        default="ENTERPRISE",
                        max_length=20,
                        verbose_name="kind of provider",
                    ),
                ),
                (
                    "legal_representative",
                    models.CharField(
                        blank=True, max_length=50, verbose_name="legal representative"
                    ),
                ),
                (
                    "project_manager",
                    models.CharField(blank=True, max_length=50, verbose_name="project manager"),
                ),
                ("is_red", models.BooleanField(default=False, verbose_name="red property")),
                (
                    "party_form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("OWN", "own party organisation"),
                            ("JOINT", "joint party organisation"),
                            ("INSTRUCTOR", "party-building instructor"),
                            ("NONE", "none"),
                        ],
                        max_length=20,
                        verbose_name="party organisation",
                    ),
                ),
                (
                    "is_in_district",
                    models.BooleanField(blank=True, null=True, verbose_name="in the district"),
                ),
                ("is_able", models.BooleanField(blank=True, null=True, verbose_name="able")),
                ("is_willing", models.BooleanField(blank=True, null=True, verbose_name="willing")),
                (
                    "is_well_founded",
                    models.BooleanField(blank=True, null=True, verbose_name="well founded"),
                ),
                (
                    "staff_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="staff"),
                ),
                (
                    "served_count",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="compounds served"
                    ),
                ),
                (
                    "served_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="area served (m²)",
                    ),
                ),
                (
                    "capacity_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="capacity (m²)",
                    ),
                ),
                (
                    "distance_limit_m",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="distance limit (m)"
                    ),
                ),
                (
                    "rating",
                    models.CharField(
                        blank=True,
                        choices=[("AAA", "AAA"), ("AA", "AA"), ("A", "A"), ("B", "B"), ("C", "C")],
                        max_length=5,
                        verbose_name="credit rating",
                    ),
                ),
                ("filed_on", models.DateField(blank=True, null=True, verbose_name="filed on")),
                (
                    "blacklisted_until",
                    models.DateField(blank=True, null=True, verbose_name="blacklisted until"),
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
                    "district",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        limit_choices_to={"level": 1},
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
            ],
            options={
                "verbose_name": "historical provider",
                "verbose_name_plural": "historical providers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="providers_h_history_78da6f_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
