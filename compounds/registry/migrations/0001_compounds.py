import compounds.registry.models.attachments
import compounds.registry.models.imports
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
    ]

    operations = [
        migrations.CreateModel(
            name="Compound",
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
                    "code",
                    models.CharField(
                        help_text="Code of the community and a serial number: 140105001004-0037.",
                        max_length=20,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("^\\d{12}-\\d{4}$")],
                        verbose_name="compound code",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="compound name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("COMPOUND", "compound"),
                            ("COURTYARD", "courtyard"),
                            ("BUILDING", "single building"),
                        ],
                        default="COMPOUND",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                (
                    "built_year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1900)],
                        verbose_name="year built",
                    ),
                ),
                (
                    "building_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="buildings"),
                ),
                (
                    "entrance_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="entrances"),
                ),
                (
                    "household_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="households"),
                ),
                (
                    "resident_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="residents"),
                ),
                (
                    "floor_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="floor area (m²)",
                    ),
                ),
                (
                    "chargeable_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="chargeable area (m²)",
                    ),
                ),
                (
                    "ownership",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("COMMODITY", "commodity housing"),
                            ("REFORMED", "reformed housing"),
                            ("UNIT", "owned by a work unit"),
                            ("PUBLIC", "public housing"),
                            ("SELF_BUILT", "self-built"),
                            ("RESETTLEMENT", "resettlement housing"),
                            ("AFFORDABLE", "affordable housing"),
                            ("MIXED", "mixed ownership"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="ownership",
                    ),
                ),
                (
                    "unit_name",
                    models.CharField(blank=True, max_length=100, verbose_name="affiliated unit"),
                ),
                (
                    "unit_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ACTIVE", "existing"),
                            ("DISSOLVED", "dissolved"),
                            ("BANKRUPT", "bankrupt or restructured"),
                            ("NONE", "none"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="state of the unit",
                    ),
                ),
                (
                    "unit_distance_m",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="distance to the unit (m)"
                    ),
                ),
                (
                    "renovation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DONE", "renovated"),
                            ("SCHEDULED", "scheduled"),
                            ("NONE", "not renovated"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="renovation",
                    ),
                ),
                (
                    "renovation_year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1950)],
                        verbose_name="year of renovation",
                    ),
                ),
                (
                    "is_enclosed",
                    models.BooleanField(blank=True, null=True, verbose_name="enclosed"),
                ),
                (
                    "is_contiguous",
                    models.BooleanField(blank=True, null=True, verbose_name="contiguous"),
                ),
                (
                    "contiguity_group",
                    models.CharField(blank=True, max_length=30, verbose_name="contiguity group"),
                ),
                (
                    "management_mode",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("FIRM", "property service enterprise"),
                            ("UNIT", "run by the work unit"),
                            ("SELF", "self-managed by residents"),
                            ("COMMUNITY", "kept by the community"),
                            ("NONE", "nobody manages it"),
                            ("ABANDONED", "abandoned by its provider"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="management mode",
                    ),
                ),
                (
                    "property_rooms_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="property rooms (m²)",
                    ),
                ),
                (
                    "parking_spaces",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="parking spaces"
                    ),
                ),
                (
                    "lift_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="lifts"),
                ),
                (
                    "has_committee",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="owners' or management committee"
                    ),
                ),
                ("problems", models.CharField(blank=True, max_length=500, verbose_name="problems")),
                (
                    "problem_tags",
                    governance.foundation.fields.TagsField(
                        blank=True, default="", max_length=200, verbose_name="problem tags"
                    ),
                ),
                (
                    "lacks_unit",
                    models.BooleanField(blank=True, null=True, verbose_name="no supervising unit"),
                ),
                (
                    "lacks_service",
                    models.BooleanField(blank=True, null=True, verbose_name="no property service"),
                ),
                (
                    "lacks_defence",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="no guards, fences or alarms"
                    ),
                ),
                (
                    "is_three_none",
                    models.BooleanField(blank=True, null=True, verbose_name="three-none compound"),
                ),
                (
                    "check_pipes",
                    models.BooleanField(blank=True, null=True, verbose_name="pipes sound"),
                ),
                (
                    "check_power",
                    models.BooleanField(blank=True, null=True, verbose_name="power supply sound"),
                ),
                (
                    "check_road",
                    models.BooleanField(blank=True, null=True, verbose_name="roads sound"),
                ),
                (
                    "check_gate",
                    models.BooleanField(blank=True, null=True, verbose_name="gate sound"),
                ),
                (
                    "longitude",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(73),
                            django.core.validators.MaxValueValidator(136),
                        ],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "latitude",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(3),
                            django.core.validators.MaxValueValidator(54),
                        ],
                        verbose_name="latitude",
                    ),
                ),
                ("surveyor", models.CharField(blank=True, max_length=50, verbose_name="surveyor")),
                (
                    "surveyed_on",
                    models.DateField(blank=True, null=True, verbose_name="surveyed on"),
                ),
                (
                    "verified_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="verified on"
                    ),
                ),
                (
                    "provenance",
                    models.JSONField(default=dict, editable=False, verbose_name="sources of facts"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "active"),
                            ("MERGED", "merged"),
                            ("DEMOLISHED", "demolished"),
                        ],
                        default="ACTIVE",
                        editable=False,
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                (
                    "is_unmanaged",
                    models.BooleanField(editable=False, null=True, verbose_name="unmanaged"),
                ),
                (
                    "foundation_score",
                    models.PositiveSmallIntegerField(
                        editable=False, null=True, verbose_name="foundation score"
                    ),
                ),
                (
                    "missing_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="missing facts"
                    ),
                ),
                (
                    "asked_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="facts asked for"
                    ),
                ),
                ("search_text", models.CharField(blank=True, editable=False, max_length=330)),
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
                        default="",
                        editable=False,
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DECIDED", "decided by rule"),
                            ("OVERRIDDEN", "decided by override"),
                            ("INCOMPLETE", "waiting for facts"),
                            ("UNMATCHED", "no rule fits"),
                        ],
                        default="",
                        editable=False,
                        max_length=20,
                        verbose_name="classification",
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
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_from",
                        to="registry.compound",
                        verbose_name="merged into",
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
                "verbose_name": "compound",
                "verbose_name_plural": "compounds",
                "ordering": ["code"],
                "indexes": [
                    models.Index(fields=["district", "status", "code", "id"], name="compound_code"),
                    models.Index(fields=["district", "status", "name", "id"], name="compound_name"),
                    models.Index(
                        fields=["district", "status", "household_count", "id"],
                        name="compound_households",
                    ),
                    models.Index(
                        fields=["district", "status", "floor_area_m2", "id"], name="compound_area"
                    ),
                    models.Index(
                        fields=["district", "status", "built_year", "id"], name="compound_year"
                    ),
                    models.Index(
                        fields=["district", "status", "missing_count", "id"],
                        name="compound_missing",
                    ),
                    models.Index(fields=["-updated_at", "-id"], name="compound_updated"),
                    models.Index(fields=["street", "code"], name="compound_street_code"),
                    models.Index(fields=["community", "name"], name="compound_community_name"),
                    models.Index(
                        fields=["district", "is_unmanaged", "strategy", "code"],
                        name="compound_strategy",
                    ),
                    models.Index(
                        condition=models.Q(("contiguity_group", ""), _negated=True),
                        fields=["contiguity_group"],
                        name="compound_contiguity",
                    ),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="compound_merged_into",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "ACTIVE")),
                        fields=("community", "name"),
                        name="compound_name_once_in_community",
                        violation_error_message="This community already has a compound of this name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "MERGED"), ("merged_into__isnull", False)),
                            models.Q(
                                models.Q(("status", "MERGED"), _negated=True), ("merged_into", None)
                            ),
                            _connector="OR",
                        ),
                        name="compound_merged_has_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into", models.F("id")), _negated=True),
                        name="compound_not_merged_into_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("floor_area_m2", None), ("floor_area_m2__gte", 0), _connector="OR"
                            ),
                            models.Q(
                                ("chargeable_area_m2", None),
                                ("chargeable_area_m2__gte", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("property_rooms_m2", None),
                                ("property_rooms_m2__gte", 0),
                                _connector="OR",
                            ),
                        ),
                        name="compound_areas_not_negative",
                        violation_error_message="An area cannot be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("strategy", ""),
                            ("decision__in", ["DECIDED", "OVERRIDDEN"]),
                            _connector="OR",
                        ),
                        name="compound_strategy_is_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Building",
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
                ("number", models.CharField(max_length=30, verbose_name="building")),
                (
                    "floors",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="floors"),
                ),
                (
                    "household_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="households"),
                ),
                (
                    "lift_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="lifts"),
                ),
                (
                    "floor_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="floor area (m²)",
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
                    "compound",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buildings",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
            ],
            options={
                "verbose_name": "building",
                "verbose_name_plural": "buildings",
                "ordering": ["compound", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("compound", "number"),
                        name="building_number_once",
                        violation_error_message="This compound already has this building.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
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
                            ("PHOTO", "photo"),
                            ("SURVEY_FORM", "survey form"),
                            ("UNIT_LETTER", "letter of the unit"),
                            ("OTHER", "other paper"),
                        ],
                        default="PHOTO",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        max_length=200,
                        upload_to=compounds.registry.models.attachments.upload_path,
                        verbose_name="file",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="file name")),
                ("content_type", models.CharField(max_length=60, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("sha256", models.CharField(max_length=64)),
                ("taken_on", models.DateField(blank=True, null=True, verbose_name="date")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "uploaded_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="uploaded at"),
                ),
                (
                    "removed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="removed at"),
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
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "compound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "ordering": ["-uploaded_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("compound", "sha256"),
                        name="attachment_once",
                        violation_error_message="This file is already attached here.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Adjacency",
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
                ("is_adjacent", models.BooleanField(verbose_name="adjacent")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "compound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="adjacencies",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.compound",
                        verbose_name="other compound",
                    ),
                ),
            ],
            options={
                "verbose_name": "adjacency correction",
                "verbose_name_plural": "adjacency corrections",
                "constraints": [
                    models.UniqueConstraint(fields=("compound", "other"), name="adjacency_once"),
                    models.CheckConstraint(
                        condition=models.Q(("compound__lt", models.F("other"))),
                        name="adjacency_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entrance",
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
                ("number", models.CharField(max_length=30, verbose_name="entrance")),
                (
                    "household_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="households"),
                ),
                (
                    "building",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entrances",
                        to="registry.building",
                        verbose_name="building",
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
                "verbose_name": "entrance",
                "verbose_name_plural": "entrances",
                "ordering": ["building", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("building", "number"),
                        name="entrance_number_once",
                        violation_error_message="This building already has this entrance.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalBuilding",
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
                ("number", models.CharField(max_length=30, verbose_name="building")),
                (
                    "floors",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="floors"),
                ),
                (
                    "household_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="households"),
                ),
                (
                    "lift_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="lifts"),
                ),
                (
                    "floor_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="floor area (m²)",
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
            ],
            options={
                "verbose_name": "historical building",
                "verbose_name_plural": "historical buildings",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="registry_hi_history_8dfb18_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCompound",
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
                    "code",
                    models.CharField(
                        help_text="Code of the community and a serial number: 140105001004-0037.",
                        max_length=20,
                        validators=[django.core.validators.RegexValidator("^\\d{12}-\\d{4}$")],
                        verbose_name="compound code",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="compound name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("COMPOUND", "compound"),
                            ("COURTYARD", "courtyard"),
                            ("BUILDING", "single building"),
                        ],
                        default="COMPOUND",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                (
                    "built_year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1900)],
                        verbose_name="year built",
                    ),
                ),
                (
                    "building_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="buildings"),
                ),
                (
                    "entrance_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="entrances"),
                ),
                (
                    "household_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="households"),
                ),
                (
                    "resident_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="residents"),
                ),
                (
                    "floor_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="floor area (m²)",
                    ),
                ),
                (
                    "chargeable_area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="chargeable area (m²)",
                    ),
                ),
                (
                    "ownership",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("COMMODITY", "commodity housing"),
                            ("REFORMED", "reformed housing"),
                            ("UNIT", "owned by a work unit"),
                            ("PUBLIC", "public housing"),
                            ("SELF_BUILT", "self-built"),
                            ("RESETTLEMENT", "resettlement housing"),
                            ("AFFORDABLE", "affordable housing"),
                            ("MIXED", "mixed ownership"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="ownership",
                    ),
                ),
                (
                    "unit_name",
                    models.CharField(blank=True, max_length=100, verbose_name="affiliated unit"),
                ),
                (
                    "unit_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ACTIVE", "existing"),
                            ("DISSOLVED", "dissolved"),
                            ("BANKRUPT", "bankrupt or restructured"),
                            ("NONE", "none"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="state of the unit",
                    ),
                ),
                (
                    "unit_distance_m",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="distance to the unit (m)"
                    ),
                ),
                (
                    "renovation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DONE", "renovated"),
                            ("SCHEDULED", "scheduled"),
                            ("NONE", "not renovated"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="renovation",
                    ),
                ),
                (
                    "renovation_year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1950)],
                        verbose_name="year of renovation",
                    ),
                ),
                (
                    "is_enclosed",
                    models.BooleanField(blank=True, null=True, verbose_name="enclosed"),
                ),
                (
                    "is_contiguous",
                    models.BooleanField(blank=True, null=True, verbose_name="contiguous"),
                ),
                (
                    "contiguity_group",
                    models.CharField(blank=True, max_length=30, verbose_name="contiguity group"),
                ),
                (
                    "management_mode",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("FIRM", "property service enterprise"),
                            ("UNIT", "run by the work unit"),
                            ("SELF", "self-managed by residents"),
                            ("COMMUNITY", "kept by the community"),
                            ("NONE", "nobody manages it"),
                            ("ABANDONED", "abandoned by its provider"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="management mode",
                    ),
                ),
                (
                    "property_rooms_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="property rooms (m²)",
                    ),
                ),
                (
                    "parking_spaces",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="parking spaces"
                    ),
                ),
                (
                    "lift_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="lifts"),
                ),
                (
                    "has_committee",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="owners' or management committee"
                    ),
                ),
                ("problems", models.CharField(blank=True, max_length=500, verbose_name="problems")),
                (
                    "problem_tags",
                    governance.foundation.fields.TagsField(
                        blank=True, default="", max_length=200, verbose_name="problem tags"
                    ),
                ),
                (
                    "lacks_unit",
                    models.BooleanField(blank=True, null=True, verbose_name="no supervising unit"),
                ),
                (
                    "lacks_service",
                    models.BooleanField(blank=True, null=True, verbose_name="no property service"),
                ),
                (
                    "lacks_defence",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="no guards, fences or alarms"
                    ),
                ),
                (
                    "is_three_none",
                    models.BooleanField(blank=True, null=True, verbose_name="three-none compound"),
                ),
                (
                    "check_pipes",
                    models.BooleanField(blank=True, null=True, verbose_name="pipes sound"),
                ),
                (
                    "check_power",
                    models.BooleanField(blank=True, null=True, verbose_name="power supply sound"),
                ),
                (
                    "check_road",
                    models.BooleanField(blank=True, null=True, verbose_name="roads sound"),
                ),
                (
                    "check_gate",
                    models.BooleanField(blank=True, null=True, verbose_name="gate sound"),
                ),
                (
                    "longitude",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(73),
                            django.core.validators.MaxValueValidator(136),
                        ],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "latitude",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(3),
                            django.core.validators.MaxValueValidator(54),
                        ],
                        verbose_name="latitude",
                    ),
                ),
                ("surveyor", models.CharField(blank=True, max_length=50, verbose_name="surveyor")),
                (
                    "surveyed_on",
                    models.DateField(blank=True, null=True, verbose_name="surveyed on"),
                ),
                (
                    "verified_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="verified on"
                    ),
                ),
                (
                    "provenance",
                    models.JSONField(default=dict, editable=False, verbose_name="sources of facts"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "active"),
                            ("MERGED", "merged"),
                            ("DEMOLISHED", "demolished"),
                        ],
                        default="ACTIVE",
                        editable=False,
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                (
                    "is_unmanaged",
                    models.BooleanField(editable=False, null=True, verbose_name="unmanaged"),
                ),
                (
                    "foundation_score",
                    models.PositiveSmallIntegerField(
                        editable=False, null=True, verbose_name="foundation score"
                    ),
                ),
                (
                    "missing_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="missing facts"
                    ),
                ),
                (
                    "asked_count",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="facts asked for"
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
                        default="",
                        editable=False,
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DECIDED", "decided by rule"),
                            ("OVERRIDDEN", "decided by override"),
                            ("INCOMPLETE", "waiting for facts"),
                            ("UNMATCHED", "no rule fits"),
                        ],
                        default="",
                        editable=False,
                        max_length=20,
                        verbose_name="classification",
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
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.compound",
                        verbose_name="merged into",
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
                "verbose_name": "historical compound",
                "verbose_name_plural": "historical compounds",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="registry_hi_history_e1e103_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalEntrance",
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
                ("number", models.CharField(max_length=30, verbose_name="entrance")),
                (
                    "household_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="households"),
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
                    "building",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.building",
                        verbose_name="building",
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
            ],
            options={
                "verbose_name": "historical entrance",
                "verbose_name_plural": "historical entrances",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="registry_hi_history_b7082c_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("UPLOADED", "uploaded"),
                            ("CHECKING", "being checked"),
                            ("CHECKED", "waiting for confirmation"),
                            ("WRITING", "being written"),
                            ("DONE", "imported"),
                            ("FAILED", "failed"),
                            ("CANCELLED", "cancelled"),
                            ("UNDONE", "undone"),
                        ],
                        default="UPLOADED",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("BOTH", "add new rows and update known ones"),
                            ("CREATE", "only add new rows, skip known ones"),
                            ("UPDATE", "only update known rows, skip new ones"),
                        ],
                        default="BOTH",
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                ("only_sheet", models.CharField(blank=True, max_length=30)),
                (
                    "file",
                    models.FileField(
                        max_length=200,
                        upload_to=compounds.registry.models.imports.import_path,
                        verbose_name="file",
                    ),
                ),
                ("file_name", models.CharField(max_length=150, verbose_name="file name")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("run", models.CharField(blank=True, max_length=32)),
                ("started_at", models.DateTimeField(null=True)),
                (
                    "uploaded_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="uploaded at"),
                ),
                ("checked_at", models.DateTimeField(null=True, verbose_name="checked at")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="confirmed at")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="undone at")),
                ("failure", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("was_replanned", models.BooleanField(default=False)),
                (
                    "notes",
                    models.JSONField(
                        default=list,
                        help_text="What was found about the sheets themselves: unknown headers and the like.",
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
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
                    "community",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
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
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["district", "-id"], name="import_district"),
                    models.Index(fields=["street", "-id"], name="import_street"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sheet", models.CharField(max_length=30, verbose_name="sheet")),
                ("number", models.PositiveIntegerField(verbose_name="row")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("NEW", "new"),
                            ("CHANGED", "changed"),
                            ("UNCHANGED", "unchanged"),
                            ("REFUSED", "refused"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("key", models.CharField(blank=True, max_length=120, verbose_name="code")),
                ("has_warnings", models.BooleanField(default=False)),
                ("was_written", models.BooleanField(default=False)),
                ("changes", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                ("context", models.JSONField(default=dict)),
                ("object_id", models.BigIntegerField(null=True)),
                ("version", models.PositiveIntegerField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="registry.import",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of an import",
                "verbose_name_plural": "rows of imports",
                "ordering": ["batch", "id"],
                "indexes": [
                    models.Index(fields=["batch", "state", "id"], name="importrow_state"),
                    models.Index(fields=["batch", "id"], name="importrow_batch"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=40, verbose_name="name of the view")),
                ("query", models.CharField(blank=True, max_length=2000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "shared_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="shared in",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "page", "name"),
                        name="saved_view_once",
                        violation_error_message="You already have a view of this name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommunityTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_unmanaged", models.BooleanField(null=True, verbose_name="unmanaged")),
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
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DECIDED", "decided by rule"),
                            ("OVERRIDDEN", "decided by override"),
                            ("INCOMPLETE", "waiting for facts"),
                            ("UNMATCHED", "no rule fits"),
                        ],
                        max_length=20,
                        verbose_name="classification",
                    ),
                ),
                ("compounds", models.PositiveIntegerField(default=0)),
                ("buildings", models.PositiveIntegerField(default=0)),
                ("entrances", models.PositiveIntegerField(default=0)),
                ("households", models.PositiveIntegerField(default=0)),
                (
                    "floor_area_m2",
                    governance.foundation.fields.FixedPointField(default=0, places=2),
                ),
                (
                    "chargeable_area_m2",
                    governance.foundation.fields.FixedPointField(default=0, places=2),
                ),
                ("surveyed", models.PositiveIntegerField(default=0)),
                ("verified", models.PositiveIntegerField(default=0)),
                ("complete", models.PositiveIntegerField(default=0)),
                ("missing_facts", models.PositiveIntegerField(default=0)),
                ("asked_facts", models.PositiveIntegerField(default=0)),
                ("refreshed_at", models.DateTimeField(auto_now=True)),
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
                "verbose_name": "community tally",
                "indexes": [models.Index(fields=["street"], name="tally_street")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("community", "is_unmanaged", "strategy", "decision"),
                        name="tally_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_unmanaged", None)),
                        fields=("community", "strategy", "decision"),
                        name="tally_once_where_unknown",
                    ),
                ],
            },
        ),
    ]
