"""A run without a plan says what stands against each other, and where each is mended."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from tests.compounds.assignment.cast import make_cast
from tests.compounds.planning.desk import DIALS, make_norms, make_run
from tests.factories import make_compound, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(district):
    make_norms(district.area)
    return make_cast(district)


def failed(cast, area, items, *, unserved=(), is_minimal=True, **dials):
    conflict = {
        "items": items,
        "is_minimal": is_minimal,
        "is_proven": True,
        "unserved": list(unserved),
    }
    paying = {"first": "2026-07-01", "months": 6, "budgets": {"2026": "50000"}}
    return make_run(
        area,
        cast.officer,
        state="FAILED",
        figures={"conflict": conflict},
        dials={**DIALS, "must_serve": 300, "paying": paying, **dials},
        public_money=None,
        left_count=None,
    )


def page(client, cast, run, who="officer") -> str:
    client.force_login(getattr(cast, who))
    with override("en"):
        answer = client.get(
            reverse("planning:plan_detail", args=[run.pk]), headers={"accept-language": "en"}
        )
    assert answer.status_code == 200
    return answer.content.decode()


def test_locks_and_the_room_of_their_firm_are_named_with_links(client, cast, district):
    firm = make_provider(district.area, name="样例物业")
    one, two = (make_compound(district.community, name=name) for name in ("甲院", "乙院"))
    run = failed(
        cast,
        district.area,
        [
            {"kind": "capacity", "provider": firm.pk, "said": 12000.0},
            {"kind": "lock", "compound": one.pk, "provider": firm.pk, "said": 9000.0},
            {"kind": "lock", "compound": two.pk, "provider": firm.pk, "said": 8000.0},
        ],
    )
    said = page(client, cast, run)
    for part in ("甲院", "乙院", "样例物业", "12,000", one.code):
        assert part in said
    assert reverse("providers:provider_detail", args=[firm.pk]) in said


def test_dials_lead_to_their_field_with_all_others_kept(client, cast, district):
    items = [{"kind": "must_serve"}, {"kind": "years"}, {"kind": "cap"}]
    run = failed(cast, district.area, items)
    said = page(client, cast, run)
    for field in ("must_serve", "paid_from", "cap"):
        assert f"?like={run.pk}&amp;area={district.area.code}#id_{field}" in said
    assert "50,000" in said


@pytest.mark.parametrize(
    "kind", ["street_fallback", "provider_share", "budget", "reach", "size", "out_of_reach"]
)
def test_every_kind_has_words(client, cast, district, kind):
    item = {"kind": kind, "said": 3}
    if kind == "size":
        item["provider"] = make_provider(district.area).pk
    limits = {"street_fallback": 0.5, "provider_share": 0.2, "budget": 1000.0}
    assert page(client, cast, failed(cast, district.area, [item], **limits))


def test_compounds_nobody_may_serve_are_named(client, cast, district):
    large = make_compound(district.community, name="样例大院")
    items = [{"kind": "must_serve"}]
    said = page(client, cast, failed(cast, district.area, items, unserved=[large.pk]))
    assert "样例大院" in said


def test_what_lies_outside_the_readers_places_has_no_name(client, cast, district):
    far = make_compound(district.other_community, name="他街大院")
    run = failed(cast, district.street, [{"kind": "lock", "compound": far.pk}])
    assert "他街大院" not in page(client, cast, run, "clerk")


def test_a_conflict_costs_the_same_however_many_stand_in_it(
    client, cast, district, django_assert_max_num_queries
):
    firm = make_provider(district.area)
    rows = [make_compound(district.community) for _ in range(8)]
    items = [{"kind": "lock", "compound": row.pk, "provider": firm.pk} for row in rows]
    run = failed(cast, district.area, items)
    client.force_login(cast.officer)
    with django_assert_max_num_queries(25):
        client.get(reverse("planning:plan_detail", args=[run.pk]))
