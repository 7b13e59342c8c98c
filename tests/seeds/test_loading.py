"""Loading into an empty database: without accounts, and a district that the generator made up."""

import io

import pytest
from django.core.management import CommandError, call_command

from compounds.registry.models import Compound
from governance.organisation.models import Area, User
from governance.party_grid.layout import read_places
from governance.party_grid.models import PartyOrganisation
from governance.party_grid.rules import OrganisationKind

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_without_sample_accounts_only_the_district_is_loaded(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="--by"):
        call_command("load_seeds", "xiaodian", stdout=io.StringIO())
    assert list(Area.objects.values_list("code", flat=True)) == ["140105"]
    assert not User.objects.exists()


def test_a_made_up_district_loads_and_decides_as_well(generate, tmp_path):
    made = generate.make("other", 11, 60, code="140198", name="样例新区")
    generate.write(made, tmp_path, "other", 11)
    call_command("load_seeds", "other", folder=tmp_path, stdout=io.StringIO())
    wanted = {cell.key: cell.strategy for cell in generate.cells.CELLS}
    assert dict(Compound.objects.unmanaged().values_list("code", "strategy")) == {
        compound.code: wanted[compound.cell] for compound in made.compounds if compound.cell
    }
    assert Compound.objects.count() == 60
    assert User.objects.filter(username="officer-140198").exists()
    founded = PartyOrganisation.objects.filter(kind=OrganisationKind.BRANCH)
    assert set(founded.values_list("name", flat=True)) == {b.name for b in made.people.branches}
    (district,) = Area.objects.filter(level=1)
    assert not [step for place in read_places(district) for step in place.steps]
