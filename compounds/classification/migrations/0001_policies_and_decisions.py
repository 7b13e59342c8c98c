import django.core.validators
import django.db.models.deletion
import governance.foundation.fields
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
            name="Override",
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
                ("reason", models.TextField(max_length=1000, verbose_name="reason")),
                ("document", models.CharField(max_length=150, verbose_name="document")),
                ("expires_on", models.DateField(verbose_name="last day")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "proposed"),
                            ("APPROVED", "approved"),
                            ("REJECTED", "rejected"),
                            ("WITHDRAWN", "withdrawn"),
                            ("EXPIRED", "expired"),
                        ],
                        default="PROPOSED",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("prepared_at", models.DateTimeField(editable=False, verbose_name="prepared at")),
                (
                    "approved_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="approved at"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="closed at"),
                ),
                (
                    "closing_reason",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="reason of closing"
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
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
                        related_name="overrides",
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
                    "prepared_by",
                    models.ForeignKey(
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
                "verbose_name": "override",
                "verbose_name_plural": "overrides",
                "ordering": ["-prepared_at", "-pk"],
                "indexes": [
                    models.Index(fields=["state", "expires_on", "id"], name="override_expiry"),
                    models.Index(fields=["street", "state", "id"], name="override_street"),
                    models.Index(fields=["district", "state", "id"], name="override_district"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "APPROVED"])),
                        fields=("compound",),
                        name="override_one_open",
                        violation_error_message="This compound already has an open override.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("prepared_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="override_approver_is_not_preparer",
                        violation_error_message="Whoever proposed an override cannot approve it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "APPROVED"), _negated=True),
                            models.Q(
                                ("approved_at__isnull", False), ("approved_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="override_approved_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
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
                ("title", models.CharField(max_length=150, verbose_name="title")),
                (
                    "document_number",
                    models.CharField(blank=True, max_length=80, verbose_name="document number"),
                ),
                ("edition", models.PositiveIntegerField(editable=False, verbose_name="edition")),
                ("effective_from", models.DateField(verbose_name="effective from")),
                (
                    "effective_until",
                    models.DateField(blank=True, null=True, verbose_name="effective until"),
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
                    "subsidy_rate",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="subsidy rate (yuan per m² and month)",
                    ),
                ),
                (
                    "subsidy_months",
                    models.PositiveSmallIntegerField(verbose_name="months of subsidy"),
                ),
                (
                    "area_basis",
                    models.CharField(
                        choices=[("CHARGEABLE", "chargeable area"), ("FLOOR", "floor area")],
                        default="CHARGEABLE",
                        max_length=20,
                        verbose_name="area the subsidy is paid for",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="published at"),
                ),
                (
                    "retired_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="retired at"),
                ),
                (
                    "copied_from",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="copies",
                        to="classification.policy",
                        verbose_name="copied from",
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
                (
                    "prepared_by",
                    models.ForeignKey(
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
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
                (
                    "retired_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="retired by",
                    ),
                ),
            ],
            options={
                "verbose_name": "policy",
                "verbose_name_plural": "policies",
                "ordering": ["district", "-edition"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "edition"), name="policy_edition_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by", None),
                            models.Q(("published_by", models.F("prepared_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="policy_publisher_is_not_preparer",
                        violation_error_message="Whoever prepared a policy cannot publish it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at", None), ("published_by", None), ("state", "DRAFT")
                            ),
                            models.Q(
                                ("state__in", ["PUBLISHED", "RETIRED"]),
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="policy_published_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effective_until", None),
                            ("effective_until__gte", models.F("effective_from")),
                            _connector="OR",
                        ),
                        name="policy_ends_after_it_begins",
                        violation_error_message="A policy cannot end before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subsidy_rate__gte", 0)),
                        name="policy_rate_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="order")),
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
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="classification.policy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule",
                "verbose_name_plural": "rules",
                "ordering": ["policy", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("policy", "position"), name="rule_position_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="order")),
                (
                    "fact",
                    models.CharField(
                        choices=[
                            ("households", "households"),
                            ("floor_area_m2", "floor area"),
                            ("chargeable_area_m2", "chargeable area"),
                            ("built_year", "year built"),
                            ("building_count", "buildings"),
                            ("entrance_count", "entrances"),
                            ("has_affiliated_unit", "has an affiliated unit"),
                            ("unit_is_active", "affiliated unit still exists"),
                            ("unit_distance_m", "distance to the unit"),
                            ("unit_agreed", "unit's company agreed in writing"),
                            ("is_renovated", "renovated or scheduled"),
                            ("foundation_score", "foundation score"),
                            ("is_enclosed", "enclosed"),
                            ("contiguity_size", "contiguous compounds"),
                            ("contiguity_area_m2", "contiguous area together"),
                            ("willing_red_firms", "willing eligible red-property firms"),
                            ("willing_firms_with_subsidy", "firms willing with the subsidy"),
                            ("failed_rounds", "failed invitation rounds"),
                            ("has_committee", "has a committee"),
                            ("is_three_none", "three-none compound"),
                            ("lift_count", "lifts"),
                            ("parking_spaces", "parking spaces"),
                            ("ownership", "ownership"),
                            ("kind", "kind of compound"),
                        ],
                        max_length=40,
                        verbose_name="fact",
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        choices=[
                            ("ge", "at least"),
                            ("gt", "more than"),
                            ("le", "at most"),
                            ("lt", "less than"),
                            ("eq", "exactly"),
                            ("ne", "other than"),
                            ("is", "is"),
                            ("in", "one of"),
                            ("not_in", "none of"),
                        ],
                        max_length=10,
                        verbose_name="operator",
                    ),
                ),
                ("value", models.JSONField(verbose_name="value")),
                (
                    "alternative",
                    models.PositiveSmallIntegerField(default=0, verbose_name="alternative"),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conditions",
                        to="classification.rule",
                        verbose_name="rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "ordering": ["rule", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "position"), name="condition_position_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
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
                (
                    "changed",
                    models.PositiveIntegerField(default=0, verbose_name="decisions written"),
                ),
                (
                    "moved",
                    models.PositiveIntegerField(
                        default=0, verbose_name="compounds with a new result"
                    ),
                ),
                ("ended", models.PositiveIntegerField(default=0, verbose_name="decisions ended")),
                ("counts", models.JSONField(default=dict, verbose_name="counts")),
                (
                    "fingerprint",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="fingerprint of the register"
                    ),
                ),
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
                        to="classification.policy",
                        verbose_name="policy",
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
                "verbose_name": "classification run",
                "verbose_name_plural": "classification runs",
                "ordering": ["-started_at", "-pk"],
                "indexes": [
                    models.Index(fields=["district", "-started_at", "-id"], name="run_district")
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
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
                    "missing",
                    governance.foundation.fields.TagsField(
                        blank=True, default="", max_length=600, verbose_name="facts to ask for"
                    ),
                ),
                (
                    "nearest_percent",
                    governance.foundation.fields.FixedPointField(
                        null=True, places=2, verbose_name="distance to the nearest threshold (%)"
                    ),
                ),
                (
                    "nearest_fact",
                    models.CharField(blank=True, max_length=40, verbose_name="nearest threshold"),
                ),
                (
                    "subsidy",
                    governance.foundation.fields.FixedPointField(
                        null=True, places=2, verbose_name="transition subsidy (yuan)"
                    ),
                ),
                ("record", models.JSONField(verbose_name="facts and trace")),
                (
                    "digest",
                    models.CharField(max_length=32, verbose_name="fingerprint of the facts"),
                ),
                ("decided_at", models.DateTimeField(verbose_name="decided at")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="superseded at")),
                ("is_current", models.BooleanField(default=True, verbose_name="current")),
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
                        related_name="decisions",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
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
                    "override",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="classification.override",
                        verbose_name="override",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="classification.policy",
                        verbose_name="policy",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="classification.rule",
                        verbose_name="deciding rule",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="classification.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "ordering": ["-decided_at", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["compound", "-decided_at", "-id"], name="decision_compound"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("is_current", True), ("nearest_percent__isnull", False)
                        ),
                        fields=["nearest_percent", "id"],
                        name="decision_nearest",
                    ),
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["street", "outcome", "id"],
                        name="decision_street_outcome",
                    ),
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["district", "outcome", "id"],
                        name="decision_district_outcome",
                    ),
                    models.Index(
                        condition=models.Q(("rule__isnull", False)),
                        fields=["rule"],
                        name="decision_rule",
                    ),
                    models.Index(
                        condition=models.Q(("override__isnull", False)),
                        fields=["override"],
                        name="decision_override",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("compound",),
                        name="decision_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_current", True), ("superseded_at", None)),
                            models.Q(("is_current", False), ("superseded_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="decision_superseded_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("outcome__in", ["DECIDED", "OVERRIDDEN"]),
                                models.Q(("strategy", ""), _negated=True),
                            ),
                            models.Q(
                                ("outcome__in", ["INCOMPLETE", "UNMATCHED"]), ("strategy", "")
                            ),
                            _connector="OR",
                        ),
                        name="decision_strategy_if_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Trial",
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
                ("rules", models.JSONField(verbose_name="rules")),
                (
                    "subsidy_rate",
                    governance.foundation.fields.FixedPointField(
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="subsidy rate (yuan per m² and month)",
                    ),
                ),
                (
                    "subsidy_months",
                    models.PositiveSmallIntegerField(verbose_name="months of subsidy"),
                ),
                (
                    "area_basis",
                    models.CharField(
                        choices=[("CHARGEABLE", "chargeable area"), ("FLOOR", "floor area")],
                        max_length=20,
                        verbose_name="area the subsidy is paid for",
                    ),
                ),
                (
                    "moved",
                    models.PositiveIntegerField(
                        default=0, verbose_name="compounds that would move"
                    ),
                ),
                ("result", models.JSONField(default=dict, verbose_name="result")),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trials",
                        to="classification.policy",
                        verbose_name="policy",
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
                "verbose_name": "what-if",
                "verbose_name_plural": "what-ifs",
                "ordering": ["-started_at", "-pk"],
                "indexes": [
                    models.Index(fields=["district", "-started_at", "-id"], name="trial_district")
                ],
            },
        ),
        migrations.CreateModel(
            name="TrialMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome_before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DECIDED", "decided by rule"),
                            ("OVERRIDDEN", "decided by override"),
                            ("INCOMPLETE", "waiting for facts"),
                            ("UNMATCHED", "no rule fits"),
                        ],
                        max_length=20,
                        verbose_name="classification now",
                    ),
                ),
                (
                    "strategy_before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNIT_COBUILD", "co-build by the work unit"),
                            ("RED_TAKEOVER", "red-property takeover"),
                            ("SUBSIDY_TRANSITION", "transition subsidy"),
                            ("FALLBACK", "fallback service"),
                        ],
                        max_length=20,
                        verbose_name="strategy now",
                    ),
                ),
                (
                    "outcome_after",
                    models.CharField(
                        choices=[
                            ("DECIDED", "decided by rule"),
                            ("OVERRIDDEN", "decided by override"),
                            ("INCOMPLETE", "waiting for facts"),
                            ("UNMATCHED", "no rule fits"),
                        ],
                        max_length=20,
                        verbose_name="classification then",
                    ),
                ),
                (
                    "strategy_after",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNIT_COBUILD", "co-build by the work unit"),
                            ("RED_TAKEOVER", "red-property takeover"),
                            ("SUBSIDY_TRANSITION", "transition subsidy"),
                            ("FALLBACK", "fallback service"),
                        ],
                        max_length=20,
                        verbose_name="strategy then",
                    ),
                ),
                (
                    "subsidy_before",
                    governance.foundation.fields.FixedPointField(
                        null=True, places=2, verbose_name="subsidy now (yuan)"
                    ),
                ),
                (
                    "subsidy_after",
                    governance.foundation.fields.FixedPointField(
                        null=True, places=2, verbose_name="subsidy then (yuan)"
                    ),
                ),
                (
                    "subsidy_change",
                    governance.foundation.fields.FixedPointField(
                        default=0, places=2, verbose_name="change of subsidy (yuan)"
                    ),
                ),
                ("why", models.JSONField(default=dict, verbose_name="why")),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                    "trial",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="classification.trial",
                        verbose_name="what-if",
                    ),
                ),
            ],
            options={
                "verbose_name": "move",
                "verbose_name_plural": "moves",
                "ordering": ["trial", "compound"],
                "constraints": [
                    models.UniqueConstraint(fields=("trial", "compound"), name="trial_move_once")
                ],
            },
        ),
    ]
