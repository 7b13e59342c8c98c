"""What the page tests of this room share: a client of somebody, forms as a browser sends them."""

import datetime as dt
import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compounds.classification import services

AS_OF = dt.date(2026, 6, 1)


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


def posted_rules(rows) -> dict[str, str]:
    """Rules as the editor's fields: [(strategy, [(fact, operator, value, alternative)])]."""
    data = {"rules": str(len(rows))}
    for r, (strategy, conditions) in enumerate(rows):
        data |= {f"r{r}-strategy": strategy, f"r{r}-note": "", f"r{r}-conditions": len(conditions)}
        for c, (fact, operator, value, alternative) in enumerate(conditions):
            name = f"r{r}c{c}"
            data |= {
                f"{name}-fact": fact,
                f"{name}-operator": operator,
                f"{name}-value": value,
                f"{name}-alternative": alternative,
            }
    return data


XIAODIAN_ROWS = [
    ("RED_TAKEOVER", [("households", "ge", "300", 0), ("floor_area_m2", "ge", "20000", 0)]),
    ("SUBSIDY_TRANSITION", [("willing_firms_with_subsidy", "ge", "1", 0)]),
    ("FALLBACK", [("failed_rounds", "ge", "2", 0)]),
]
TERMS = {
    "title": "样例标准",
    "document_number": "样例〔2026〕2号",
    "effective_from": "2026-07-01",
    "effective_until": "",
    "subsidy_rate": "0.60",
    "subsidy_months": "6",
    "area_basis": "CHARGEABLE",
}


def draft_form(policy, rows=XIAODIAN_ROWS, do="save", **changes) -> dict:
    version = policy.version if policy else ""
    return {"do": do, "version": version, **TERMS, **posted_rules(rows), **changes}


def run(by):
    return services.run_classification(by=by, as_of=AS_OF)
