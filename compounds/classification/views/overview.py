"""Where classification stands, and the door to running it."""

from django.conf import settings
from django.db.models import Max
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.foundation import dates
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import figures
from ..models import Decision, Override, Policy, Run, Trial


@require_GET
@right_required(REGISTER_VIEW)
def overview(request):
    user = request.user
    today = dates.today()
    found = figures.overview(user)
    can_run = user.scope.has("classification.run")
    policies = list(
        Policy.objects.visible_to(user)
        .in_force(today)
        .select_related("published_by", "prepared_by", "district")
    )
    seen = {}
    for policy in policies:
        seen.setdefault(policy.district_id, policy)
    runs = list(Run.objects.visible_to(user).select_related("area", "by", "policy")[:6])
    overrides = Override.objects.visible_to(user)
    return render(
        request,
        "compounds/classification/overview.html",
        {
            "found": found,
            "whole": found.whole,
            "strategies": found.strategy_figures(),
            "chart": found.chart(),
            "near": Decision.objects.visible_to(user).near(settings.NEAR_THRESHOLD_PERCENT).count(),
            "last": Decision.objects.visible_to(user)
            .current()
            .aggregate(last=Max("decided_at"))["last"],
            "near_percent": settings.NEAR_THRESHOLD_PERCENT,
            "policies": list(seen.values()),
            "runs": runs,
            "running": next((run for run in runs if not run.is_finished), None),
            "trials": Trial.objects.visible_to(user).select_related("area", "by", "policy")[:4],
            "to_approve": overrides.filter(state=Override.State.PROPOSED).count(),
            "expiring": overrides.expiring(today, settings.OVERRIDE_WARNING_DAYS).count(),
            "warning_days": settings.OVERRIDE_WARNING_DAYS,
            "can_run": can_run,
            "run_areas": user.scope.areas("classification.run") if can_run else (),
            "links": {
                "all": figures.compounds_at(),
                "incomplete": figures.compounds_at(decision="INCOMPLETE"),
                "unmatched": figures.compounds_at(decision="UNMATCHED"),
                "near": figures.compounds_at(near=1),
                "overridden": figures.compounds_at(decision="OVERRIDDEN"),
                "unclassified": figures.compounds_at(decision="NEVER"),
            },
        },
    )
