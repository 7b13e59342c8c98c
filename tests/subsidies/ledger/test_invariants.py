"""Whatever is posted in whatever order: nothing below zero, sums at zero, reversals restore."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.foundation.errors import DomainError
from subsidies.ledger import questions, services
from subsidies.ledger.models import Account, Posting
from subsidies.ledger.proofs import PROOFS, WAYS
from subsidies.ledger.rules import Line, Place, Standing, content_of, in_order, month_end
from subsidies.ledger.services import Holder, post

DAY = dt.date(2026, 5, 6)
STAGES = ("GRANTED", "AVAILABLE", "FROZEN", "COMMITTED", "PAYABLE", "PAID")
FEN = st.integers(1, 20_000).map(lambda fen: Decimal(fen) / 100)
PLACES = st.sampled_from(STAGES).map(lambda stage: Place(1, stage))
LINES = st.lists(st.tuples(PLACES, PLACES, FEN), min_size=1, max_size=12).map(
    lambda rows: [
        Line(source, target, amount, str(n))
        for n, (source, target, amount) in enumerate(rows)
        if source != target
    ]
)
BALANCES = st.dictionaries(
    st.sampled_from(STAGES[1:]).map(lambda stage: Place(1, stage)), FEN, max_size=4
)


@given(lines=LINES, balances=BALANCES)
def test_lines_in_order_never_overdraw_on_the_way(lines, balances):
    balances[Place(1, "GRANTED")] = -sum(balances.values(), Decimal(0))
    ordered, short = in_order(lines, balances)
    standing = defaultdict(Decimal, balances)
    for line in ordered:
        standing[line.source] -= line.amount
        standing[line.target] += line.amount
        for place, held in standing.items():
            assert (held <= 0) if place.stage == "GRANTED" else (held >= 0)
    assert sum(standing.values()) == 0
    assert bool(short) == (len(ordered) < len(lines))
    if not short:
        assert sorted(ordered, key=id) == sorted(lines, key=id)
        assert Standing.of({place.stage: held for place, held in standing.items()}).is_whole


@given(lines=LINES, balances=BALANCES)
def test_a_shortage_asks_for_more_than_is_left(lines, balances):
    balances[Place(1, "GRANTED")] = -sum(balances.values(), Decimal(0))
    net = defaultdict(Decimal, balances)
    for line in lines:
        net[line.source] -= line.amount
        net[line.target] += line.amount
    _ordered, short = in_order(lines, balances)
    is_over = any((held > 0) if p.stage == "GRANTED" else (held < 0) for p, held in net.items())
    # What would end below zero is always refused.
    assert short or not is_over


@given(lines=LINES, seed=st.randoms())
def test_the_written_form_does_not_depend_on_the_order_of_lines(lines, seed):
    facts = {
        "district_id": 1,
        "number": 1,
        "kind": "MOVEMENT",
        "on": DAY,
        "key": "k",
        "document": "文",
        "reason": "",
        "by_id": 1,
        "at": dt.datetime(2026, 5, 6, tzinfo=dt.UTC),
    }
    mixed = list(lines)
    seed.shuffle(mixed)
    assert content_of(lines=lines, **facts) == content_of(lines=mixed, **facts)


@given(day=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
def test_the_end_of_a_month_is_followed_by_a_first(day):
    end = month_end(day)
    assert (end.year, end.month) == (day.year, day.month)
    assert (end + dt.timedelta(days=1)).day == 1


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [(kind, *way) for kind, ways in WAYS.items() if kind != "MOVEMENT" for way in ways]
            + [("REVERSE", "", "")] * 4
        ),
        st.integers(1, 60_000_000).map(lambda fen: Decimal(fen) / 100),
        st.sampled_from(["E1", "E2"]),
    ),
    min_size=1,
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_whatever_is_tried_the_ledger_proves(world, acts):
    with transaction.atomic():
        _try(world, acts)
        transaction.set_rollback(True)  # each example begins anew


def _try(world, acts):
    here, facts = world.indicator.pk, {"by": world.people.finance, "on": DAY}
    holder = Holder(world.programme.pk, world.provider.pk, world.compound)
    for n, ((kind, source, target), amount, number) in enumerate(acts):
        before = dict(Account.objects.values_list("pk", "balance"))
        try:
            if kind == "REVERSE":
                rows = Posting.objects.filter(reverses=None, reversed_by=None).order_by("-pk")
                last = rows.exclude(transaction__kind="MOVEMENT").first()
                if last is None:
                    continue
                services.reverse(postings=[last], key=f"r{n}", reason="有误", **facts)
            else:
                places = [
                    Place(here, stage, "" if stage == "AVAILABLE" else number)
                    for stage in (source, target)
                ]
                act = {
                    "district_id": world.district.area.pk,
                    "kind": kind,
                    "key": f"a{n}",
                    "lines": [Line(*places, amount, f"a{n}")],
                    "holders": {number: holder},
                    **facts,
                }
                assert post(**act) == post(**act)  # sent twice, posted once
        except DomainError:
            after = dict(Account.objects.filter(pk__in=before).values_list("pk", "balance"))
            assert after == before
        assert Account.objects.exclude(stage="GRANTED").filter(balance__lt=0).count() == 0
        assert Account.objects.aggregate(n=Sum("balance"))["n"] == 0
    assert questions.left([here])[here].is_whole
    for name, proof in PROOFS.items():
        assert list(proof()) == [], name
