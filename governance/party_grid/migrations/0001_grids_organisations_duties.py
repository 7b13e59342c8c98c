import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisation", "0002_extent_in_words"),
        ("organisation", "__first__"),
        ("people", "0001_people"),
        ("registry", "0003_undo_in_the_background"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyKind",
            fields=[
                (
                    "key",
                    models.CharField(
                        max_length=30, primary_key=True, serialize=False, verbose_name="code"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=60, verbose_name="name in English"),
                ),
                (
                    "seat",
                    models.CharField(
                        choices=[
                            ("ORGANISATION", "party organisation"),
                            ("GRID", "grid"),
                            ("MICRO_GRID", "micro-grid"),
                            ("COMPOUND", "compound"),
                            ("BUILDING", "building"),
                            ("ENTRANCE", "entrance"),
                        ],
                        max_length=20,
                        verbose_name="held for",
                    ),
                ),
                (
                    "seats_max",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="holders at once, at most"
                    ),
                ),
                (
                    "needs_member",
                    models.BooleanField(default=False, verbose_name="party members only"),
                ),
                (
                    "is_four_members",
                    models.BooleanField(default=False, verbose_name="one of the four members"),
                ),
                (
                    "is_working_group",
                    models.BooleanField(default=False, verbose_name="role of the working group"),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "kind of duty",
                "verbose_name_plural": "kinds of duties",
                "ordering": ["position", "key"],
            },
        ),
        migrations.CreateModel(
            name="OrganisationCover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "compound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="organisation_covers",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
            ],
            options={
                "verbose_name": "compound covered",
                "verbose_name_plural": "compounds covered",
            },
        ),
        migrations.CreateModel(
            name="PartyOrganisation",
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
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "district committee"),
                            (2, "street working committee"),
                            (3, "community committee"),
                            (4, "branch"),
                            (5, "group"),
                        ],
                        verbose_name="kind",
                    ),
                ),
                (
                    "reach",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("COMPOUND", "by compound"),
                            ("GRID", "by grid"),
                            ("COURTYARD", "by courtyard"),
                            ("BUILDING", "by building"),
                        ],
                        help_text="What a branch or group stands for: a compound, a grid, a courtyard, a building.",
                        max_length=20,
                        verbose_name="organised by",
                    ),
                ),
                (
                    "is_joint",
                    models.BooleanField(
                        default=False,
                        help_text="Founded together because each has too few members.",
                        verbose_name="joint",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "full_member_count",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="As reported; empty where nobody has said.",
                        null=True,
                        verbose_name="full members",
                    ),
                ),
                ("founded_on", models.DateField(blank=True, null=True, verbose_name="founded on")),
                (
                    "document_number",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                (
                    "term_until",
                    models.DateField(blank=True, null=True, verbose_name="term ends on"),
                ),
                (
                    "dissolved_on",
                    models.DateField(blank=True, null=True, verbose_name="dissolved on"),
                ),
                (
                    "dissolution_document",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="document of the dissolution"
                    ),
                ),
                (
                    "building",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_organisations",
                        to="registry.building",
                        verbose_name="building",
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
                    "compound",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_organisations",
                        to="registry.compound",
                        verbose_name="compound",
                    ),
                ),
                (
                    "compounds",
                    models.ManyToManyField(
                        related_name="covered_by",
                        through="party_grid.OrganisationCover",
                        to="registry.compound",
                        verbose_name="compounds covered",
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
                    "grid",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"level": 4},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_organisations",
                        to="organisation.area",
                        verbose_name="grid",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="party_grid.partyorganisation",
                        verbose_name="belongs to",
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
                "verbose_name": "party organisation",
                "verbose_name_plural": "party organisations",
                "ordering": ["kind", "name", "pk"],
                "indexes": [
                    models.Index(fields=["community", "kind", "name"], name="partyorg_community"),
                    models.Index(fields=["street", "kind", "name"], name="partyorg_street"),
                    models.Index(fields=["district", "kind", "name"], name="partyorg_district"),
                    models.Index(
                        condition=models.Q(("dissolved_on", None)),
                        fields=["term_until"],
                        name="partyorg_term",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", 1), ("parent", None)),
                            ("kind__in", [2, 3, 4]),
                            models.Q(("kind", 5), ("parent__isnull", False)),
                            _connector="OR",
                        ),
                        name="partyorg_parent",
                        violation_error_message="A group belongs to a branch.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__lt", 4), ("reach", "")),
                            models.Q(("kind", 4), ("reach__in", ["COMPOUND", "GRID"])),
                            models.Q(("kind", 5), ("reach__in", ["GRID", "COURTYARD", "BUILDING"])),
                            _connector="OR",
                        ),
                        name="partyorg_reach",
                        violation_error_message="A branch is organised by compound or grid, a group by grid, courtyard or building.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True),
                        name="partyorg_not_below_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("term_until", None),
                            ("founded_on", None),
                            ("term_until__gt", models.F("founded_on")),
                            _connector="OR",
                        ),
                        name="partyorg_term_after_founding",
                        violation_error_message="The term ends after the founding.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("dissolved_on", None), ("kind", 4), ("reach", "COMPOUND")
                        ),
                        fields=("compound",),
                        name="partyorg_compound_branch_once",
                        violation_error_message="This compound already has a branch.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("dissolved_on", None), ("kind", 4), ("reach", "GRID")),
                        fields=("grid",),
                        name="partyorg_grid_branch_once",
                        violation_error_message="This grid already has a branch.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("compound__isnull", False),
                            ("dissolved_on", None),
                            ("grid__isnull", False),
                            ("kind", 5),
                            ("reach", "GRID"),
                        ),
                        fields=("parent", "grid", "compound"),
                        name="partyorg_grid_group_once",
                        violation_error_message="This group stands there already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("compound__isnull", False),
                            ("dissolved_on", None),
                            ("grid__isnull", False),
                            ("kind", 5),
                            ("reach", "COURTYARD"),
                        ),
                        fields=("parent", "grid", "compound"),
                        name="partyorg_courtyard_group_once",
                        violation_error_message="This group stands there already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("dissolved_on", None)),
                        fields=("parent", "name"),
                        name="partyorg_name_once",
                        violation_error_message="An organisation of this name stands there already.",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="organisationcover",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="covers",
                to="party_grid.partyorganisation",
                verbose_name="party organisation",
            ),
        ),
        migrations.CreateModel(
            name="Duty",
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
                    "seat",
                    models.CharField(
                        choices=[
                            ("ORGANISATION", "party organisation"),
                            ("GRID", "grid"),
                            ("MICRO_GRID", "micro-grid"),
                            ("COMPOUND", "compound"),
                            ("BUILDING", "building"),
                            ("ENTRANCE", "entrance"),
                        ],
                        editable=False,
                        max_length=20,
                    ),
                ),
                (
                    "chosen",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ELECTED", "elected"),
                            ("RECOMMENDED", "recommended"),
                            ("VOLUNTEERED", "volunteered"),
                            ("APPOINTED", "appointed"),
                            ("CONCURRENT", "held concurrently"),
                        ],
                        max_length=20,
                        verbose_name="how chosen",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="since")),
                (
                    "term_until",
                    models.DateField(blank=True, null=True, verbose_name="term ends on"),
                ),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended on")),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason of the end"),
                ),
                (
                    "building",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="registry.building",
                        verbose_name="building",
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
                    "compound",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
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
                    "entrance",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="registry.entrance",
                        verbose_name="entrance",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"level__gte": 4},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="organisation.area",
                        verbose_name="grid",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="people.person",
                        verbose_name="person",
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
                    "kind",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="party_grid.dutykind",
                        verbose_name="duty",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="party_grid.partyorganisation",
                        verbose_name="party organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "duty",
                "verbose_name_plural": "duties",
                "ordering": ["kind", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_on", None)),
                        fields=["community", "kind", "compound"],
                        name="duty_community_held",
                    ),
                    models.Index(
                        condition=models.Q(("ended_on", None)),
                        fields=["street", "kind"],
                        name="duty_street_held",
                    ),
                    models.Index(
                        condition=models.Q(("ended_on", None), ("term_until__isnull", False)),
                        fields=["term_until", "id"],
                        name="duty_term",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("building", None),
                                ("compound", None),
                                ("entrance", None),
                                ("grid", None),
                                ("organisation__isnull", False),
                                ("seat", "ORGANISATION"),
                            ),
                            models.Q(
                                ("building", None),
                                ("compound", None),
                                ("entrance", None),
                                ("grid__isnull", False),
                                ("organisation", None),
                                ("seat__in", ["GRID", "MICRO_GRID"]),
                            ),
                            models.Q(
                                ("building", None),
                                ("compound__isnull", False),
                                ("entrance", None),
                                ("grid", None),
                                ("organisation", None),
                                ("seat", "COMPOUND"),
                            ),
                            models.Q(
                                ("building__isnull", False),
                                ("compound__isnull", False),
                                ("entrance", None),
                                ("grid", None),
                                ("organisation", None),
                                ("seat", "BUILDING"),
                            ),
                            models.Q(
                                ("building__isnull", False),
                                ("compound__isnull", False),
                                ("entrance__isnull", False),
                                ("grid", None),
                                ("organisation", None),
                                ("seat", "ENTRANCE"),
                            ),
                            _connector="OR",
                        ),
                        name="duty_has_one_seat",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("kind", "SECRETARY")),
                        fields=("organisation",),
                        name="duty_secretary_once",
                        violation_error_message="This organisation has a secretary.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("kind", "GROUP_LEADER")),
                        fields=("organisation",),
                        name="duty_group_leader_once",
                        violation_error_message="This group has a leader.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("kind", "GRID_HEAD")),
                        fields=("grid",),
                        name="duty_grid_head_once",
                        violation_error_message="This grid has a head.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("kind", "BUILDING_HEAD")),
                        fields=("building",),
                        name="duty_building_head_once",
                        violation_error_message="This building has a head.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("kind", "ENTRANCE_HEAD")),
                        fields=("entrance",),
                        name="duty_entrance_head_once",
                        violation_error_message="This entrance has a head.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("seat__in", ["ORGANISATION"])),
                        fields=("person", "kind", "organisation"),
                        name="duty_organisation_once_a_person",
                        violation_error_message="This person holds this duty here already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("ended_on", None), ("seat__in", ["GRID", "MICRO_GRID"])
                        ),
                        fields=("person", "kind", "grid"),
                        name="duty_grid_once_a_person",
                        violation_error_message="This person holds this duty here already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("seat__in", ["COMPOUND"])),
                        fields=("person", "kind", "compound"),
                        name="duty_compound_once_a_person",
                        violation_error_message="This person holds this duty here already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("seat__in", ["BUILDING"])),
                        fields=("person", "kind", "building"),
                        name="duty_building_once_a_person",
                        violation_error_message="This person holds this duty here already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None), ("seat__in", ["ENTRANCE"])),
                        fields=("person", "kind", "entrance"),
                        name="duty_entrance_once_a_person",
                        violation_error_message="This person holds this duty here already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None),
                            ("starts_on", None),
                            ("ended_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="duty_ends_after_it_begins",
                        violation_error_message="A duty ends after it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("term_until", None),
                            ("starts_on", None),
                            ("term_until__gt", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="duty_term_after_begin",
                        violation_error_message="The term ends after the duty begins.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
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
                    "fingerprint",
                    models.CharField(
                        editable=False,
                        help_text="Of the layout and organisations it rests on.",
                        max_length=64,
                    ),
                ),
                ("wanted", models.JSONField(default=list, editable=False)),
                ("counts", models.JSONField(default=dict, editable=False)),
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
                    "prepared_by",
                    models.ForeignKey(
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.area",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "ordering": ["-created_at", "-pk"],
                "indexes": [
                    models.Index(fields=["district", "-created_at"], name="proposal_district"),
                    models.Index(fields=["street", "-created_at"], name="proposal_street"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposalStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                ("key", models.CharField(editable=False, max_length=80)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("FOUND", "found"),
                            ("JOIN", "merge into a joint branch"),
                            ("SPLIT", "split"),
                            ("REATTACH", "re-attach"),
                            ("DISSOLVE", "dissolve"),
                            ("DRAW_GRID", "draw a grid"),
                        ],
                        max_length=20,
                        verbose_name="act",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("plan", models.JSONField(default=dict, editable=False)),
                ("reasons", models.JSONField(default=list, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "open"),
                            ("APPLIED", "applied"),
                            ("UNDONE", "undone"),
                            ("LEFT", "left as it is"),
                        ],
                        default="OPEN",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "document_number",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                (
                    "document_on",
                    models.DateField(blank=True, null=True, verbose_name="date of the document"),
                ),
                (
                    "applied_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="applied at"),
                ),
                ("batch", models.UUIDField(blank=True, editable=False, null=True)),
                ("before", models.JSONField(default=dict, editable=False)),
                (
                    "applied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="applied by",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="party_grid.partyorganisation",
                        verbose_name="party organisation",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="party_grid.proposal",
                        verbose_name="proposal",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a proposal",
                "verbose_name_plural": "steps of a proposal",
                "ordering": ["proposal", "position"],
                "indexes": [models.Index(fields=["batch"], name="proposalstep_batch")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("proposal", "position"), name="proposalstep_position"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "APPLIED"), _negated=True),
                            models.Q(
                                models.Q(("document_number", ""), _negated=True),
                                ("applied_by__isnull", False),
                                ("batch__isnull", False),
                                ("document_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="proposalstep_applied_with_document",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GridCover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "building",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grid_covers",
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
                    "compound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grid_covers",
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
                    "entrance",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grid_covers",
                        to="registry.entrance",
                        verbose_name="entrance",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        limit_choices_to={"level__gte": 4},
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="covers",
                        to="organisation.area",
                        verbose_name="grid",
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
                "verbose_name": "cover of a grid",
                "verbose_name_plural": "covers of grids",
                "indexes": [
                    models.Index(fields=["community", "grid"], name="gridcover_community"),
                    models.Index(fields=["street"], name="gridcover_street"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("building", None)),
                        fields=("grid", "compound"),
                        name="gridcover_compound_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("building__isnull", False), ("entrance", None)),
                        fields=("grid", "building"),
                        name="gridcover_building_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("entrance__isnull", False)),
                        fields=("grid", "entrance"),
                        name="gridcover_entrance_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("entrance", None), ("building__isnull", False), _connector="OR"
                        ),
                        name="gridcover_entrance_has_building",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Norm",
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
                    "document_number",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                (
                    "households_min",
                    models.PositiveIntegerField(
                        default=300, verbose_name="households per grid, at least"
                    ),
                ),
                (
                    "households_max",
                    models.PositiveIntegerField(
                        default=500, verbose_name="households per grid, at most"
                    ),
                ),
                (
                    "group_members_min",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="members of a group, at least"
                    ),
                ),
                (
                    "branch_members_min",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="full members of a branch, at least"
                    ),
                ),
                (
                    "branch_members_max",
                    models.PositiveSmallIntegerField(
                        default=50, verbose_name="members of a branch, at most"
                    ),
                ),
                (
                    "joint_units_max",
                    models.PositiveSmallIntegerField(
                        default=5, verbose_name="units in a joint branch"
                    ),
                ),
                (
                    "branch_term_years",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="term of a branch (years)"
                    ),
                ),
                (
                    "community_term_years",
                    models.PositiveSmallIntegerField(
                        default=5, verbose_name="term of a community committee (years)"
                    ),
                ),
                (
                    "cadre_compounds_min",
                    models.PositiveSmallIntegerField(
                        default=2, verbose_name="compounds of a cadre, at least"
                    ),
                ),
                (
                    "cadre_compounds_max",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="compounds of a cadre, at most"
                    ),
                ),
                (
                    "head_posts_max",
                    models.PositiveSmallIntegerField(
                        default=2, verbose_name="head posts of one person before overload"
                    ),
                ),
                (
                    "assistants_min",
                    models.PositiveSmallIntegerField(
                        default=2, verbose_name="assistants of a micro-grid, at least"
                    ),
                ),
                (
                    "expiry_warning_days",
                    models.PositiveSmallIntegerField(
                        default=90, verbose_name="days before a term ends to warn"
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
                "verbose_name": "norm of the party grid",
                "verbose_name_plural": "norms of the party grid",
                "ordering": ["district", "-effective_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "effective_from"), name="norm_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("households_min__lte", models.F("households_max"))),
                        name="norm_households",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("branch_members_min__lte", models.F("branch_members_max"))
                        ),
                        name="norm_members",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cadre_compounds_min__lte", models.F("cadre_compounds_max"))
                        ),
                        name="norm_cadres",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="organisationcover",
            constraint=models.UniqueConstraint(
                fields=("organisation", "compound"), name="organisationcover_once"
            ),
        ),
    ]
