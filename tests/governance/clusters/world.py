"""Clusters, organisations and members for the tests of the five haves."""

from types import SimpleNamespace

from governance.clusters import services
from governance.clusters.models import FiveHave
from governance.party_grid.models import PartyOrganisation
from tests.factories import make_compound, make_person, make_user


def make_branch(compound, name="样例片区党支部", **changes) -> PartyOrganisation:
    branch = PartyOrganisation(kind=4, reach="COMPOUND", name=name, compound=compound, **changes)
    branch.place_in(compound.community)
    branch.save()
    return branch


def make_cluster(world, code="P01", area=None, compounds=(), **facts):
    return services.add_cluster(
        by=world.officer,
        area=area or world.district.community,
        facts={"code": code, "name": f"样例{code}片区", "organisation": None, **facts},
        compounds=compounds,
    )


def check(world, cluster, item, is_met=True, evidence="样例材料", by=None, **more):
    row = FiveHave.objects.get(cluster=cluster, item=item)
    return services.check_item(
        by=by or world.worker,
        cluster=cluster,
        item=item,
        version=row.version,
        is_met=is_met,
        evidence=evidence,
        **more,
    )


def make_world(district) -> SimpleNamespace:
    compounds = [make_compound(district.community, name=f"样例{i}院") for i in range(1, 5)]
    for compound in compounds[:2]:
        make_person(compound)
    return SimpleNamespace(
        district=district,
        officer=make_user("officer", "district_officer", district.area),
        clerk=make_user("clerk", "street_clerk", district.street),
        worker=make_user("worker", "community_worker", district.community),
        leader=make_user("leader", "leader", district.area),
        compounds=compounds,
        sister=make_compound(district.sister_community, name="样例邻院"),
        far=make_compound(district.other_community, name="样例远院"),
        branch=make_branch(compounds[0]),
    )


def make_passing(world, code="P01", compounds=None):
    cluster = make_cluster(
        world,
        code,
        compounds=world.compounds[:2] if compounds is None else compounds,
        organisation=world.branch,
    )
    for item in FiveHave.Item.values:
        check(world, cluster, item)
    return cluster
