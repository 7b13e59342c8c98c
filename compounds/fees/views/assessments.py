"""Rounds of the double assessment: their list, one round with its league, entering points."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.money import half_up
from governance.foundation.views import Listing
from governance.organisation.access import right_required
from governance.organisation.models import Area
from governance.organisation.scope import REGISTER_VIEW

from .. import rules
from ..filters import AssessmentFilterSet
from ..forms import AssessmentForm, ChooseCompound, RoundForm
from ..importing import POINTS
from ..models import Assessment, AssessmentRound
from ..services import add_round, close_round, save_assessment
from ..services.assessing import MANAGE, suggested
from ..tables import AssessmentTable
from .common import EXPORT, FOLDER, IMPORT, compound_of, export, place_of

Grade = Assessment.Grade
LEAGUE = 30


def rounds_of(request):
    """Rounds of the districts in which the reader sees the register."""
    return AssessmentRound.objects.filter(
        district__in=request.user.scope.in_districts(REGISTER_VIEW)
    )


def _counted(prefix: str, seen: Q) -> dict:
    """Grades of the assessments that the reader sees, by grade."""
    return {
        f"n_{grade.value.lower()}": Count(prefix, filter=Q(**{f"{prefix}__grade": grade}) & seen)
        for grade in Grade
    }


def _through(condition: Q, path: str) -> Q:
    """A condition on placed rows, asked through a relation."""
    found = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        found.children.append(
            _through(child, path) if isinstance(child, Q) else (f"{path}__{child[0]}", child[1])
        )
    return found


@right_required(REGISTER_VIEW)
@require_safe
def round_list(request):
    """Rounds with how many compounds each has in which grade."""
    seen = _through(request.user.scope.seen(), "assessments")
    rows = list(
        rounds_of(request)
        .annotate(n=Count("assessments", filter=seen), **_counted("assessments", seen))
        .order_by("-starts_on", "-pk")[:60]
    )
    for row in rows:
        row.grades = [
            (grade, getattr(row, f"n_{grade.value.lower()}"), grade.value) for grade in Grade
        ]
    return render(
        request,
        f"{FOLDER}/round_list.html",
        {
            "rounds": rows,
            "may_manage": request.user.scope.has(MANAGE),
            "may_import": request.user.scope.has(IMPORT),
        },
    )


@right_required(MANAGE)
def round_add(request):
    today = dates.today()
    district = Area.objects.get(pk=request.user.scope.areas(MANAGE)[0].district)
    first = {"starts_on": today.replace(month=1, day=1), "ends_on": today.replace(month=12, day=31)}
    form = RoundForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_round(by=request.user, district=district, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The round was opened."))
            return redirect("fees:round_detail", made.pk)
    return render(request, f"{FOLDER}/round_add.html", {"form": form, "district": district})


def _round(request, pk: int, right: str = REGISTER_VIEW) -> AssessmentRound:
    found = get_object_or_404(rounds_of(request).select_related("district"), pk=pk)
    if right != REGISTER_VIEW:
        request.user.scope.require(right, found.district)
    return found


def _listing(request, round_: AssessmentRound) -> Listing:
    context = {
        "places": places_of(request.user),
        "may_edit": request.user.scope.can(MANAGE, round_.district)
        and round_.state == AssessmentRound.State.OPEN,
    }
    rows = Assessment.objects.visible_to(request.user).filter(round=round_)
    return Listing(
        table=AssessmentTable,
        filterset=AssessmentFilterSet(request.GET, rows, page=context),
        query=request.GET,
        default_sort="-total",
        context=context,
    )


@login_required
@require_safe
def round_detail(request, pk):
    """A round: its rule, its grades, the league of providers, and its compounds."""
    round_ = _round(request, pk)
    listing = _listing(request, round_)
    inside, query = place_of(listing)
    rows = Assessment.objects.visible_to(request.user).filter(inside, round=round_)
    counts = dict(rows.order_by().values_list("grade").annotate(n=Count("pk")))
    sums = rows.order_by().aggregate(
        total=Sum("total"), satisfaction=Sum("satisfaction_score"), n=Count("pk")
    )
    return render(
        request,
        f"{FOLDER}/round_detail.html",
        {
            "round": round_,
            "listing": listing,
            "query": query,
            "grades": [(grade, counts.get(grade.value, 0)) for grade in Grade],
            "count": sums["n"],
            "mean": _mean(sums["total"], sums["n"]),
            "mean_satisfaction": _mean(sums["satisfaction"], sums["n"]),
            "league": _league(rows),
            "is_open": round_.state == AssessmentRound.State.OPEN,
            "may_manage": request.user.scope.can(MANAGE, round_.district),
            "may_export": request.user.scope.has(EXPORT),
        },
    )


def _mean(total, count: int):
    """A mean of points to two decimals; of exact sums, not of floats."""
    return half_up(total / count, 2) if count else None


def _league(rows) -> list[dict]:
    """Providers by the mean of their compounds' totals, with how many compounds each has."""
    found = (
        rows.filter(provider__isnull=False)
        .order_by()
        .values("provider_id", "provider__name")
        .annotate(n=Count("pk"), sum=Sum("total"), failed=Count("pk", filter=Q(grade=Grade.FAILED)))
    )
    league = [{**row, "mean": _mean(row["sum"], row["n"])} for row in found]
    league.sort(key=lambda row: (-row["mean"], -row["n"], row["provider__name"]))
    return league[:LEAGUE]


@login_required
@require_POST
def round_close(request, pk):
    """Close a round for good."""
    round_ = _round(request, pk, MANAGE)
    version = request.POST.get("version", "")
    try:
        close_round(
            by=request.user,
            round_=round_,
            version=int(version) if version.isascii() and version.isdigit() else 0,
        )
    except StaleRecord as error:
        messages.warning(request, str(error))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The round is closed; its results stand."))
    return redirect("fees:round_detail", round_.pk)


@login_required
@require_safe
def assessment_export(request, pk):
    """The sheet 双评打分表 of what the list of a round shows."""
    round_ = _round(request, pk)
    listing = _listing(request, round_)
    return export(request, POINTS, listing.queryset, listing, round_.name)


# -- points ----------------------------------------------------------------------------------------
@login_required
def assessment_add(request, pk):
    """Choose a compound, then enter what the round found there."""
    round_ = _round(request, pk, MANAGE)
    if round_.state == AssessmentRound.State.CLOSED:
        messages.warning(request, _("This round is closed; its results stand."))
        return redirect("fees:round_detail", round_.pk)
    code = request.GET.get("compound", "")[:20]
    if not code:
        return _choose(request, round_)
    compound = compound_of(request, code, MANAGE)
    held = Assessment.objects.filter(round=round_, compound=compound).first()
    if held:
        return redirect("fees:assessment_edit", held.pk)
    today = dates.today()
    first = {"assessed_on": min(round_.ends_on, today), "version": 0}
    return _assess(request, round_, compound, first)


def _choose(request, round_):
    form = ChooseCompound(request.GET if "q" in request.GET else None)
    found = []
    if form.is_bound and form.is_valid():
        rows = Compound.objects.active().editable_by(request.user, MANAGE)
        found = form.found(rows.filter(district=round_.district).select_related("community"))
        if len(found) == 1:
            return redirect(f"{request.path}?compound={found[0].code}")
        if not found:
            form.add_error("q", _("There is no compound of this code or name in your area."))
    return render(
        request, f"{FOLDER}/assessment_choose.html", {"round": round_, "form": form, "found": found}
    )


@login_required
def assessment_edit(request, pk):
    rows = Assessment.objects.visible_to(request.user).select_related("round", "compound")
    one = get_object_or_404(rows, pk=pk)
    request.user.scope.require(MANAGE, one)
    if one.round.state == AssessmentRound.State.CLOSED:
        messages.warning(request, _("This round is closed; its results stand."))
        return redirect("fees:round_detail", one.round_id)
    names = ("sampled_households", "satisfaction_score", "collection_score", "reward")
    first = {name: getattr(one, name) for name in (*names, "assessed_on", "version")}
    return _assess(request, one.round, one.compound, first)


def _assess(request, round_: AssessmentRound, compound: Compound, first: dict):
    hint = suggested(round_, [compound.pk]).get(compound.pk)
    if hint and "collection_score" not in first:
        first["collection_score"] = hint.points
    least = rules.sample_size(
        compound.household_count, round_.sample_percent, round_.sample_minimum
    )
    first.setdefault("sampled_households", least or None)
    form = AssessmentForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            one = save_assessment(
                by=request.user, round_=round_, compound=compound, **form.cleaned_data
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect(request.get_full_path())
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            said = {"total": one.total, "grade": one.get_grade_display()}
            messages.success(request, _("Saved: %(total)s points, %(grade)s.") % said)
            return redirect("fees:round_detail", round_.pk)
    return render(
        request,
        f"{FOLDER}/assessment_form.html",
        {"form": form, "round": round_, "compound": compound, "hint": hint, "least": least},
    )
