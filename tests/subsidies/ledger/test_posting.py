"""Posting and reversing: what is refused, what happens once, what the chain holds."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.foundation.errors import DomainError
from subsidies.ledger import rules
from subsidies.ledger.models import (
    Account,
    Book,
    Closing,
    LedgerIsForEver,
    Posting,
    Stage,
    Transaction,
)
from subsidies.ledger.services import (
    BooksClosed,
    KeyTaken,
    Line,
    Overdrawn,
    Place,
    post,
    reverse,
)
from subsidies.ledger.services.posting import lines_of
from tests.subsidies.factories import commit

DAY = dt.date(2026, 4, 7)


def balance(world, stage, holder=""):
    return Account.objects.get(indicator=world.indicator, stage=stage, holder=holder).balance


def accrue(world, number="E1", amount="2750.00", key=None, **changes):
    key = key or f"accrue:{number}:2026-04:1:DISTRICT"
    facts = {
        "by": world.people.finance,
        "district_id": world.district.area.pk,
        "kind": "ACCRUAL",
        "on": DAY,
        "key": f"run:{key}",
        "lines": [
            Line(
                source=Place(world.indicator.pk, Stage.COMMITTED, number),
                target=Place(world.indicator.pk, Stage.PAYABLE, number),
                amount=Decimal(amount),
                key=key,
                month=dt.date(2026, 4, 1),
            )
        ],
    }
    return post(**{**facts, **changes})


def test_money_moves_from_stage_to_stage(world):
    commit(world.people, world, "E1", "16500.00")
    accrue(world)
    assert balance(world, "GRANTED") == Decimal("-1000000.00")
    assert balance(world, "AVAILABLE") == Decimal("983500.00")
    assert balance(world, "COMMITTED", "E1") == Decimal("13750.00")
    payable = Account.objects.get(stage="PAYABLE")
    assert payable.balance == Decimal("2750.00")
    # The account knows whose it is, though only the commitment named the holder.
    assert payable.compound == world.compound
    assert payable.provider == world.provider
    assert payable.community == world.compound.community


def test_an_indicator_is_not_overdrawn_and_the_refusal_says_by_what(world):
    with pytest.raises(Overdrawn) as refusal:
        commit(world.people, world, "E1", "1000000.01")
    (short,) = refusal.value.shortages
    assert (short.asked, short.left) == (Decimal("1000000.01"), Decimal("1000000.00"))
    assert world.indicator.number in str(refusal.value)
    assert not Transaction.objects.filter(kind="COMMITMENT").exists()


def test_an_accrual_beyond_the_commitment_is_refused(world):
    commit(world.people, world, "E1", "2000.00")
    with pytest.raises(Overdrawn, match="E1"):
        accrue(world)


def test_the_same_act_again_finds_what_was_posted(world):
    first = commit(world.people, world, "E1", "16500.00")
    assert commit(world.people, world, "E1", "16500.00") == first
    assert balance(world, "AVAILABLE") == Decimal("983500.00")
    assert Book.objects.get().last_number == 2


def test_the_same_act_with_another_amount_is_refused(world):
    commit(world.people, world, "E1", "16500.00")
    with pytest.raises(KeyTaken):
        commit(world.people, world, "E1", "16500.01")


def test_a_line_is_not_posted_again_by_another_act(world):
    commit(world.people, world, "E1", "16500.00")
    accrue(world)
    with pytest.raises(KeyTaken):
        post(
            by=world.people.finance,
            district_id=world.district.area.pk,
            kind="ACCRUAL",
            on=DAY,
            key="another run",
            lines=lines_of(Transaction.objects.get(kind="ACCRUAL")),
        )


def test_a_closed_day_takes_nothing(world):
    commit(world.people, world, "E1", "16500.00")
    Closing.objects.create(
        district=world.district.area,
        until=dt.date(2026, 4, 30),
        last_number=2,
        digest="0" * 64,
        closed_by=world.people.finance,
    )
    with pytest.raises(BooksClosed):
        accrue(world)
    assert accrue(world, on=dt.date(2026, 5, 1)).number == 3


def test_a_reversal_restores_what_was(world):
    commit(world.people, world, "E1", "16500.00")
    before = dict(Account.objects.values_list("pk", "balance"))
    accrual = accrue(world)
    reversal = reverse(
        by=world.people.finance,
        postings=accrual.postings.all(),
        on=DAY,
        key="reverse:1",
        reason="计提有误",
    )
    after = dict(Account.objects.values_list("pk", "balance"))
    assert {pk: after[pk] for pk in before} == before
    assert balance(world, "PAYABLE", "E1") == 0
    again = reverse(
        by=world.people.finance,
        postings=accrual.postings.all(),
        on=DAY,
        key="reverse:1",
        reason="计提有误",
    )
    assert again == reversal


def test_nothing_is_reversed_twice_nor_a_reversal_itself(world):
    act = commit(world.people, world, "E1", "16500.00")
    facts = {"by": world.people.finance, "on": DAY, "reason": "有误"}
    back = reverse(postings=act.postings.all(), key="reverse:1", **facts)
    with pytest.raises(DomainError, match="3"):
        reverse(postings=act.postings.all(), key="reverse:2", **facts)
    with pytest.raises(DomainError, match=r"."):
        reverse(postings=back.postings.all(), key="reverse:3", **facts)


def test_what_has_gone_on_cannot_be_reversed_at_its_beginning(world):
    act = commit(world.people, world, "E1", "2750.00")
    accrue(world)
    with pytest.raises(Overdrawn):
        reverse(
            by=world.people.finance,
            postings=act.postings.all(),
            on=DAY,
            key="reverse:1",
            reason="有误",
        )


def test_money_may_pass_through_an_account_in_one_act(world):
    here, number = world.indicator.pk, "E1"
    commit(world.people, world, number, "100.00")
    places = [Place(here, stage, number) for stage in ("COMMITTED", "PAYABLE", "IN_PAYMENT")]
    # The later line stands first: it waits for the money of the other.
    lines = [
        Line(places[1], places[2], Decimal("100.00"), "b"),
        Line(places[0], places[1], Decimal("100.00"), "a"),
    ]
    post(
        by=world.people.finance,
        district_id=world.district.area.pk,
        kind="ACCRUAL",
        on=DAY,
        key="through",
        lines=lines,
    )
    assert balance(world, "IN_PAYMENT", number) == Decimal("100.00")


def test_vouchers_are_chained(world):
    commit(world.people, world, "E1", "16500.00")
    first, second = Transaction.objects.order_by("number")
    assert first.previous == rules.GENESIS
    assert second.previous == first.digest
    assert Book.objects.get().digest == second.digest
    content = rules.content_of(
        district_id=second.district_id,
        number=second.number,
        kind=second.kind,
        on=second.on,
        key=second.key,
        document=second.document,
        reason=second.reason,
        by_id=second.by_id,
        at=second.at,
        lines=lines_of(second),
    )
    assert rules.digest_of(first.digest, content) == second.digest


def test_many_lines_take_a_constant_number_of_queries(world, django_assert_max_num_queries):
    commit(world.people, world, "E1", "16500.00")
    commit(world.people, world, "E2", "16500.00")
    for count in (1, 40):
        lines = [
            Line(
                Place(world.indicator.pk, "COMMITTED", f"E{n % 2 + 1}"),
                Place(world.indicator.pk, "PAYABLE", f"E{n % 2 + 1}"),
                Decimal("1.00"),
                f"{count}:{n}",
            )
            for n in range(count)
        ]
        with django_assert_max_num_queries(22):
            post(
                by=world.people.finance,
                district_id=world.district.area.pk,
                kind="ACCRUAL",
                on=DAY,
                key=f"run{count}",
                lines=lines,
            )


def test_no_route_of_the_models_changes_what_is_posted(world):
    act = Transaction.objects.get()
    posting = Posting.objects.get()
    for attempt in (
        act.save,
        act.delete,
        posting.save,
        posting.delete,
        Transaction.objects.all().delete,
        Posting.objects.all().delete,
    ):
        with pytest.raises(LedgerIsForEver):
            attempt()
    for rows in (Transaction.objects.all(), Posting.objects.all()):
        with pytest.raises(LedgerIsForEver):
            rows.update(id=7)
