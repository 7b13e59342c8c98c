import compounds.contracts.models
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
            name="Contract",
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
                ("number", models.CharField(max_length=60, verbose_name="contract number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("TAKEOVER", "assisted building and managed takeover"),
                            ("CO_BUILD", "co-build by the unit"),
                            ("TRANSITION", "transition with subsidy"),
                            ("SHARED", "shared property agreement"),
                            ("LOT", "bundle or tender lot"),
                            ("PURCHASE", "purchase of service"),
                            ("SELF", "self-management"),
                            ("EMERGENCY", "emergency service"),
                        ],
                        max_length=20,
                        verbose_name="kind of contract",
                    ),
                ),
                (
                    "party_a",
                    models.CharField(
                        choices=[
                            ("MANAGEMENT_COMMITTEE", "property management committee"),
                            ("OWNERS_COMMITTEE", "owners' committee"),
                            ("COMMUNITY", "residents' committee of the community"),
                            ("STREET", "street office"),
                            ("UNIT", "work unit"),
                            ("DISTRICT", "district"),
                        ],
                        max_length=30,
                        verbose_name="party A",
                    ),
                ),
                ("party_a_name", models.CharField(max_length=100, verbose_name="name of party A")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="signed on")),
                ("starts_on", models.DateField(verbose_name="runs from")),
                (
                    "ends_on",
                    models.DateField(
                        blank=True,
                        help_text="Empty: without a fixed term (948).",
                        null=True,
                        verbose_name="runs until",
                    ),
                ),
                (
                    "fee_mode",
                    models.CharField(
                        choices=[
                            ("LUMP_SUM", "lump sum"),
                            ("REMUNERATION", "remuneration"),
                            ("PER_USE", "per use"),
                            ("PURCHASED", "paid by public purchase"),
                            ("FREE", "free of charge"),
                        ],
                        max_length=20,
                        verbose_name="way of charging",
                    ),
                ),
                (
                    "fee_per_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=4,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="fee (yuan/m²·month)",
                    ),
                ),
                (
                    "fee_note",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="fee standard in words"
                    ),
                ),
                (
                    "parking_fee",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="parking (yuan/space·month)",
                    ),
                ),
                (
                    "yearly_price",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price of the purchase (yuan/year)",
                    ),
                ),
                (
                    "quality",
                    models.TextField(
                        blank=True, max_length=1000, verbose_name="quality of service"
                    ),
                ),
                (
                    "repair_fund",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="use of the repair fund"
                    ),
                ),
                (
                    "service_rooms",
                    models.CharField(blank=True, max_length=200, verbose_name="service rooms"),
                ),
                (
                    "handover_terms",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="terms of the hand-over"
                    ),
                ),
                (
                    "dunning",
                    governance.foundation.fields.TagsField(
                        blank=True,
                        default="",
                        help_text="Never by cutting water, power, heat or gas (Civil Code 944).",
                        max_length=200,
                        verbose_name="how arrears are collected",
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "draft"),
                            ("SIGNED", "signed, to be filed"),
                            ("FILED", "filed"),
                            ("ENDED", "ended"),
                            ("CANCELLED", "cancelled before it was filed"),
                        ],
                        default="DRAFT",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("filed_on", models.DateField(editable=False, null=True, verbose_name="filed on")),
                (
                    "filing_number",
                    models.CharField(
                        blank=True, editable=False, max_length=60, verbose_name="filing number"
                    ),
                ),
                (
                    "renewal",
                    models.CharField(
                        choices=[
                            ("OPEN", "not decided"),
                            ("RENEW", "owners decided to renew"),
                            ("CHANGE", "owners decided to change"),
                            ("LEAVE", "the provider does not renew"),
                        ],
                        default="OPEN",
                        editable=False,
                        max_length=20,
                        verbose_name="renewal",
                    ),
                ),
                (
                    "renewal_on",
                    models.DateField(editable=False, null=True, verbose_name="decided on"),
                ),
                (
                    "notice_on",
                    models.DateField(editable=False, null=True, verbose_name="notice given on"),
                ),
                (
                    "notice_by_provider",
                    models.BooleanField(editable=False, null=True, verbose_name="by the provider"),
                ),
                ("ended_on", models.DateField(editable=False, null=True, verbose_name="ended on")),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("EXPIRED", "ran out"),
                            ("RENEWED", "followed by a new contract"),
                            ("DISMISSED", "ended by the owners"),
                            ("RESIGNED", "ended by the provider"),
                            ("AGREED", "ended by agreement"),
                            ("GONE", "the compound is no longer there"),
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="reason of the end",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
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
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="district",
                    ),
                ),
                (
                    "filed_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="filed by",
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="contracts.contract",
                        verbose_name="follows the contract",
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
                        blank=True,
                        help_text="Nobody where residents manage themselves.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="providers.provider",
                        verbose_name="party B",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
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
                "verbose_name": "contract",
                "verbose_name_plural": "contracts",
                "ordering": ["-starts_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ContractStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("verb", models.CharField(max_length=20, verbose_name="act")),
                ("on", models.DateField(verbose_name="day")),
                ("at", models.DateTimeField(verbose_name="recorded at")),
                ("post", models.CharField(blank=True, max_length=200, verbose_name="post")),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
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
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="contracts.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a contract",
                "verbose_name_plural": "steps of a contract",
                "ordering": ["contract", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Lot",
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
                ("name", models.CharField(max_length=100, verbose_name="name of the lot")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("BUNDLE", "bundle: big carries small"),
                            ("TENDER", "tender lot"),
                            ("SHARED", "shared property of neighbours"),
                        ],
                        default="BUNDLE",
                        max_length=20,
                        verbose_name="kind of lot",
                    ),
                ),
                (
                    "renovated_on",
                    models.DateField(blank=True, null=True, verbose_name="can be taken since"),
                ),
                (
                    "renovated_by",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="document of the renovation"
                    ),
                ),
                ("taken_on", models.DateField(blank=True, null=True, verbose_name="taken since")),
                (
                    "taken_by",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="document of the award"
                    ),
                ),
                (
                    "kept_on",
                    models.DateField(blank=True, null=True, verbose_name="can be kept since"),
                ),
                (
                    "kept_by",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="document of the operation"
                    ),
                ),
                (
                    "bidders",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="bidders"),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "closed_on",
                    models.DateField(editable=False, null=True, verbose_name="closed on"),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
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
                        related_name="lots",
                        to="providers.provider",
                        verbose_name="awarded to",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
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
                "verbose_name": "lot",
                "verbose_name_plural": "lots",
                "ordering": ["name", "pk"],
                "indexes": [
                    models.Index(fields=["district", "name", "id"], name="lot_district"),
                    models.Index(fields=["street", "name", "id"], name="lot_street"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "name"),
                        name="lot_name_once",
                        violation_error_message="A lot of this name is already there.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taken_on", None),
                            ("renovated_on__lte", models.F("taken_on")),
                            _connector="OR",
                        ),
                        name="lot_taken_after_renovation",
                        violation_error_message="A lot is tendered after it was made fit to be taken.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kept_on", None),
                            ("taken_on__lte", models.F("kept_on")),
                            _connector="OR",
                        ),
                        name="lot_kept_after_taken",
                        violation_error_message="A lot is kept after somebody has taken it.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalContract",
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
                ("number", models.CharField(max_length=60, verbose_name="contract number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("TAKEOVER", "assisted building and managed takeover"),
                            ("CO_BUILD", "co-build by the unit"),
                            ("TRANSITION", "transition with subsidy"),
                            ("SHARED", "shared property agreement"),
                            ("LOT", "bundle or tender lot"),
                            ("PURCHASE", "purchase of service"),
                            ("SELF", "self-management"),
                            ("EMERGENCY", "emergency service"),
                        ],
                        max_length=20,
                        verbose_name="kind of contract",
                    ),
                ),
                (
                    "party_a",
                    models.CharField(
                        choices=[
                            ("MANAGEMENT_COMMITTEE", "property management committee"),
                            ("OWNERS_COMMITTEE", "owners' committee"),
                            ("COMMUNITY", "residents' committee of the community"),
                            ("STREET", "street office"),
                            ("UNIT", "work unit"),
                            ("DISTRICT", "district"),
                        ],
                        max_length=30,
                        verbose_name="party A",
                    ),
                ),
                ("party_a_name", models.CharField(max_length=100, verbose_name="name of party A")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="signed on")),
                ("starts_on", models.DateField(verbose_name="runs from")),
                (
                    "ends_on",
                    models.DateField(
                        blank=True,
                        help_text="Empty: without a fixed term (948).",
                        null=True,
                        verbose_name="runs until",
                    ),
                ),
                (
                    "fee_mode",
                    models.CharField(
                        choices=[
                            ("LUMP_SUM", "lump sum"),
                            ("REMUNERATION", "remuneration"),
                            ("PER_USE", "per use"),
                            ("PURCHASED", "paid by public purchase"),
                            ("FREE", "free of charge"),
                        ],
                        max_length=20,
                        verbose_name="way of charging",
                    ),
                ),
                (
                    "fee_per_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=4,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="fee (yuan/m²·month)",
                    ),
                ),
                (
                    "fee_note",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="fee standard in words"
                    ),
                ),
                (
                    "parking_fee",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="parking (yuan/space·month)",
                    ),
                ),
                (
                    "yearly_price",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price of the purchase (yuan/year)",
                    ),
                ),
                (
                    "quality",
                    models.TextField(
                        blank=True, max_length=1000, verbose_name="quality of service"
                    ),
                ),
                (
                    "repair_fund",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="use of the repair fund"
                    ),
                ),
                (
                    "service_rooms",
                    models.CharField(blank=True, max_length=200, verbose_name="service rooms"),
                ),
                (
                    "handover_terms",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="terms of the hand-over"
                    ),
                ),
                (
                    "dunning",
                    governance.foundation.fields.TagsField(
                        blank=True,
                        default="",
                        help_text="Never by cutting water, power, heat or gas (Civil Code 944).",
                        max_length=200,
                        verbose_name="how arrears are collected",
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=150, verbose_name="document")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "draft"),
                            ("SIGNED", "signed, to be filed"),
                            ("FILED", "filed"),
                            ("ENDED", "ended"),
                            ("CANCELLED", "cancelled before it was filed"),
                        ],
                        default="DRAFT",
                        editable=False,
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("filed_on", models.DateField(editable=False, null=True, verbose_name="filed on")),
                (
                    "filing_number",
                    models.CharField(
                        blank=True, editable=False, max_length=60, verbose_name="filing number"
                    ),
                ),
                (
                    "renewal",
                    models.CharField(
                        choices=[
                            ("OPEN", "not decided"),
                            ("RENEW", "owners decided to renew"),
                            ("CHANGE", "owners decided to change"),
                            ("LEAVE", "the provider does not renew"),
                        ],
                        default="OPEN",
                        editable=False,
                        max_length=20,
                        verbose_name="renewal",
                    ),
                ),
                (
                    "renewal_on",
                    models.DateField(editable=False, null=True, verbose_name="decided on"),
                ),
                (
                    "notice_on",
                    models.DateField(editable=False, null=True, verbose_name="notice given on"),
                ),
                (
                    "notice_by_provider",
                    models.BooleanField(editable=False, null=True, verbose_name="by the provider"),
                ),
                ("ended_on", models.DateField(editable=False, null=True, verbose_name="ended on")),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("EXPIRED", "ran out"),
                            ("RENEWED", "followed by a new contract"),
                            ("DISMISSED", "ended by the owners"),
                            ("RESIGNED", "ended by the provider"),
                            ("AGREED", "ended by agreement"),
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
                    "community",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
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
                    "filed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="filed by",
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="follows the contract",
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
                        help_text="Nobody where residents manage themselves.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="providers.provider",
                        verbose_name="party B",
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
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contracts.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical contract",
                "verbose_name_plural": "historical contracts",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="contracts_h_history_510bad_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name="contract",
            name="lot",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contracts",
                to="contracts.lot",
                verbose_name="lot",
            ),
        ),
        migrations.CreateModel(
            name="LotMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "is_carrier",
                    models.BooleanField(default=False, verbose_name="carries the others"),
                ),
                ("left_on", models.DateField(editable=False, null=True, verbose_name="left on")),
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
                        related_name="lots",
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
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="contracts.lot",
                        verbose_name="lot",
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
                "verbose_name": "compound of a lot",
                "verbose_name_plural": "compounds of a lot",
                "ordering": ["lot", "-is_carrier", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_on", None)),
                        fields=("compound",),
                        name="lotmember_one_lot",
                        violation_error_message="This compound already belongs to a lot.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ViabilitySheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("record", models.JSONField(verbose_name="inputs and result")),
                (
                    "income",
                    governance.foundation.fields.FixedPointField(
                        places=2, verbose_name="income (yuan/year)"
                    ),
                ),
                (
                    "cost",
                    governance.foundation.fields.FixedPointField(
                        places=2, verbose_name="cost (yuan/year)"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "compound",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="viability_sheets",
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
                    "lot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="viability_sheets",
                        to="contracts.lot",
                        verbose_name="lot",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_index=False,
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
                "verbose_name": "viability sheet",
                "verbose_name_plural": "viability sheets",
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("compound", None), ("lot__isnull", False)),
                            models.Q(("compound__isnull", False), ("lot", None)),
                            _connector="OR",
                        ),
                        name="viability_of_one_thing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractCompound",
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
                    "area_m2",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="chargeable area (m²)",
                    ),
                ),
                (
                    "is_main",
                    models.BooleanField(default=True, editable=False, verbose_name="main contract"),
                ),
                ("is_running", models.BooleanField(default=False, editable=False)),
                (
                    "assignment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
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
                    "compound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="contracts.contract",
                        verbose_name="contract",
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
                "verbose_name": "compound of a contract",
                "verbose_name_plural": "compounds of a contract",
                "ordering": ["contract", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "compound"), name="covered_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_main", True), ("is_running", True)),
                        fields=("compound",),
                        name="covered_by_one_main_contract",
                        violation_error_message="Another contract already runs for this compound.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        max_length=200,
                        upload_to=compounds.contracts.models.file_path,
                        verbose_name="file",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="file name")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("sha256", models.CharField(max_length=64)),
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
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="community",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="contracts.contract",
                        verbose_name="contract",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a contract",
                "verbose_name_plural": "files of a contract",
                "ordering": ["-uploaded_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("contract", "sha256"),
                        name="contractfile_once",
                        violation_error_message="This file is already attached here.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractItem",
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
                            ("CLEANING", "cleaning"),
                            ("REFUSE", "refuse removal"),
                            ("ORDER", "order keeping"),
                            ("CUSTOMER", "customer service"),
                            ("REPAIR", "small repairs"),
                            ("FACILITIES", "upkeep of facilities"),
                            ("GREENING", "greening"),
                            ("LIFTS", "upkeep of lifts"),
                            ("FIRE", "fire safety"),
                            ("SEWERS", "pipes and septic tanks"),
                            ("ACCESS", "access control and cameras"),
                            ("PARKING", "parking"),
                            ("PATROL", "rolling visits"),
                            ("OTHER", "other"),
                        ],
                        max_length=20,
                        verbose_name="service item",
                    ),
                ),
                (
                    "description",
                    models.CharField(blank=True, max_length=200, verbose_name="what is done"),
                ),
                (
                    "frequency",
                    models.CharField(blank=True, max_length=60, verbose_name="how often"),
                ),
                ("quality", models.CharField(blank=True, max_length=200, verbose_name="standard")),
                (
                    "unit_price",
                    governance.foundation.fields.FixedPointField(
                        blank=True,
                        null=True,
                        places=2,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price per use (yuan)",
                    ),
                ),
                (
                    "subcontractor",
                    models.CharField(blank=True, max_length=100, verbose_name="passed on to"),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="contracts.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "service item",
                "verbose_name_plural": "service items",
                "ordering": ["contract", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract", "kind", "description"), name="contractitem_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalLot",
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
                ("name", models.CharField(max_length=100, verbose_name="name of the lot")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("BUNDLE", "bundle: big carries small"),
                            ("TENDER", "tender lot"),
                            ("SHARED", "shared property of neighbours"),
                        ],
                        default="BUNDLE",
                        max_length=20,
                        verbose_name="kind of lot",
                    ),
                ),
                (
                    "renovated_on",
                    models.DateField(blank=True, null=True, verbose_name="can be taken since"),
                ),
                (
                    "renovated_by",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="document of the renovation"
                    ),
                ),
                ("taken_on", models.DateField(blank=True, null=True, verbose_name="taken since")),
                (
                    "taken_by",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="document of the award"
                    ),
                ),
                (
                    "kept_on",
                    models.DateField(blank=True, null=True, verbose_name="can be kept since"),
                ),
                (
                    "kept_by",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="document of the operation"
                    ),
                ),
                (
                    "bidders",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="bidders"),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "closed_on",
                    models.DateField(editable=False, null=True, verbose_name="closed on"),
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
                        editable=False,
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
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="providers.provider",
                        verbose_name="awarded to",
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
                "verbose_name": "historical lot",
                "verbose_name_plural": "historical lots",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        fields=["history_date", "id"], name="contracts_h_history_18c013_idx"
                    )
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                fields=["district", "state", "ends_on", "id"], name="contract_district"
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["street", "state", "ends_on", "id"], name="contract_street"),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["provider", "state", "id"], name="contract_provider"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(
                fields=("district", "number"),
                name="contract_number_once",
                violation_error_message="A contract of this number is already there.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="contract_ends_after_it_starts",
                violation_error_message="The contract would end before it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "SELF"), ("provider__isnull", False), _connector="OR"),
                name="contract_has_a_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["SIGNED", "FILED", "ENDED"]), _negated=True),
                    ("signed_on__isnull", False),
                    _connector="OR",
                ),
                name="contract_signed_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["FILED", "ENDED"]), _negated=True),
                    models.Q(("filed_on__isnull", False), ("filed_on__gte", models.F("signed_on"))),
                    _connector="OR",
                ),
                name="contract_filed_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_on__isnull", False),
                        ("state", "ENDED"),
                        models.Q(("end_reason", ""), _negated=True),
                    ),
                    models.Q(models.Q(("state", "ENDED"), _negated=True), ("ended_on", None)),
                    _connector="OR",
                ),
                name="contract_ended_with_day_and_reason",
            ),
        ),
    ]
