"""What the frame of every page needs: the rail, the person and the district."""

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import Area, Level
from .scope import ENTRY_RIGHTS, REGISTER_VIEW

MONEY = pgettext_lazy("rail", "Money")
# Label, URL name and the right that opens it; a heading has no URL name.
RAIL = (
    (_("Workbench"), "dashboards:home", ""),
    (_("Compound register"), "registry:compound_list", REGISTER_VIEW),
    (_("Map"), "registry:compound_map", REGISTER_VIEW),
    (_("Imports"), "registry:import_list", "registry.import"),
    (_("Classification"), "classification:overview", REGISTER_VIEW),
    (_("Providers"), "providers:provider_list", REGISTER_VIEW),
    (_("Assignments"), "assignment:assignment_list", REGISTER_VIEW),
    (pgettext_lazy("rail", "Planning"), "planning:plan_list", REGISTER_VIEW),
    (_("Contracts"), "contracts:contract_list", REGISTER_VIEW),
    (_("Fees and service"), "fees:overview", REGISTER_VIEW),
    (_("Clearing campaign"), "clearing:overview", REGISTER_VIEW),
    (_("Rebound watch"), "clearing:watch_list", REGISTER_VIEW),
    (_("Party grid"), None, REGISTER_VIEW),
    (_("Coverage"), "party_grid:coverage", REGISTER_VIEW),
    (_("Party organisations"), "party_grid:organisation_list", REGISTER_VIEW),
    (_("Proposals of organisations"), "party_grid:proposal_list", REGISTER_VIEW),
    (_("Grids"), "party_grid:grid_list", REGISTER_VIEW),
    (_("Duties"), "party_grid:duty_list", REGISTER_VIEW),
    (_("People"), "people:person_list", "people.view"),
    (_("Pairings"), "pairings:pairing_list", "people.view"),
    (_("Clusters and the five haves"), "clusters:cluster_list", REGISTER_VIEW),
    (MONEY, None, REGISTER_VIEW),
    (_("Subsidy programmes"), "programmes:programme_list", REGISTER_VIEW),
    (_("Subsidy applications"), "entitlements:entitlement_list", REGISTER_VIEW),
    (_("Accruals"), "accruals:run_list", REGISTER_VIEW),
    (_("Disbursements"), "payments:disbursement_list", "ledger.view"),
    (_("Exit and clawback"), "recovery:transition_list", REGISTER_VIEW),
    (_("Budget and ledger"), "ledger:budget", "ledger.view"),
    (_("Money at a glance"), "reports:overview", "ledger.view"),
    (_("Analysis"), None, REGISTER_VIEW),
    (_("Work lists"), "classification:work_list", REGISTER_VIEW),
    (_("Policies"), "classification:policy_list", REGISTER_VIEW),
    (_("Wall screen"), "dashboards:wall", REGISTER_VIEW),
    (_("Administration"), None, "admin"),
    (_("Data entry"), "admin:index", "entry"),
    (_("Accounts"), "organisation:account_list", "account.manage"),
    (_("Posts"), "organisation:post_list", "post.manage"),
    (_("Audit log"), "audit:entry_list", "audit.view"),
)
ADMIN_RIGHTS = (*ENTRY_RIGHTS, "account.manage", "post.manage", "audit.view")


def frame(request) -> dict:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"product_name": settings.PRODUCT_NAME}
    return {
        "product_name": settings.PRODUCT_NAME,
        "scope": user.scope,
        "frame_district": _district(),
        # Made where it is drawn: fragments and refusals have none.
        "rail": SimpleLazyObject(lambda: _rail(request, user.scope)),
    }


def _rail(request, scope):
    entries = []
    for label, name, right in _in_order(scope):
        wanted = {"": (), "entry": ENTRY_RIGHTS, "admin": ADMIN_RIGHTS}.get(right, (right,))
        if wanted and not any(scope.has(one) for one in wanted):
            continue
        if name is None:
            entries.append({"heading": True, "label": label})
        else:
            entries.append({"url": reverse(name), "label": label})
    _mark_current(entries, request.path)
    return entries


def _in_order(scope):
    """The rail as the person works: for finance the group of money follows the workbench."""
    if not scope.keeps_money:
        return RAIL
    start = next(at for at, (label, name, right) in enumerate(RAIL) if label is MONEY)
    end = next(at for at in range(start + 1, len(RAIL)) if RAIL[at][1] is None)
    register = ((_("Compounds and campaign"), None, REGISTER_VIEW), *RAIL[1:start])
    return (RAIL[0], *RAIL[start:end], *register, *RAIL[end:])


def _mark_current(entries, path: str) -> None:
    """Mark the entry whose address begins the present one; the longest wins."""
    if path.startswith("/compounds/"):
        path = reverse("registry:compound_list")
    elif path.startswith("/areas/"):
        path = reverse("dashboards:home")
    fitting = [entry for entry in entries if path.startswith(entry.get("url", "-"))]
    if fitting:
        best = max(fitting, key=lambda entry: len(entry["url"]))
        if best["url"] != "/" or path == "/":
            best["current"] = "page" if best["url"] == path else "true"


def _district():
    """Name of the district and whether its data are invented; read once in ten minutes."""
    found = cache.get("frame-district")
    if found is None:
        found = (
            Area.objects.filter(level=Level.DISTRICT)
            .order_by("code")
            .values("name", "is_sample", "code")
            .first()
        ) or {}
        cache.set("frame-district", found, 600 if found else 5)
    return found
