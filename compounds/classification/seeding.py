"""The policy of a scenario, and the first classification under it."""

import tomllib
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from governance.foundation import dates
from governance.organisation.models import Area, User
from governance.organisation.scope import RIGHTS

from .models import Policy, Run
from .rules import from_json
from .services import create_policy, publish_policy, run_classification
from .services.policies import EDITABLE, PUBLISH


def load(folder: Path, *, by, report, publisher=None) -> int:
    """Draft `policy.toml` as `by`, publish it as another person, and classify.

    `publisher` is otherwise whoever holds the right in the district.  What is already there is
    left alone.  Returns how many records were written.
    """
    path = folder / "policy.toml"
    if by is None or not path.is_file():
        return 0
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    district = Area.objects.get(code=written.pop("district"))
    reason = written.pop("retroactive_reason", "")
    policy_rules = from_json(
        [[rule["strategy"], rule["conditions"]] for rule in written.pop("rules")]
    )
    count = 0
    policy = Policy.objects.filter(district=district, title=written["title"]).first()
    if policy is None:
        written["subsidy_rate"] = Decimal(written["subsidy_rate"])
        terms = {name: written[name] for name in EDITABLE if name in written}
        policy = create_policy(by=by, district=district, policy_rules=policy_rules, **terms)
        count += 1
    if policy.is_draft:
        publisher = publisher or holder_of(PUBLISH, district, besides=policy.prepared_by_id)
        if publisher is None:
            report(_("Nobody else may publish the policy yet, so it stays a draft."))
            return count
        publish_policy(by=publisher, policy=policy, version=policy.version, reason=reason)
        count += 1
    is_in_force = Policy.objects.filter(district=district).in_force(dates.today()).exists()
    if is_in_force and not Run.objects.filter(district=district).exists():
        count += run_classification(by=by, area=district, progress=report).changed
    return count


def holder_of(right: str, district: Area, *, besides: int) -> User | None:
    """Somebody whose post in the district carries a right, and who is not a certain person."""
    roles = [role for role, rights in RIGHTS.items() if right in rights]
    posts = district.posts.current(dates.today()).filter(role__in=roles)
    people = User.objects.filter(is_active=True, posts__in=posts)
    return people.exclude(pk=besides).order_by("pk").first()
