"""The ledger at size: posting, standings, the pages of finance and the proof.

`rows` postings on one indicator, for an entitlement of every fourth compound, in vouchers of up
to 20,000 lines. Balances are kept by the database with each statement, so a page sums accounts,
never postings; that they are the sums of the postings is what the proofs say, measured last.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.bulk import insert_values, renew_statistics
from governance.organisation.models import Area, Level, User
from governance.organisation.scope import Role
from subsidies.ledger import questions, rules
from subsidies.ledger.models import Account, BudgetIndicator, BudgetLine, Movement, Posting
from subsidies.ledger.proofs import PROOFS
from subsidies.ledger.services import Holder, Line, Place, post
from subsidies.ledger.services import posting as posting_room
from subsidies.programmes.models import Programme

from .measure import Line as Measured
from .measure import measured, once, plus
from .scratch import DAY

LARGEST = 20_000
ONE = Decimal("1.00")
STEPS = (
    ("ACCRUAL", "COMMITTED", "PAYABLE"),
    ("DISBURSEMENT", "PAYABLE", "IN_PAYMENT"),
    ("PAYMENT", "IN_PAYMENT", "PAID"),
)
FROM_POSTINGS = """SELECT a.indicator_id, a.stage, SUM(m.amount) FROM (
    SELECT target_id AS id, amount FROM ledger_posting
    UNION ALL SELECT source_id, -amount FROM ledger_posting) m
    JOIN ledger_account a ON a.id = m.id GROUP BY a.indicator_id, a.stage"""
FROM_ACCOUNTS = """SELECT indicator_id, stage, SUM(balance) FROM ledger_account
    GROUP BY indicator_id, stage"""
FLOWS = "SELECT indicator_id, month, source, target, amount FROM ledger_flow"
FLOWS_OF_POSTINGS = """SELECT s.indicator_id, {month}, s.stage, g.stage, SUM(p.amount)
    FROM ledger_posting p JOIN ledger_account s ON s.id = p.source_id
    JOIN ledger_account g ON g.id = p.target_id JOIN ledger_transaction t ON t.id = p.transaction_id
    GROUP BY 1, 2, 3, 4"""
OF_FIRM = """SELECT COALESCE(s.compound_id, g.compound_id), p.month, s.stage, g.stage, SUM(p.amount)
    FROM ledger_posting p JOIN ledger_account s ON s.id = p.source_id
    JOIN ledger_account g ON g.id = p.target_id JOIN ledger_transaction t ON t.id = p.transaction_id
    WHERE (p.source_id IN ({own}) OR p.target_id IN ({own})) AND t."on" <= '2026-12-31'
    GROUP BY 1, 2, 3, 4"""
OWN = "SELECT id FROM ledger_account WHERE {column} = {pk} AND holder <> ''"


def ledger(visitor, rounds: int, rows: int) -> Iterator[Measured]:
    """Posting against a bare insert; standings and pages against the bare sums."""
    book = _Book(visitor.user, rows)
    book.open()
    count = min(LARGEST, max(100, rows // 3))
    lines = book.lines("ACCRUAL", "COMMITTED", "PAYABLE", count)
    floor = once(lambda: book.bare(lines))
    yield Measured(
        "ledger",
        f"one voucher of {count} postings",
        once(lambda: book.post("ACCRUAL", lines), rows=count),
        floor,
        "bulk insert of its rows, triggers included",
        limit=4,
    )
    book.fill(rows - count)
    renew_statistics("ledger")
    total = Posting.objects.count()
    sums = measured(lambda: _bare(FROM_POSTINGS), rounds=3)
    ids = [book.indicator.pk]
    yield Measured(
        "ledger",
        "standing of the indicators",
        measured(lambda: questions.left(ids), rounds=rounds, rows=total),
        measured(lambda: _bare(FROM_ACCOUNTS), rounds=rounds),
        "the bare sum of the accounts",
        most_statements=1,
    )
    yield Measured(
        "ledger",
        "the same against the sum of all postings",
        measured(lambda: questions.left(ids), rounds=rounds, rows=total),
        sums,
        "the bare sum of the postings",
        limit=1,
    )
    yield from _pages(visitor, rounds, book, total)
    for name, proof in PROOFS.items():
        breaches: list[str] = []
        cost = once(lambda proof=proof, found=breaches: found.extend(proof()), rows=total)
        if breaches:
            raise RuntimeError(f"{name}: {breaches[0]}")
        yield Measured("ledger", f"proof: {name}", cost, sums, "the bare sum of the postings")


def _pages(visitor, rounds, book, total) -> Iterator[Measured]:
    empty = visitor.empty_page(rounds)
    pk = book.indicator.pk
    firm = min(book.firms)
    compound = book.holders[book.numbers[0]].compound
    month = "date(t.\"on\", 'start of month')"
    if connection.vendor == "postgresql":
        month = "date_trunc('month', t.\"on\")"
    last = Posting.objects.count() // 50
    accounts = Account.objects.filter(indicator=pk, stage="AVAILABLE")
    bare = {
        "budget": (lambda: _bare(FROM_ACCOUNTS), reverse("ledger:budget") + "?year=2026"),
        "vouchers": (
            lambda: list(book.vouchers().order_by("-number").values_list()[:50]),
            reverse("ledger:transaction_list"),
        ),
        "postings": (
            lambda: (list(Posting.objects.order_by("-pk").values_list()[:50]), _bare(FLOWS)),
            reverse("ledger:posting_list"),
        ),
        "postings, the last page": (
            lambda: (list(Posting.objects.order_by("pk").values_list()[:50]), _bare(FLOWS)),
            reverse("ledger:posting_list") + f"?page={last}",
        ),
        "money of the year": (
            lambda: (_bare(FROM_ACCOUNTS), _bare(FLOWS)),
            reverse("reports:overview") + "?year=2026",
        ),
        "money of the year, against its postings": (
            lambda: (_bare(FROM_ACCOUNTS), _bare(FLOWS_OF_POSTINGS.format(month=month))),
            reverse("reports:overview") + "?year=2026",
        ),
        "statement of a firm": (
            lambda: _bare(OF_FIRM.format(own=OWN.format(column="provider_id", pk=firm))),
            reverse("reports:statement_detail", args=[firm]) + "?from=2026-01-01&until=2026-12-31",
        ),
        "money of a compound": (
            lambda: _bare(
                f"SELECT holder, stage, SUM(balance) FROM ledger_account"  # noqa: S608 - our number
                f" WHERE compound_id = {compound.pk} GROUP BY 1, 2"
            ),
            reverse("dashboards:dossier_money", args=[compound.code]),
        ),
        "statement of the indicator": (
            lambda: list(questions.touching(accounts).order_by("-pk").values_list()[:50]),
            reverse("ledger:indicator_statement", args=[pk]),
        ),
    }
    for case, (floor, url) in bare.items():
        yield Measured(
            "ledger",
            f"page: {case}",
            measured(visitor.get(url), rounds=rounds, rows=total),
            plus(measured(floor, rounds=rounds), empty),
            "its rows and sums as tuples, empty page",
            most_statements=24,
        )


class _Book:
    """The scratch ledger: one indicator, an entitlement of every fourth compound."""

    def __init__(self, by, rows: int):
        self.by, self.rows, self.acts = by, rows, 0
        self.district = Area.objects.get(level=Level.DISTRICT)

    def vouchers(self):
        return posting_room.Voucher.objects.filter(district=self.district)

    def open(self) -> None:
        """The indicator with more than is ever spent, all of it committed."""
        approver = User.objects.get(username=Role.DISTRICT_APPROVER.value)
        programme = Programme.objects.create(
            district=self.district,
            name="基准补贴项目",
            edition=1,
            effective_from=dt.date(2026, 1, 1),
            months=6,
            prepared_by=approver,
        )
        line = BudgetLine.objects.create(
            district=self.district, year=2026, code="2120501", name="基准科目"
        )
        self.indicator = BudgetIndicator.objects.create(
            district=self.district,
            line=line,
            number="基准指标1号",
            name="基准指标",
            document="基准文件",
            document_on=DAY,
        )
        self.firms = list(Provider.objects.order_by("pk").values_list("pk", flat=True))
        compounds = list(Compound.objects.order_by("pk"))[::4]
        self.holders = {
            f"B{n}": Holder(programme.pk, self.firms[n % len(self.firms)], one)
            for n, one in enumerate(compounds)
        }
        self.numbers = list(self.holders)
        each = ONE * (self.rows // len(self.numbers) + LARGEST)
        self._grant(each * len(self.numbers), approver)
        here = self.indicator.pk
        commitments = [
            Line(
                Place(here, "AVAILABLE"), Place(here, "COMMITTED", number), each, f"bench:{number}"
            )
            for number in self.numbers
        ]
        self.post("COMMITMENT", commitments)

    def _grant(self, amount: Decimal, approver) -> None:
        movement = Movement.objects.create(
            district=self.district,
            indicator=self.indicator,
            kind=Movement.Kind.GRANT,
            amount=amount,
            on=DAY,
            document="基准文件",
            prepared_by=approver,
            confirmed_by=self.by,
            confirmed_at=timezone.now(),
            state=Movement.State.POSTED,
        )
        key = f"movement:{movement.pk}"
        way = rules.lines_of_movement(movement.kind, amount, self.indicator.pk, None, key)
        self.post("MOVEMENT", way, key)

    def lines(self, kind: str, source: str, target: str, count: int) -> list[Line]:
        """Postings of one yuan, round the entitlements."""
        self.acts += 1
        here = self.indicator.pk
        return [
            Line(
                Place(here, source, number),
                Place(here, target, number),
                ONE,
                f"{kind}:{self.acts}:{n}",
                dt.date(2026, 1 + self.acts % 5, 1),
            )
            for n in range(count)
            if (number := self.numbers[n % len(self.numbers)])
        ]

    def post(self, kind: str, lines: list[Line], key: str = "") -> None:
        self.acts += 1
        post(
            by=self.by,
            district_id=self.district.pk,
            kind=kind,
            on=DAY if key else dt.date(2026, 1 + self.acts % 5, 25),
            key=key or f"bench:{self.acts}",
            lines=lines,
            holders=self.holders,
        )

    def bare(self, lines: list[Line]) -> None:
        """The rows alone, by the accounts that are there; taken back."""
        with transaction.atomic():
            voucher = self.vouchers().order_by("-number").first()
            values = Account.objects.values_list("holder", "stage", "pk")
            accounts = {(holder, stage): pk for holder, stage, pk in values}
            available = accounts["", "AVAILABLE"]
            rows = (
                (voucher.pk, accounts[line.source.holder, "COMMITTED"], available, ONE,
                 line.month, f"bare:{line.key}", None)
                for line in lines
            )  # fmt: skip
            insert_values(Posting, posting_room.POSTED, rows)
            transaction.set_rollback(True)

    def fill(self, count: int) -> None:
        """Vouchers of 20,000 postings until there are enough: accrued, ordered, paid."""
        while count > 0:
            size = min(LARGEST, max(count // 3, 1))
            for kind, source, target in STEPS:
                self.post(kind, self.lines(kind, source, target, size))
            count -= 3 * size


def _bare(statement: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
