"""Entering and ending pairings; the notice for the board and its photo."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates, sealing
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.models import Area
from governance.party_grid.models import Norm
from governance.people.models import VIEW

from .. import questions
from ..forms import CadreForm, EndForm, NoticeForm, PairForm
from ..models import Pairing
from ..services import pairing as services
from .lists import EXPORT, record_export

FOLDER = "governance/pairings"
Kind = Pairing.Kind
MOST_ROWS = 2000


def compound_of(request, code: str, right: str = VIEW) -> Compound:
    """A compound of the reader's places, for an act that needs a right there."""
    rows = Compound.objects.visible_to(request.user).select_related(
        "community", "street", "district"
    )
    compound = get_object_or_404(rows, code=code)
    request.user.scope.require(right, compound)
    return compound


def _list_of(compound: Compound) -> str:
    """Address of the pairings of a compound."""
    return f"{reverse('pairings:pairing_list')}?compound={compound.code}"


def _refuse(form, error) -> None:
    """A refusal about the compounds stands beside the first of them."""
    if (
        isinstance(error, DomainError)
        and error.field == "compounds"
        and "compound_1" in form.fields
    ):
        form.add_error("compound_1", str(error))
    elif isinstance(error, DomainError) and error.field == "name" and "holder" in form.fields:
        form.add_error("holder", str(error))
    else:
        add_refusal(form, error)


def _say(request, paired) -> None:
    for sentence in dict.fromkeys(paired.warnings):
        messages.warning(request, sentence)
    if paired.pairings:
        count = len(paired.pairings)
        words = ngettext(
            "%(name)s was paired.", "%(name)s was paired with %(count)s compounds.", count
        )
        name = paired.pairings[0].person.name
        messages.success(request, words % {"name": name, "count": count})


@right_required(services.EDIT)
@require_safe
def pairing_add(request):
    """Choose the kind and the compound; then who."""
    code, kind = request.GET.get("q", "").strip()[:60], request.GET.get("kind", "")
    if kind == Kind.COUNTY_CADRE:
        return redirect("pairings:cadre_add")
    found, missing = [], False
    if code and "\0" not in code:
        rows = Compound.objects.active().editable_by(request.user, services.EDIT)
        rows = rows.select_related("community")
        found = list(rows.filter(code=code)) or list(
            rows.filter(Q(name=code) | Q(name__icontains=code)).order_by("name", "pk")[:20]
        )
        missing = not found
        if len(found) == 1 and kind in Kind.values:
            return redirect(f"{reverse('pairings:pair_with', args=[found[0].code])}?kind={kind}")
    kinds = [one for one in Kind if one != Kind.COUNTY_CADRE]
    return render(
        request,
        f"{FOLDER}/pairing_add.html",
        {"kinds": kinds, "kind": kind, "q": code, "found": found, "missing": missing},
    )


@login_required
def pair_with(request, code):
    """Somebody with this compound, or with a household of it."""
    compound = compound_of(request, code, services.EDIT)
    kind = request.GET.get("kind", Kind.SERVING_MEMBER)
    if kind not in Kind.values:
        raise Http404
    if kind == Kind.COUNTY_CADRE:
        return redirect(f"{reverse('pairings:cadre_add')}?compound={compound.code}")
    form = PairForm(request.POST or None, user=request.user, compound=compound, kind=kind)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            paired = services.pair(
                by=request.user,
                kind=kind,
                compound=compound,
                door=said["household"],
                person=said["holder"],
                new_person=said["new_person"],
                starts_on=said["starts_on"],
            )
        except (DomainError, ValidationError) as error:
            _refuse(form, error)
        else:
            _say(request, paired)
            return redirect(_list_of(compound))
    return render(
        request,
        f"{FOLDER}/pair_with.html",
        {
            "form": form,
            "compound": compound,
            "kind": Kind(kind),
            "kinds": list(Kind),
            "back": _list_of(compound),
        },
    )


# -- county-level cadres ---------------------------------------------------------------------------
def _district_of(request, code: str = "") -> Area:
    """The district in which a cadre is paired: of the compound, else of the writer's first post."""
    if code:
        rows = Compound.objects.editable_by(request.user, services.EDIT)
        found = rows.filter(code=code[:20]).select_related("district").first()
        if found:
            return found.district
    return Area.objects.get(pk=request.user.scope.areas(services.EDIT)[0].district)


def _of_cadre(form, district: Area) -> dict:
    norms = Norm.objects.in_force(district.pk, dates.today())
    return {"norms": norms, "source": services.source_of(district), "form": form}


@right_required(services.EDIT)
def cadre_add(request):
    """A county-level cadre and two or three compounds in one act."""
    code = request.GET.get("compound", "").replace("\0", "")[:20]
    district = _district_of(request, code)
    norms = Norm.objects.in_force(district.pk, dates.today())
    form = CadreForm(
        request.POST or None,
        user=request.user,
        district=district.pk,
        most=norms.cadre_compounds_max,
        initial={"compound_1": code},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            paired = services.pair_cadre(
                by=request.user,
                compounds=form.typed,
                person=said["holder"],
                new_person=said["new_person"],
                starts_on=said["starts_on"],
                reason=said["reason"],
            )
        except (DomainError, ValidationError) as error:
            _refuse(form, error)
        else:
            _say(request, paired)
            return redirect("pairings:cadre_list")
    return render(request, f"{FOLDER}/cadre_add.html", _of_cadre(form, district))


@login_required
def cadre_edit(request, pk):
    """Which compounds a county-level cadre answers for from a day on."""
    person = get_object_or_404(questions.cadres(request.user).select_related("district"), pk=pk)
    held = (
        Pairing.objects.held()
        .filter(person=person, kind=Kind.COUNTY_CADRE)
        .select_related("compound", "compound__community")
        .order_by("compound__code")
    )
    compounds = [one.compound for one in held]
    scope = request.user.scope
    if not any(scope.can(services.EDIT, one) for one in [*compounds, person]):
        scope.require(services.EDIT, person)
    norms = Norm.objects.in_force(person.district_id, dates.today())
    form = CadreForm(
        request.POST or None,
        user=request.user,
        district=person.district_id,
        most=norms.cadre_compounds_max,
        held=compounds,
        fixed=person,
        initial={"opened": "-".join(str(one.pk) for one in held) or "0"},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.change_cadre(
                by=request.user,
                person=person,
                compounds=form.compounds,
                day=said["starts_on"],
                reason=said["reason"],
                opened=said["opened"],
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("pairings:cadre_edit", person.pk)
        except (DomainError, ValidationError) as error:
            _refuse(form, error)
        else:
            messages.success(request, _("The compounds of %(name)s were set.") % {"name": person})
            return redirect("pairings:cadre_list")
    return render(
        request,
        f"{FOLDER}/cadre_edit.html",
        {**_of_cadre(form, person.district), "person": person},
    )


@login_required
def pairing_end(request, pk):
    pairing = get_object_or_404(
        Pairing.objects.visible_to(request.user).select_related("person", "compound"), pk=pk
    )
    request.user.scope.require(services.EDIT, pairing)
    form = EndForm(request.POST or None, initial={"version": pairing.version})
    if pairing.kind == Kind.SERVING_MEMBER:
        del form.fields["is_all"]
    if request.method == "POST" and form.is_valid():
        try:
            ended = services.end_pairing(by=request.user, pairing=pairing, **form.cleaned_data)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("pairings:pairing_end", pairing.pk)
        except (DomainError, ValidationError) as error:
            _refuse(form, error)
        else:
            words = ngettext("The pairing was ended.", "%(count)s pairings were ended.", len(ended))
            messages.success(request, words % {"count": len(ended)})
            return redirect("pairings:pairing_list")
    return render(
        request,
        f"{FOLDER}/pairing_end.html",
        {"form": form, "pairing": pairing, "is_cadre": pairing.kind == Kind.COUNTY_CADRE},
    )


# -- the notice ------------------------------------------------------------------------------------
@right_required(VIEW)
@require_safe
def notice_sheet(request):
    """The notice for the board, names and numbers masked: of a compound, or of a community by
    compound. Recorded like every sheet that leaves."""
    request.user.scope.require(EXPORT)
    places = places_of(request.user)
    compound, community = None, None
    if code := request.GET.get("compound", "")[:20]:
        compound = compound_of(request, code)
        request.user.scope.require(EXPORT, compound)
    elif code := request.GET.get("community", ""):
        community = places.by_code.get(code)
        if community is None or community.street_id is None:
            raise Http404
    elif len(places.communities) == 1:
        community = places.communities[0]
    if compound is None and community is None:
        streets = [
            (street, [one for one in places.communities if one.street_id == street.id])
            for street in places.streets
        ]
        return render(request, f"{FOLDER}/notice_choose.html", {"streets": streets})
    rows = Pairing.objects.visible_to(request.user).held()
    rows = rows.filter(compound=compound) if compound else rows.filter(community=community.id)
    rows = rows.filter(request.user.scope.granted(EXPORT))
    found = list(
        rows.select_related("person", "compound").order_by(
            "compound__code", "kind", "household", "pk"
        )[: MOST_ROWS + 1]
    )
    groups = _for_the_board(found[:MOST_ROWS])
    where = compound or community
    title = _("Notice of the pairings")
    label = f"{title} {where.name}"
    if compound:
        place = (compound.district_id, compound.street_id, compound.community_id)
    else:
        area = Area.objects.get(pk=community.id)
        place = (area.district_id, area.street_id, area.pk)
    record_export(request, label, len(found[:MOST_ROWS]), place=place)
    return render(
        request,
        f"{FOLDER}/notice_sheet.html",
        {
            "compound": compound,
            "community": community,
            "where": where.name,
            "groups": groups,
            "is_cut": len(found) > MOST_ROWS,
            "today": dates.today(),
            "may_post": compound and request.user.scope.can(services.EDIT, compound),
        },
    )


def _for_the_board(rows: list[Pairing]) -> list[dict]:
    """Pairings by compound as everybody may read them."""
    order = list(Kind.values)
    groups: dict[int, dict] = {}
    for one in sorted(rows, key=lambda one: (one.compound.code, order.index(one.kind))):
        group = groups.setdefault(one.compound_id, {"compound": one.compound, "rows": []})
        group["rows"].append(
            {
                "kind": one.get_kind_display(),
                "name": sealing.mask_name(one.person.name),
                "unit": one.person.work_unit if not one.is_to_household else "",
                "phone": one.person.phone_masked,
                "household": one.household,
                "since": one.starts_on,
            }
        )
    return list(groups.values())


@login_required
def notice_add(request, code):
    """The photo of the posted notice, kept with the files of the compound."""
    compound = compound_of(request, code, services.EDIT)
    form = NoticeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.attach_notice(
                by=request.user,
                compound=compound,
                upload=form.cleaned_data["file"],
                posted_on=form.cleaned_data["posted_on"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The photo of the notice was attached."))
            return redirect(_list_of(compound))
    return render(
        request,
        f"{FOLDER}/notice_add.html",
        {"form": form, "compound": compound, "back": _list_of(compound)},
    )
