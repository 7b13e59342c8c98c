"""Proof of the ledger: plain statements of their own, apart from the services that post.

Each proof yields a sentence for every breach. Money is read in fen, as it is stored.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from django.db import connection

from .models import Stage

# What each kind of transaction may do: from stage, to stage. A reversal mirrors one of them.
WAYS = {
    "MOVEMENT": {
        ("GRANTED", "AVAILABLE"),
        ("AVAILABLE", "GRANTED"),
        ("AVAILABLE", "FROZEN"),
        ("FROZEN", "AVAILABLE"),
        ("AVAILABLE", "LAPSED"),
    },
    "COMMITMENT": {("AVAILABLE", "COMMITTED"), ("COMMITTED", "AVAILABLE")},
    "RELEASE": {("COMMITTED", "AVAILABLE")},
    "ACCRUAL": {("COMMITTED", "PAYABLE")},
    "DEDUCTION": {("PAYABLE", "AVAILABLE")},
    "DISBURSEMENT": {("PAYABLE", "IN_PAYMENT")},
    "PAYMENT": {("IN_PAYMENT", "PAID")},
    "FAILURE": {("IN_PAYMENT", "PAYABLE")},
    # The bank paid and sent it back days later: owed again, out of the same indicator.
    "SENT_BACK": {("PAID", "PAYABLE")},
    "CLAWBACK": {("PAID", "TO_RECOVER")},
    "RECOVERY": {("TO_RECOVER", "AVAILABLE"), ("TO_RECOVER", "RETURNED")},
}
# Postings with both their accounts and their voucher.
WHOLE = """FROM ledger_posting p
    JOIN ledger_transaction t ON t.id = p.transaction_id
    JOIN ledger_account s ON s.id = p.source_id
    JOIN ledger_account g ON g.id = p.target_id"""


def _rows(statement: str, values: Iterable = ()) -> Iterator[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        while found := cursor.fetchmany(2000):
            yield from found


def balances() -> Iterator[str]:
    """Every balance is the sum of what came less the sum of what went."""
    statement = """SELECT a.id, a.balance, COALESCE(m.moved, 0) FROM ledger_account a LEFT JOIN (
            SELECT id, SUM(amount) AS moved FROM (
                SELECT target_id AS id, amount FROM ledger_posting
                UNION ALL SELECT source_id, -amount FROM ledger_posting) moves GROUP BY id
        ) m ON m.id = a.id WHERE a.balance <> COALESCE(m.moved, 0) ORDER BY a.id"""
    for pk, held, moved in _rows(statement):
        yield f"account {pk} holds {_yuan(held)}, its postings say {_yuan(moved)}"


def flows() -> Iterator[str]:
    """What went from stage to stage of an indicator in each month is the sum of its postings."""
    month = (
        """date(t."on", 'start of month')"""
        if connection.vendor == "sqlite"
        else """date_trunc('month', t."on")::date"""
    )
    statement = f"""SELECT indicator, month, source, target, SUM(amount), SUM(number) FROM (
            SELECT s.indicator_id AS indicator, {month} AS month, s.stage AS source,
                g.stage AS target, p.amount, 1 AS number {WHOLE}
            UNION ALL SELECT indicator_id, month, source, target, -amount, -count FROM ledger_flow
        ) compared GROUP BY 1, 2, 3, 4 HAVING SUM(amount) <> 0 OR SUM(number) <> 0
        ORDER BY 1, 2, 3, 4"""  # noqa: S608
    for indicator, day, source, target, over, _number in _rows(statement):
        yield (
            f"indicator {indicator}, {_day(day)}: the flow from {source} to {target} differs"
            f" from its postings by {_yuan(over)}"
        )


def overdrafts() -> Iterator[str]:
    """No account stands below zero, nor did after any voucher; the source never above."""
    statement = """SELECT id, balance FROM ledger_account
        WHERE CASE WHEN stage = 'GRANTED' THEN -balance ELSE balance END < 0 ORDER BY id"""
    for pk, held in _rows(statement):
        yield f"account {pk} is overdrawn: {_yuan(held)}"
    statement = """SELECT account, MIN(number) FROM (
            SELECT account, number, stage, SUM(SUM(amount)) OVER (
                PARTITION BY account ORDER BY number) AS standing
            FROM (SELECT p.target_id AS account, t.number, p.amount, a.stage FROM ledger_posting p
                    JOIN ledger_transaction t ON t.id = p.transaction_id
                    JOIN ledger_account a ON a.id = p.target_id
                UNION ALL SELECT p.source_id, t.number, -p.amount, a.stage FROM ledger_posting p
                    JOIN ledger_transaction t ON t.id = p.transaction_id
                    JOIN ledger_account a ON a.id = p.source_id) moves
            GROUP BY account, number, stage) history
        WHERE CASE WHEN stage = 'GRANTED' THEN -standing ELSE standing END < 0
        GROUP BY account ORDER BY account"""
    for pk, number in _rows(statement):
        yield f"account {pk} was overdrawn by voucher {number}"


def indicators() -> Iterator[str]:
    """What was granted stands somewhere: the accounts of an indicator add up to nothing."""
    statement = """SELECT indicator_id, SUM(balance) FROM ledger_account
        GROUP BY indicator_id HAVING SUM(balance) <> 0 ORDER BY indicator_id"""
    for pk, over in _rows(statement):
        yield f"indicator {pk}: its accounts do not add up, {_yuan(over)} over"
    statement = """SELECT i.id FROM ledger_budgetindicator i
        JOIN ledger_budgetline l ON l.id = i.line_id
        WHERE l.district_id <> i.district_id ORDER BY i.id"""
    for (pk,) in _rows(statement):
        yield f"indicator {pk} lies in another district than its line"


def numbers() -> Iterator[str]:
    """Vouchers of a district are numbered from one without a gap, and the book knows the last."""
    statement = """SELECT district_id, COUNT(*), MIN(number), MAX(number), COUNT(DISTINCT number)
        FROM ledger_transaction GROUP BY district_id ORDER BY district_id"""
    last = {}
    for district, count, first, highest, different in _rows(statement):
        last[district] = highest
        if (first, highest, different) != (1, count, count):
            yield f"district {district}: {count} vouchers are numbered {first} to {highest}"
    for district, number in _rows("SELECT district_id, last_number FROM ledger_book ORDER BY 1"):
        if last.pop(district, 0) != number:
            yield f"district {district}: the book does not end with voucher {number}"
    for district in last:
        yield f"district {district} has vouchers but no book"
    statement = """SELECT t.id FROM ledger_transaction t
        LEFT JOIN ledger_posting p ON p.transaction_id = t.id WHERE p.id IS NULL ORDER BY t.id"""
    for (pk,) in _rows(statement):
        yield f"transaction {pk} posts nothing"


def chain() -> Iterator[str]:
    """Every digest follows from its voucher and the one before; closings and books agree."""
    noted = {}
    statement = "SELECT district_id, last_number, digest FROM ledger_closing WHERE last_number > 0"
    for district, number, digest in _rows(statement):
        noted.setdefault((district, number), []).append(("a close", digest))
    for district, number, digest in _rows(
        "SELECT district_id, last_number, digest FROM ledger_book"
    ):
        if number:
            noted.setdefault((district, number), []).append(("the book", digest))
    previous, place = "0" * 64, None
    for head, postings in _vouchers():
        pk, district, number = head[:3]
        if district != place:
            previous, place = "0" * 64, district
        before, digest = head[-2:]
        if before != previous:
            yield f"transaction {pk} does not follow the one before it"
        if _digest(before, head, postings) != digest:
            yield f"transaction {pk} was changed after it was posted"
        previous = digest
        for who, kept in noted.pop((district, number), ()):
            if kept != digest:
                yield f"transaction {pk} is not the one that {who} ended with"
    for district, number in noted:
        yield f"district {district}: voucher {number} was noted and is gone"


def _vouchers() -> Iterator[tuple[tuple, list]]:
    """Each voucher with its postings, in the order of the books."""
    statement = f"""SELECT t.id, t.district_id, t.number, t.kind, t."on", t."key", t.document,
            t.reason, t.by_id, t.at, t.previous, t.digest, p."key", s.indicator_id, s.stage,
            s.holder, g.indicator_id, g.stage, g.holder, p.amount, p.month, p.reverses_id
        {WHOLE} ORDER BY t.district_id, t.number"""
    for head, rows in groupby(_rows(statement), key=itemgetter(slice(0, 12))):
        yield head, [row[12:] for row in rows]


def _digest(previous: str, head: tuple, postings: list) -> str:
    _pk, district, number, kind, on, key, document, reason, by, at = head[:10]
    lines = sorted(
        [key, [a, b, c], [d, e, f], f"{amount // 100}.{amount % 100:02d}", _day(month), reverses]
        for key, a, b, c, d, e, f, amount, month, reverses in postings
    )
    content = [district, number, kind, _day(on), key, document, reason, by, _moment(at), lines]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def reversals() -> Iterator[str]:
    """A reversal mirrors an earlier posting, itself no reversal, in a voucher of its own."""
    statement = """SELECT p.id FROM ledger_posting p
        JOIN ledger_posting o ON o.id = p.reverses_id
        JOIN ledger_transaction t ON t.id = p.transaction_id
        JOIN ledger_transaction b ON b.id = o.transaction_id
        WHERE o.reverses_id IS NOT NULL OR p.source_id <> o.target_id
            OR p.target_id <> o.source_id OR p.amount <> o.amount OR b.number >= t.number
            OR COALESCE(CAST(p.month AS TEXT), '') <> COALESCE(CAST(o.month AS TEXT), '')
        ORDER BY p.id"""
    for (pk,) in _rows(statement):
        yield f"posting {pk} does not mirror what it reverses"
    statement = """SELECT p.id FROM ledger_posting p
        JOIN ledger_transaction t ON t.id = p.transaction_id
        WHERE (t.kind = 'REVERSAL') <> (p.reverses_id IS NOT NULL) ORDER BY p.id"""
    for (pk,) in _rows(statement):
        yield f"posting {pk} is a reversal by its voucher or by itself, not by both"


def ways() -> Iterator[str]:
    """Money goes only the ways of its kind, and stays with its indicator and its entitlement."""
    statement = f"""SELECT t.kind, s.stage, g.stage, COUNT(*), MIN(p.id)
        {WHOLE} WHERE t.kind <> 'REVERSAL'
        GROUP BY t.kind, s.stage, g.stage ORDER BY 5"""
    for kind, source, target, count, first in _rows(statement):
        if (source, target) not in WAYS.get(kind, ()):
            yield (
                f"posting {first}: no {kind.lower()} goes from {source} to {target}"
                f" ({count} postings)"
            )
    statement = f"""SELECT p.id {WHOLE} WHERE s.indicator_id <> g.indicator_id
            OR (s.holder <> g.holder AND s.holder <> '' AND g.holder <> '')
            OR p.amount <= 0 OR p.source_id = p.target_id ORDER BY p.id"""
    for (pk,) in _rows(statement):
        yield f"posting {pk} leaves its indicator or its entitlement"


def keys() -> Iterator[str]:
    """Every act and line has its key, once; every posted movement has the voucher of its key."""
    for table, columns in (("transaction", 'district_id, "key"'), ("posting", '"key"')):
        statement = f"""SELECT MIN(id), COUNT(*) FROM ledger_{table}
            GROUP BY {columns} HAVING COUNT(*) > 1 OR MIN("key") = '' ORDER BY 1"""  # noqa: S608
        for pk, count in _rows(statement):
            yield f"{table} {pk} shares its key with {count - 1} others or has none"
    statement = """SELECT m.id FROM ledger_movement m
        LEFT JOIN ledger_transaction t ON t.district_id = m.district_id
            AND t."key" = 'movement:' || m.id AND t.kind = 'MOVEMENT' AND t."on" = m."on"
        LEFT JOIN ledger_posting p ON p.transaction_id = t.id AND p."key" = t."key"
            AND p.amount = m.amount
        WHERE (m.state = 'POSTED') <> (t.id IS NOT NULL)
            OR (m.state = 'POSTED' AND p.id IS NULL) ORDER BY m.id"""
    for (pk,) in _rows(statement):
        yield f"movement {pk} and its voucher do not agree"
    statement = """SELECT t.id FROM ledger_transaction t
        LEFT JOIN ledger_movement m ON t."key" = 'movement:' || m.id
            AND m.district_id = t.district_id
        WHERE t.kind = 'MOVEMENT' AND m.id IS NULL ORDER BY t.id"""
    for (pk,) in _rows(statement):
        yield f"transaction {pk} is of a movement that is not there"


def closings() -> Iterator[str]:
    """Nothing was posted in a month after it was closed, until it was reopened."""
    statement = """SELECT t.id, c.until FROM ledger_closing c
        JOIN ledger_transaction t ON t.district_id = c.district_id
            AND t."on" <= c.until AND t.number > c.last_number
        WHERE c.reopened_at IS NULL OR t.at < c.reopened_at ORDER BY t.id"""
    for pk, until in _rows(statement):
        yield f"transaction {pk} was posted after its month was closed until {_day(until)}"
    statement = """SELECT id FROM ledger_closing WHERE (reopened_at IS NULL) <> (
            reopened_by_id IS NULL) OR reopened_by_id = closed_by_id ORDER BY id"""
    for (pk,) in _rows(statement):
        yield f"closing {pk} was not reopened by another person"


def places() -> Iterator[str]:
    """Accounts lie where their compounds lie, and those of one entitlement name the same."""
    statement = """SELECT a.id FROM ledger_account a
        JOIN registry_compound c ON c.id = a.compound_id
        WHERE a.district_id <> c.district_id OR COALESCE(a.street_id, 0) <> c.street_id
            OR COALESCE(a.community_id, 0) <> c.community_id ORDER BY a.id"""
    for (pk,) in _rows(statement):
        yield f"account {pk} lies elsewhere than its compound"
    statement = """SELECT a.id FROM ledger_account a
        JOIN ledger_budgetindicator i ON i.id = a.indicator_id
        WHERE a.district_id <> i.district_id
            OR (a.compound_id IS NULL AND (a.street_id IS NOT NULL OR a.community_id IS NOT NULL))
        ORDER BY a.id"""
    for (pk,) in _rows(statement):
        yield f"account {pk} lies elsewhere than its indicator"
    statement = """SELECT district_id, holder FROM ledger_account WHERE holder <> ''
        GROUP BY district_id, holder HAVING COUNT(DISTINCT compound_id) > 1
            OR COUNT(DISTINCT programme_id) > 1 OR COUNT(DISTINCT provider_id) > 1
        ORDER BY district_id, holder"""
    for _district, holder in _rows(statement):
        yield f"accounts of entitlement {holder} name different holders"


def ceilings() -> Iterator[str]:
    """No entitlement was ever paid, or owed, more than was committed for it."""
    into = {
        "committed": ("('AVAILABLE')", "('COMMITTED')"),
        "accrued": ("('COMMITTED')", "('PAYABLE')"),
        # What the bank sends back goes from paid to payable at once.
        "paid": ("('IN_PAYMENT', 'PAYABLE')", "('PAID')"),
    }
    sums = ", ".join(
        f"""SUM(CASE WHEN s.stage IN {a} AND g.stage IN {b} THEN p.amount
            WHEN s.stage IN {b} AND g.stage IN {a} THEN -p.amount ELSE 0 END) AS {name}"""
        for name, (a, b) in into.items()
    )
    statement = f"""SELECT holder, committed, accrued, paid FROM (
            SELECT s.district_id, CASE WHEN s.holder = '' THEN g.holder ELSE s.holder END AS holder,
                s.indicator_id, {sums} {WHOLE}
            GROUP BY 1, 2, 3) flows
        WHERE holder <> '' AND (accrued > committed OR paid > accrued)
        ORDER BY holder"""  # noqa: S608
    for holder, committed, accrued, paid in _rows(statement):
        yield (
            f"entitlement {holder}: {_yuan(committed)} committed, {_yuan(accrued)} accrued,"
            f" {_yuan(paid)} paid"
        )


def years() -> Iterator[str]:
    """A month is borne by an indicator of its calendar year, or one its year was carried over to.

    Budget Law 18. Carried over: by posted movements that were not taken back, over any number of
    years.
    """
    statement = f"""WITH RECURSIVE carried(indicator, origin) AS (
            SELECT i.id, i.id FROM ledger_budgetindicator i
            UNION SELECT c.indicator, m.indicator_id FROM carried c
                JOIN ledger_movement m ON m.to_indicator_id = c.origin
                    AND m.kind = 'CARRY_OVER' AND m.state = 'POSTED'
                JOIN ledger_posting p ON p."key" = 'movement:' || m.id
                LEFT JOIN ledger_posting b ON b.reverses_id = p.id WHERE b.id IS NULL
        ), borne(indicator, year) AS (
            SELECT c.indicator, l.year FROM carried c
                JOIN ledger_budgetindicator i ON i.id = c.origin
                JOIN ledger_budgetline l ON l.id = i.line_id
        ), asked(indicator, month, first, count) AS (
            SELECT s.indicator_id, p.month, MIN(p.id), COUNT(*)
            {WHOLE} WHERE t.kind = 'ACCRUAL' AND p.month IS NOT NULL GROUP BY 1, 2
        )
        SELECT a.first, a.month, a.indicator, a.count FROM asked a LEFT JOIN borne b
            ON b.indicator = a.indicator AND b.year = CAST(SUBSTR(CAST(a.month AS TEXT), 1, 4)
                AS INTEGER)
        WHERE b.indicator IS NULL ORDER BY a.first"""  # noqa: S608
    for pk, month, indicator, count in _rows(statement):
        yield (
            f"posting {pk}: the month {_day(month)} is not borne by indicator {indicator}"
            f" of another year ({count} postings)"
        )


def stages() -> Iterator[str]:
    """Accounts are kept for an indicator or for an entitlement, as their stage says."""
    known = ", ".join(f"'{stage}'" for stage in Stage.values)
    statement = f"""SELECT id FROM ledger_account WHERE stage NOT IN ({known})
            OR (stage IN ('GRANTED', 'AVAILABLE', 'FROZEN', 'LAPSED')) <> (holder = '')
            OR (holder = '') <> (compound_id IS NULL) ORDER BY id"""  # noqa: S608
    for (pk,) in _rows(statement):
        yield f"account {pk} is kept for the wrong one"


PROOFS: dict[str, Callable[[], Iterator[str]]] = {
    "balances": balances,
    "flows": flows,
    "overdrafts": overdrafts,
    "indicators": indicators,
    "numbers": numbers,
    "chain": chain,
    "reversals": reversals,
    "ways": ways,
    "keys": keys,
    "closings": closings,
    "places": places,
    "ceilings": ceilings,
    "stages": stages,
    "years": years,
}


# -- how databases give the same thing -------------------------------------------------------------
def _yuan(fen) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(int(fen)) // 100}.{abs(int(fen)) % 100:02d}"


def _day(value) -> str | None:
    return value.isoformat() if isinstance(value, dt.date) else value


def _moment(value) -> str:
    """A time as it was hashed; SQLite gives text in UTC without saying so."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return value.astimezone(dt.UTC).isoformat()
