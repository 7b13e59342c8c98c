"""Every form that writes carries the once-token, on every page of the room."""

import datetime as dt
import re

import pytest

from compounds.classification import services

from .pages import AS_OF, client_of, run
from .policies import make_draft, make_people, make_policy, make_sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def addresses(district, monkeypatch):
    monkeypatch.setattr("governance.foundation.dates.today", lambda: AS_OF)
    people = make_people(district)
    policy = make_policy(district, people)
    sample = make_sample(district)
    run(people.officer)
    waiting = services.prepare_run(by=people.officer)
    trial = services.try_policy(by=people.officer, policy=policy)
    terms = {"reason": "试", "document": "样", "expires_on": dt.date(2026, 12, 31)}
    override = services.propose_override(
        by=people.clerk, compound=sample.small, strategy="FALLBACK", **terms
    )
    draft = make_draft(district, people)
    home = "/classification/"
    return [
        (people.officer, home),
        (people.officer, f"{home}runs/{waiting.pk}/"),
        (people.officer, f"{home}trials/new/"),
        (people.officer, f"{home}trials/{trial.pk}/"),
        (people.officer, f"{home}policies/add/"),
        (people.officer, f"{home}policies/{draft.pk}/"),
        (people.officer, f"{home}policies/{policy.pk}/"),
        (people.approver, f"{home}policies/{draft.pk}/"),
        (people.approver, f"{home}policies/{policy.pk}/"),
        (people.chief, f"{home}overrides/{override.pk}/"),
        (people.clerk, f"{home}overrides/{override.pk}/"),
        (people.clerk, f"{home}compounds/{sample.red.code}/override/"),
    ]


def test_every_form_that_writes_is_taken_once(addresses):
    seen = 0
    for person, address in addresses:
        main = client_of(person).get(address).content.decode().split("<main")[1]
        for form in re.findall(r'<form[^>]*method="post".*?</form>', main, re.S):
            assert 'name="once"' in form, address
            assert "csrfmiddlewaretoken" in form, address
            seen += 1
    assert seen >= 12


def test_pages_hold_no_inline_script_or_style(addresses):
    for person, address in addresses:
        page = client_of(person).get(address).content.decode()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", page), address
