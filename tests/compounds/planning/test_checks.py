"""check_register notices every tampering with a plan, each by its own check."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db.models import F

from compounds.assignment.models import AssignmentStep
from compounds.planning.checks import CHECKS
from compounds.planning.core import keeping
from compounds.planning.core.inputs import Dials
from compounds.planning.models import Adoption, PlanBundle, PlanFirm, PlanPlace, PlanRun
from compounds.planning.services import adopting, reckoning
from compounds.planning.services.running import dials_of, start_plan
from compounds.providers.models import ProviderBase
from tests.compounds.assignment.cast import make_cast, make_classified
from tests.compounds.planning.desk import make_norms
from tests.factories import make_compound, make_district, make_invitation, make_provider
from tests.scenes import standing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = dt.date(2026, 6, 1)


def broken() -> dict[str, list[str]]:
    """What each check finds, of those that find anything."""
    found = {name: list(check()) for name, check in CHECKS.items()}
    return {name: told for name, told in found.items() if told}


def make_plan() -> SimpleNamespace:
    """A reckoned plan of four compounds and one too far, adopted and proposed."""
    district = make_district()
    cast = make_cast(district)
    make_norms(
        district.area, fixed=500, fallback_each=1500, penalty=400, service_percent=40, revenue="0.1"
    )
    firm = make_provider(district.area)
    ProviderBase.objects.create(provider=firm, name="服务站", longitude=112.56, latitude=37.78)
    near = [
        make_classified(district.community, longitude=112.56 + 0.001 * at, lift_count=0)
        for at in range(4)
    ]
    make_compound(district.other_community, longitude=113.2)
    for one in near:
        make_invitation(one, firm, answer="AGREED")
    run = start_plan(by=cast.officer, area=district.area, dials=Dials(), seconds=1, as_of=DAY)
    reckoning.execute(run)
    run.refresh_from_db()
    assert (run.state, run.error) == ("DONE", "")
    row = adopting.adopt(by=cast.officer, run=run, reason="样例", on=DAY)
    row = adopting.decide(
        by=cast.approver,
        adoption=row,
        version=row.version,
        approves=True,
        document="样例 1 号",
        on=DAY,
    )
    adopting.propose_differences(by=cast.officer, adoption=row, version=row.version)
    assert broken() == {}
    return SimpleNamespace(run=run, district=district)


@pytest.fixture(scope="module")
def reckoned(django_db_setup, django_db_blocker):
    with standing(django_db_blocker, make_plan) as scene:
        yield scene


@pytest.fixture
def scene(reckoned, db):
    return reckoned()


@pytest.fixture
def district(scene):
    return scene.district


@pytest.fixture
def plan(scene):
    return scene.run


def test_other_inputs_than_those_of_the_hash_are_noticed(plan):
    PlanRun.objects.filter(pk=plan.pk).update(digest="0" * 64)
    assert set(broken()) == {"inputs"}
    dials = {**plan.dials, "cap": 4.0}
    PlanRun.objects.filter(pk=plan.pk).update(digest=plan.digest, dials=dials)
    assert set(broken()) == {"inputs"}


def test_a_compound_without_its_place_is_noticed(plan):
    PlanPlace.objects.filter(run=plan, outcome__in=PlanPlace.LEFT).first().delete()
    assert "inputs" in broken()


def test_a_place_elsewhere_than_its_compound_is_noticed(plan, district):
    row = PlanPlace.objects.filter(run=plan, outcome__in=PlanPlace.LEFT).last()
    other = district.community if row.community_id != district.community.pk else None
    PlanPlace.objects.filter(pk=row.pk).update(community=other or district.other_community)
    assert set(broken()) == {"places"}


@pytest.mark.parametrize(
    "name", ["compound_count", "household_count", "area_m2", "income", "counted"]
)
def test_a_bundle_that_is_not_the_sum_of_its_members_is_noticed(plan, name):
    row = PlanBundle.objects.get(run=plan)
    setattr(row, name, getattr(row, name) + 1)
    row.save(update_fields=[name])
    assert set(broken()) == {"sums"}


def test_a_firm_that_takes_another_area_than_its_compounds_is_noticed(plan):
    PlanFirm.objects.filter(run=plan).update(taken_m2=Decimal(1))
    assert set(broken()) == {"sums"}


def test_figures_that_are_not_those_of_the_rows_are_noticed(plan):
    figures = {**plan.figures, "plan": {**plan.figures["plan"], "fallback": 1.0}}
    PlanRun.objects.filter(pk=plan.pk).update(figures=figures)
    assert set(broken()) == {"money"}
    PlanRun.objects.filter(pk=plan.pk).update(figures=plan.figures, left_count=F("left_count") + 1)
    assert set(broken()) == {"money"}


def test_a_plan_that_breaks_a_rule_is_noticed(plan):
    """The bundle is paid more than its cap allows."""
    bundle = PlanBundle.objects.get(run=plan)
    PlanBundle.objects.filter(pk=bundle.pk).update(subsidy=bundle.subsidy + 100_000)
    assert "rules" in broken()


def without_base(plan):
    bundle = PlanBundle.objects.get(run=plan)
    del bundle.account["base"]
    bundle.save()


def test_a_plan_of_before_bases_were_kept_is_not_accused(plan):
    dials = {**plan.dials, "street_fallback": 0.5}
    digest = keeping.digest(keeping.unpack(plan.inputs), dials_of(PlanRun(dials=dials)))
    PlanRun.objects.filter(pk=plan.pk).update(dials=dials, digest=digest)
    found = broken()
    without_base(plan)
    assert broken() == found
    plan.refresh_from_db()
    assert plan.places.filter(bundle__isnull=False).update(metres=9_999)
    assert "rules" in broken()


def test_a_bundle_run_by_another_firm_than_its_base_is_noticed(plan, district):
    PlanBundle.objects.filter(run=plan).update(provider=make_provider(district.area))
    assert "rules" in broken()


def test_an_adoption_that_tells_of_other_proposals_than_there_are_is_noticed(plan):
    row = Adoption.objects.get(run=plan)
    assert row.outcome["proposed"], row.outcome
    AssignmentStep.objects.filter(batch=row.batch).first().delete()
    assert set(broken()) == {"adoptions"}


def test_an_adoption_that_leaves_a_change_out_is_noticed(plan):
    row = Adoption.objects.get(run=plan)
    told = {**row.outcome, "left_over": [*row.outcome["left_over"], ["样例", "样例"]]}
    Adoption.objects.filter(pk=row.pk).update(outcome=told)
    assert set(broken()) == {"adoptions"}
