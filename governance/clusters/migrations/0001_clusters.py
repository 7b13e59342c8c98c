import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisation", "0002_extent_in_words"),
        ("organisation", "__first__"),
        ("party_grid", "0001_grids_organisations_duties"),
        ("registry", "0003_undo_in_the_background"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cluster",
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
                ("code", models.CharField(max_length=30, verbose_name="code of the cluster")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "is_emergency",
                    models.BooleanField(
                        default=False,
                        help_text="Switched on, the emergency plan is in force (平急结合, S1-12).",
                        verbose_name="emergency mode",
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
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clusters",
                        to="party_grid.partyorganisation",
                        verbose_name="party organisation",
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
                "verbose_name": "cluster",
                "verbose_name_plural": "clusters",
                "ordering": ["code"],
                "indexes": [
                    models.Index(fields=["street", "code"], name="cluster_street"),
                    models.Index(fields=["community", "code"], name="cluster_community"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "code"),
                        name="cluster_code_once",
                        violation_error_message="This code is taken.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClusterCompound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="clusters.cluster",
                        verbose_name="cluster",
                    ),
                ),
                (
                    "compound",
                    models.OneToOneField(
                        error_messages={"unique": "This compound lies in another cluster."},
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cluster_membership",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
            ],
            options={
                "verbose_name": "compound of a cluster",
                "verbose_name_plural": "compounds of a cluster",
            },
        ),
        migrations.CreateModel(
            name="FiveHave",
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
                            ("ORGANISATION", "party organisation"),
                            ("VENUE", "activity venue"),
                            ("LEDGER", "ledger of party members"),
                            ("CONTACT", "contact mechanism"),
                            ("EMERGENCY_PLAN", "emergency mobilisation plan"),
                        ],
                        max_length=20,
                        verbose_name="item",
                    ),
                ),
                ("is_met", models.BooleanField(blank=True, null=True, verbose_name="in place")),
                ("evidence", models.CharField(blank=True, max_length=300, verbose_name="evidence")),
                (
                    "premises",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RENOVATION", "from renovation"),
                            ("PROPERTY_ROOM", "idle property room"),
                            ("IDLE", "other idle premises"),
                        ],
                        max_length=20,
                        verbose_name="premises",
                    ),
                ),
                (
                    "meets_standard",
                    models.BooleanField(
                        blank=True, null=True, verbose_name="meets the 156N standard"
                    ),
                ),
                ("checked_on", models.DateField(blank=True, null=True, verbose_name="checked on")),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="checked by",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="five_haves",
                        to="clusters.cluster",
                        verbose_name="cluster",
                    ),
                ),
            ],
            options={
                "verbose_name": "item of the five haves",
                "verbose_name_plural": "items of the five haves",
                "ordering": ["cluster", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("cluster", "item"), name="fivehave_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_met", True), _negated=True),
                            models.Q(("evidence", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="fivehave_met_with_evidence",
                        violation_error_message="Say what shows it.",
                    ),
                ],
            },
        ),
    ]
