"""An export taken in again changes nothing, whatever the columns it holds."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile

from compounds.registry.models import Compound
from compounds.registry.models.imports import Import
from compounds.registry.services import imports
from tests.factories import make_compound, make_user


@pytest.mark.parametrize(
    "query",
    [
        "?whole=1&format=xlsx",
        "?whole=1&format=csv",
        "?format=xlsx",
        "?format=csv&columns=household_count&columns=problem_tags&columns=ownership",
        "?format=xlsx&is_unmanaged=true&sort=-built_year&columns=address&columns=is_enclosed",
    ],
)
def test_an_export_taken_in_again_changes_nothing(
    client, district, query, django_capture_on_commit_callbacks
):
    clerk = make_user("clerk", "street_clerk", district.street)
    client.force_login(clerk)
    make_compound(
        district.community,
        name="=1+1院",
        address="-体育路12号",
        ownership="UNIT",
        unit_name="机械厂",
        unit_state="BANKRUPT",
        unit_distance_m=0,
        renovation="SCHEDULED",
        problem_tags=" DIRTY NO_MONEY ",
        problems="管网老化，无人值守",
        floor_area_m2=Decimal("0.01"),
        kind="COURTYARD",
        is_contiguous=True,
        contiguity_group="LP001",
        lacks_unit=True,
        lacks_service=True,
        lacks_defence=False,
        has_committee=False,
        longitude=112.5621,
        latitude=37.790312,
        surveyed_on=dt.date(2026, 5, 25),
    )
    make_compound(
        district.sister_community,
        code=f"{district.community.code}-0099",  # from before it was moved
        built_year=None,
        management_mode="",
        is_enclosed=None,
    )
    before = list(Compound.objects.order_by("pk").values())
    answer = client.get(f"/register/export/{query}")
    content = b"".join(answer.streaming_content)
    with django_capture_on_commit_callbacks(execute=True):
        batch = imports.upload_import(by=clerk, file=ContentFile(content), name="台账")
    batch = Import.objects.get(pk=batch.pk)
    assert batch.state == Import.State.CHECKED, (batch.failure, batch.note_lines)
    counts = {state: batch.count(state) for state in ("NEW", "CHANGED", "UNCHANGED", "REFUSED")}
    shown = 2 if "is_unmanaged" not in query else 1
    refused = [line for row in batch.rows.all() for line in row.problem_lines]
    changed = [row.changes for row in batch.rows.all()]
    expected = {"NEW": 0, "CHANGED": 0, "UNCHANGED": shown, "REFUSED": 0}
    assert counts == expected, (refused, changed)
    assert list(Compound.objects.order_by("pk").values()) == before
