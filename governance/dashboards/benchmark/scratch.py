"""A scratch database that is thrown away, and a district of any size in it."""

import datetime as dt
import itertools
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from stdnum.cn import uscc

from compounds.classification import services as classification
from compounds.classification.rules import Condition, Rule
from compounds.providers.models import Invitation, Provider
from compounds.registry.models import Compound
from compounds.registry.services import tallies
from governance.foundation import history
from governance.organisation.models import Area, Level, Post, User
from governance.organisation.scope import Role

DAY = dt.date(2026, 5, 25)
BATCH = 2000
# The same at every size, so that growth is that of the register, not of the pages' own rows.
STREETS = 12
STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"


@contextmanager
def scratch_database() -> Iterator[str]:
    """Point the default connection at an empty, migrated database; drop it at the end.

    A temporary file for SQLite, a database of its own on the same server for PostgreSQL.
    Uploads go to a temporary folder too. The live database is never opened for writing.
    """
    vendor = connections["default"].vendor
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings.MEDIA_ROOT = Path(folder) / "media"
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": STATIC}}
        live = connections.settings["default"]["NAME"]
        name = f"bench_{uuid.uuid4().hex[:12]}"
        if vendor == "sqlite":
            _point_at(Path(folder) / "bench.sqlite3")
        else:
            _on_server(f'CREATE DATABASE "{name}"')
            _point_at(name)
        try:
            call_command("migrate", verbosity=0, interactive=False)
            yield f"{vendor} {name if vendor != 'sqlite' else ''}".strip()
        finally:
            connections.close_all()
            if vendor != "sqlite":
                _point_at(live)
                _on_server(f'DROP DATABASE "{name}"')


def _on_server(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


def _point_at(name) -> None:
    connections["default"].close()
    connections.settings["default"]["NAME"] = str(name)
    del connections["default"]


def build_district(compounds: int) -> None:
    """A sample district: streets, communities, compounds with history, firms, invitations, policy.

    A quarter of the compounds is unmanaged, as in the sources of the sample district (S0-1).
    """
    with transaction.atomic():
        communities = _areas(compounds)
        _people()
        for start in range(0, compounds, BATCH):
            rows = [
                _compound(serial, communities)
                for serial in range(start, min(start + BATCH, compounds))
            ]
            Compound.objects.bulk_create(rows)
        ids = list(Compound.objects.order_by("pk").values_list("pk", flat=True))
        history.record_versions(Compound, ids, kind=history.CREATED, by=None)
        tallies.refresh([community.pk for community in communities])
        _invitations(_firms(), ids)
        for model in (Provider, Invitation):
            ids = list(model.objects.order_by("pk").values_list("pk", flat=True))
            history.record_versions(model, ids, kind=history.CREATED, by=None)
    _policy()
    if connections["default"].vendor == "postgresql":
        with connections["default"].cursor() as cursor:
            cursor.execute("ANALYZE")
    else:
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA optimize")


def _areas(compounds: int) -> list[Area]:
    district = Area.objects.create(
        level=Level.DISTRICT, code="140105", name="基准区", is_sample=True
    )
    each = min(200, max(8, compounds // (STREETS * 25)))
    communities = []
    for number in range(1, STREETS + 1):
        street = Area.objects.create(
            level=Level.STREET,
            code=f"140105{number:03d}",
            name=f"第{number}街道",
            parent=district,
        )
        communities += [
            Area.objects.create(
                level=Level.COMMUNITY,
                code=f"{street.code}{serial:03d}",
                name=f"第{number}街道第{serial}社区",
                parent=street,
            )
            for serial in range(1, each + 1)
        ]
    return communities


def _people() -> None:
    district = Area.objects.get(level=Level.DISTRICT)
    for role in (Role.DISTRICT_OFFICER, Role.DISTRICT_APPROVER):
        user = User.objects.create(username=role.value, display_name=role.value)
        Post.objects.create(user=user, role=role, area=district, valid_from=dt.date(2026, 1, 1))


def facts_of(serial: int) -> dict:
    """Facts of the compound of a serial number: the same in every run, Chinese as in the field."""
    unmanaged = serial % 4 == 0
    large = serial % 13 == 0
    households = 700 if large else 20 + serial * 7 % 260
    return {
        "name": f"基准路{serial}号院",
        "address": f"基准路{serial}号",
        "built_year": 1975 + serial % 40,
        "building_count": 1 + serial % 9,
        "entrance_count": 3 + serial % 20,
        "household_count": households,
        "resident_count": households * 2,
        "floor_area_m2": Decimal(households * 70),
        "chargeable_area_m2": Decimal(households * 68),
        "ownership": ("REFORMED", "COMMODITY", "UNIT", "PUBLIC")[serial % 4],
        "unit_name": "基准厂" if serial % 4 == 2 else "",
        "unit_state": "ACTIVE" if serial % 4 == 2 else "",
        "unit_distance_m": serial % 400 if serial % 4 == 2 else None,
        "renovation": ("NONE", "DONE", "SCHEDULED")[serial % 3],
        "is_enclosed": serial % 2 == 0,
        "is_contiguous": large,
        "contiguity_group": f"LP{serial // 52:04d}" if large else "",
        "management_mode": "NONE" if unmanaged else "FIRM",
        "parking_spaces": serial % 90,
        "lift_count": serial % 3,
        "has_committee": serial % 5 == 0,
        "check_pipes": serial % 2 == 0,
        "check_power": serial % 3 != 0,
        "check_road": None if serial % 17 == 0 else serial % 2 == 1,
        "check_gate": serial % 5 != 0,
        "longitude": 112.4 + (serial * 37 % 4000) / 20_000,
        "latitude": 37.7 + (serial * 53 % 4000) / 20_000,
        "surveyor": "样例甲",
        "surveyed_on": None if serial % 11 == 0 else DAY,
    }


def _compound(serial: int, communities: list[Area]) -> Compound:
    number, place = divmod(serial, len(communities))
    community = communities[place]
    row = Compound(
        community=community, code=f"{community.code}-{number + 1:04d}", **facts_of(serial)
    )
    row.place()
    row.derive()
    return row


def _firms() -> list[Provider]:
    district = Area.objects.get(level=Level.DISTRICT)
    firms = []
    for serial in range(60):
        body = f"91140105MA{serial:07d}"
        firms.append(
            Provider(
                district=district,
                name=f"基准物业{serial}",
                credit_code=body + uscc.calc_check_digit(body),
                kind="UNIT_COMPANY" if serial % 10 == 0 else "ENTERPRISE",
                is_red=serial % 2 == 0,
                party_form="OWN",
                is_in_district=True,
                is_able=True,
                is_willing=True,
                is_well_founded=True,
            )
        )
    return Provider.objects.bulk_create(firms)


def _invitations(firms: list[Provider], ids: list[int]) -> None:
    answers = itertools.cycle(
        ("AGREED", "AGREED_WITH_SUBSIDY", "REFUSED", "NO_ANSWER", "AGREED_WITH_SUBSIDY")
    )
    rows = []
    unmanaged = Compound.objects.filter(is_unmanaged=True).order_by("pk")
    columns = ("pk", "district_id", "street_id", "community_id")
    for serial, (pk, district, street, community) in enumerate(unmanaged.values_list(*columns)):
        for round_number in (1, 2) if serial % 3 else (1,):
            rows.append(
                Invitation(
                    compound_id=pk,
                    district_id=district,
                    street_id=street,
                    community_id=community,
                    provider=firms[(serial + round_number) % len(firms)],
                    round=round_number,
                    invited_on=DAY,
                    answer=next(answers),
                    answered_on=DAY,
                )
            )
    Invitation.objects.bulk_create(rows, batch_size=BATCH)


POLICY = (
    Rule(
        "UNIT_COBUILD",
        (
            Condition("has_affiliated_unit", "is", True),
            Condition("unit_is_active", "is", True),
            Condition("unit_distance_m", "le", 200),
            Condition("unit_agreed", "is", True),
        ),
    ),
    Rule(
        "RED_TAKEOVER",
        (
            Condition("households", "ge", 300),
            Condition("floor_area_m2", "ge", Decimal("20000.00")),
            Condition("foundation_score", "ge", 60),
            Condition("contiguity_size", "ge", 2, 1),
            Condition("contiguity_area_m2", "ge", Decimal("40000.00"), 1),
            Condition("willing_red_firms", "ge", 1),
        ),
    ),
    Rule("SUBSIDY_TRANSITION", (Condition("willing_firms_with_subsidy", "ge", 1),)),
    Rule("FALLBACK", (Condition("failed_rounds", "ge", 2),)),
)


def _policy() -> None:
    officer = User.objects.get(username=Role.DISTRICT_OFFICER.value)
    approver = User.objects.get(username=Role.DISTRICT_APPROVER.value)
    draft = classification.create_policy(
        by=officer,
        district=Area.objects.get(level=Level.DISTRICT),
        policy_rules=POLICY,
        title="基准政策",
        document_number="基准〔2026〕1号",
        effective_from=dt.date(2026, 3, 1),
        subsidy_rate=Decimal("0.50"),
        subsidy_months=6,
        area_basis="CHARGEABLE",
    )
    classification.publish_policy(by=approver, policy=draft, version=draft.version, reason="基准")
