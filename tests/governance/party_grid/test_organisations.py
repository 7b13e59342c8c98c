"""Founding, changing and dissolving organisations, and what they cover."""

import pytest

from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.party_grid.models import Duty, PartyOrganisation
from governance.party_grid.rules import OrganisationKind
from governance.party_grid.services import organisations
from tests.factories import DAY, make_compound, make_user

from .whole import make_organisation, make_whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(district):
    return make_user("clerk", "street_clerk", district.street)


def found(by, area, **facts):
    compounds = facts.pop("compounds", None)
    facts = {"kind": OrganisationKind.BRANCH, "name": "样例党支部", "reach": "COMPOUND", **facts}
    return organisations.add_organisation(by=by, area=area, facts=facts, compounds=compounds)


def test_a_branch_covers_its_compound_and_has_a_term(clerk, district):
    compound = make_compound(district.community)
    row = found(clerk, district.community, compound=compound, founded_on=DAY)
    assert list(row.compounds.all()) == [compound]
    assert row.term_until == DAY.replace(year=DAY.year + 3)
    assert row.street_id == district.street.pk


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"compound": None}, "compound"),
        ({"reach": ""}, "reach"),
        ({"reach": "COURTYARD"}, "reach"),
        ({"kind": OrganisationKind.GROUP, "reach": "COURTYARD"}, "parent"),
        ({"kind": OrganisationKind.DISTRICT_COMMITTEE, "reach": "", "compound": None}, "kind"),
    ],
)
def test_what_cannot_stand_is_refused_beside_its_field(clerk, district, facts, field):
    compound = make_compound(district.community)
    with pytest.raises(DomainError) as refusal:
        found(clerk, district.community, **{"compound": compound, **facts})
    assert refusal.value.field == field


def test_a_compound_has_one_branch(clerk, district):
    compound = make_compound(district.community)
    found(clerk, district.community, compound=compound)
    with pytest.raises(DomainError) as refusal:
        found(clerk, district.community, compound=compound, name="第二党支部")
    assert refusal.value.field == "compound"


def test_covers_lie_in_the_area(clerk, district):
    compound, sister = make_compound(district.community), make_compound(district.sister_community)
    with pytest.raises(DomainError) as refusal:
        found(clerk, district.community, compound=compound, compounds=[compound, sister])
    assert refusal.value.field == "compounds"
    joint = found(
        clerk, district.street, is_joint=True, reach="COMPOUND", compounds=[compound, sister]
    )
    assert joint.covers.count() == 2


def test_a_demolished_compound_is_covered_by_nobody_anew(clerk, district):
    gone = make_compound(district.community, status="DEMOLISHED")
    with pytest.raises(DomainError) as refusal:
        found(clerk, district.community, compound=gone)
    assert refusal.value.field == "compounds"


def test_covers_are_changed_and_recorded(clerk, district):
    first, second = make_compound(district.community), make_compound(district.community)
    row = found(clerk, district.community, compound=first)
    organisations.set_compounds(by=clerk, organisation=row, version=1, compounds=[second])
    assert list(row.compounds.all()) == [second]
    assert AuditEntry.objects.get(verb="change").changes["compounds"] == [
        [first.name],
        [second.name],
    ]
    with pytest.raises(StaleRecord):
        organisations.set_compounds(by=clerk, organisation=row, version=1, compounds=[])


def test_dissolving_ends_the_duties_and_keeps_what_stands_below(clerk, district):
    whole = make_whole(district.community)
    today = dates.today()

    def dissolve(row, **changes):
        facts = {"version": 1, "dissolved_on": today, "document_number": "样例发1号", **changes}
        return organisations.dissolve_organisation(by=clerk, organisation=row, **facts)

    with pytest.raises(DomainError):
        dissolve(whole.branch)
    with pytest.raises(DomainError) as refusal:
        dissolve(whole.group, document_number=" ")
    assert refusal.value.field == "document_number"
    dissolve(whole.group)
    dissolve(whole.branch)
    assert not Duty.objects.held().filter(organisation__isnull=False).exists()
    assert not PartyOrganisation.objects.standing().exists()
    assert Duty.objects.held().filter(compound=whole.compound).exists()
    with pytest.raises(DomainError):
        dissolve(whole.branch, version=2)


def test_an_organisation_belongs_to_a_higher_one_of_its_place(clerk, district):
    compound = make_compound(district.community)
    far = make_organisation(district.other_community, 3, "远处社区党委")
    with pytest.raises(DomainError) as refusal:
        found(clerk, district.community, compound=compound, parent=far)
    assert refusal.value.field == "parent"
    with pytest.raises(NotAllowed):
        found(clerk, district.other_community, compound=None)
