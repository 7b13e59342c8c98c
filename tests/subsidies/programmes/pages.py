"""What the page tests of this room share: a client, an edition as a browser sends it."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

HOME = "/programmes/"
HEAD = {
    "name": "样例补贴",
    "document_number": "样例〔2026〕5号",
    "effective_from": "2026-07-01",
    "effective_until": "",
    "note": "",
    "months": "6",
    "start_rule": "NEXT_MONTH",
    "counting": "CALENDAR",
    "part_month": "DAYS",
    "settlement": "MONTH",
    "cap_compound": "",
    "cap_firm_year": "",
    "cap_year": "",
    "offset_percent": "0",
    "assessment_months": "12",
    "exit_collection_percent": "",
    "exit_months": "3",
    "apply_days": "30",
    "check_days": "5",
    "review_days": "5",
    "district_days": "10",
    "notice_days": "5",
    "approval_days": "10",
    "payment_days": "30",
    "appeal_days": "30",
    "ban_years": "3",
}
COLUMNS = {
    "steps": ("from_month", "to_month", "rate", "basis", "per"),
    "bands": ("from_score", "effect", "percent"),
    "deductions": ("trigger", "percent", "amount"),
    "shares": ("payer", "percent"),
    "clawbacks": ("trigger", "takes", "months", "percent"),
}
SIX_MONTHS = (("1", "6", "0.5", "CHARGEABLE_AREA", "MONTH"),)


def client_of(user, language=None) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if language:
        client.cookies["django_language"] = language
    return client


def text_of(answer) -> str:
    """What a reader sees: no tags, single spaces."""
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", plain)


def statements(client, address) -> int:
    """How many statements a page takes, the second time it is asked for."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(seen)


def sent(do="save", version="", conditions=(), head=None, documents=(), **tables) -> dict:
    """The form as a browser sends it; conditions are (fact, operator, value, alternative)."""
    tables = {"steps": SIX_MONTHS, "shares": (("DISTRICT", "100"),), **tables}
    data = {"do": do, "version": version, **HEAD, **(head or {}), "documents": list(documents)}
    for name, columns in COLUMNS.items():
        rows = tables.get(name, ())
        data[name] = str(len(rows))
        for at, row in enumerate(rows):
            for column, value in zip(columns, (*row, *[""] * len(columns)), strict=False):
                data[f"{name}-{at}-{column}"] = value
    data["conditions"] = str(len(conditions))
    for at, (fact, operator, value, *alternative) in enumerate(conditions):
        name = f"conditions-{at}"
        data[f"{name}-fact"], data[f"{name}-operator"] = fact, operator
        data[f"{name}-options" if operator in ("in", "not_in") else f"{name}-value"] = value
        data[f"{name}-alternative"] = str(alternative[0] if alternative else 0)
    return data
