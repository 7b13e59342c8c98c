"""Rows inside a community: where they lie, and from which row they know it."""

import pytest
from django.apps import apps

from governance.organisation.models import Placed
from tests.factories import make_building, make_compound

PLACED = [model for model in apps.get_models() if issubclass(model, Placed)]


@pytest.mark.parametrize("model", PLACED, ids=lambda model: model._meta.label)
def test_a_row_hangs_on_a_placed_row_or_names_its_community(model):
    owner = model._meta.get_field(model.placed_by or "community").related_model
    assert issubclass(owner, Placed) or not model.placed_by


@pytest.mark.django_db
def test_what_hangs_on_a_row_lies_where_that_row_lies(district):
    compound = make_compound(district.community)
    building = make_building(compound)
    compound.community = district.other_community
    compound.save()
    building.compound = compound
    building.save()
    entrance = building.entrances.first()
    entrance.building = building
    entrance.save()
    for row in (compound, building, entrance):
        assert (row.community, row.street, row.district) == (
            district.other_community,
            district.other_street,
            district.area,
        )
