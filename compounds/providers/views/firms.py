"""Firms: list, one firm in its tabs, its facts, staff and bases, the sheet as a file."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound
from governance.audit import services as audit
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.views import ListPage
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW
from governance.pairings.views.lists import workbook

from .. import entry, questions, rules, serving
from ..drawing import Base, base_map
from ..filters import ProviderFilterSet
from ..forms import BaseForm, ProviderForm, ReasonForm, StaffForm
from ..importing import PROVIDERS
from ..models import BlacklistEntry, Card, Invitation, Provider, ProviderBase, StaffGroup
from ..services import common
from ..tables import ProviderTable
from .common import EXPORT, FOLDER, act_page, home_district, may, provider_of

SHOWN = 200
ENTRIES = 50


class ProviderList(ListPage):
    """Providers of the reader's districts."""

    table = ProviderTable
    filterset = ProviderFilterSet
    template_name = f"{FOLDER}/provider_list.html"
    right = REGISTER_VIEW

    def visible(self):
        return Provider.objects.visible_to(self.request.user)

    def extra_context(self, listing):
        scope = self.request.user.scope
        return {
            "may_edit": scope.has(common.EDIT),
            "may_export": scope.has(EXPORT),
            "may_import": scope.has("registry.import") and scope.has(common.EDIT),
        }


provider_list = ProviderList.as_view()


@login_required
@require_safe
def provider_export(request):
    """The sheet 物业企业备案表 of what the list shows; importing it changes nothing."""
    scope = request.user.scope
    scope.require(EXPORT)
    page = ProviderList()
    page.setup(request)
    page.visible = lambda: Provider.objects.filter(district_id__in=scope.in_districts(EXPORT))
    listing = page.listing()
    found = listing.queryset.order_by("name", "pk")
    applied = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    audit.record_export(
        by=request.user,
        kind=Provider,
        label=f"{PROVIDERS.titles[0]} xlsx",
        count=found.count(),
        words=applied,
    )
    return workbook(request, PROVIDERS, PROVIDERS.export_rows(found), applied or _("all firms"))


# -- one firm --------------------------------------------------------------------------------------
def tab(request, pk: int, name: str, **context):
    """A tab of a firm's page."""
    provider = context.pop("provider", None) or provider_of(request, pk)
    user, district = request.user, provider.district_id
    return render(
        request,
        f"{FOLDER}/provider_{name}.html",
        {
            "provider": provider,
            "tab": f"provider_{name}",
            "is_blacklisted": rules.is_blacklisted(provider, dates.today()),
            "may_edit": may(user, common.EDIT, district),
            "may_sanction": may(user, common.SANCTION, district),
            "may_decide": may(user, common.DECIDE, district),
            "may_invite": may(user, common.INVITE, district),
            **context,
        },
    )


@login_required
@require_safe
def provider_detail(request, pk):
    provider = provider_of(request, pk)
    loads = serving.served([provider.district_id])
    count, area = (loads or {}).get(provider.pk, (0, 0))
    found, is_told = questions.shares_of(provider.district_id, dates.today())
    bases = list(provider.bases.order_by("pk"))
    return tab(
        request,
        pk,
        "detail",
        provider=provider,
        lacks=provider.lacks(dates.today()),
        bases=bases,
        map=_map_of(provider, bases),
        load={"count": count, "area_m2": area} if loads is not None else None,
        share=next((one for one in found if one.provider == provider.pk), None),
        share_is_told=is_told,
        room_left=rules.room_left(provider, area or 0),
        filing=provider.filings.visible_to(request.user).order_by("-pk").first(),
        flags=[
            (_("in the district"), provider.is_in_district),
            (_("able"), provider.is_able),
            (_("willing"), provider.is_willing),
            (_("well founded"), provider.is_well_founded),
        ],
    )


def _map_of(provider: Provider, bases):
    located = [
        Base(
            base.name,
            base.longitude,
            base.latitude,
            provider.distance_limit_m,
            "",
        )
        for base in bases
        if base.longitude is not None and base.latitude is not None
    ]
    return base_map(_("Bases"), _outlines(provider.district_id), located) if located else ""


def _outlines(district: int) -> list[tuple[str, dict]]:
    rows = Area.objects.active().filter(
        district=district, level=Level.STREET, boundary__isnull=False
    )
    return list(rows.order_by("code").values_list("name", "boundary"))


@login_required
@require_safe
def provider_staff(request, pk):
    provider = provider_of(request, pk)
    counts = dict(provider.staff_groups.values_list("group", "count"))
    total = sum(counts.values())
    return tab(
        request,
        pk,
        "staff",
        provider=provider,
        groups=[
            (label, counts[group]) for group, label in StaffGroup.Group.choices if group in counts
        ],
        total=total,
        is_contradicted=bool(counts)
        and provider.staff_count is not None
        and provider.staff_count != total,
        each=(
            round(provider.staff_count / provider.served_count, 1)
            if provider.staff_count and provider.served_count
            else None
        ),
    )


@login_required
@require_safe
def provider_standing(request, pk):
    provider = provider_of(request, pk)
    today = dates.today()
    score, band = questions.credit_of(provider, today)
    scale = questions.scale_of(provider.district_id, today)
    cards = list(provider.cards.select_related("compound", "given_by").order_by("-given_on", "-pk"))
    colours = [card.colour for card in reversed(cards)]
    seen = set(
        Card.objects.filter(provider=provider, compound__isnull=False)
        .filter(compound__in=Compound.objects.visible_to(request.user).values("pk"))
        .values_list("pk", flat=True)
    )
    return tab(
        request,
        pk,
        "standing",
        provider=provider,
        score=score,
        band=band,
        scale=scale,
        ratings=provider.ratings.select_related("by").order_by("-issued_on", "-pk")[:SHOWN],
        events=provider.credit_events.select_related("by").order_by("-on", "-pk")[:SHOWN],
        cards=cards[:SHOWN],
        seen=seen,
        suggests_red=rules.suggests_red(colours, scale),
        today=today,
    )


@login_required
@require_safe
def provider_blacklist(request, pk):
    provider = provider_of(request, pk)
    rows = list(
        BlacklistEntry.objects.filter(provider=provider)
        .select_related("street", "proposed_by", "opinion_by", "decided_by", "lifted_by")
        .order_by("-proposed_on", "-pk")
    )
    return tab(
        request,
        pk,
        "blacklist",
        provider=provider,
        entries=rows,
        has_open=any(row.is_open and not _is_over(row) for row in rows),
        streets={g.area for g in request.user.scope.grants if common.REVIEW in g.rights},
        today=dates.today(),
    )


def _is_over(row: BlacklistEntry) -> bool:
    return row.state == BlacklistEntry.State.IN_FORCE and row.term_until < dates.today()


@login_required
@require_safe
def provider_invitations(request, pk):
    provider = provider_of(request, pk)
    invitations = Invitation.objects.visible_to(request.user).filter(provider=provider)
    tally = dict(invitations.order_by().values_list("answer").annotate(Count("pk")))
    rows = list(
        invitations.select_related("compound", "compound__community").order_by(
            "-invited_on", "-pk"
        )[: SHOWN + 1]
    )
    return tab(
        request,
        pk,
        "invitations",
        provider=provider,
        invitations=rows[:SHOWN],
        is_cut=len(rows) > SHOWN,
        answers=[(str(label), tally.get(code, 0)) for code, label in Invitation.Answer.choices],
    )


@login_required
@require_safe
def provider_norms(request, pk):
    provider = provider_of(request, pk)
    norms = questions.norms_for(provider.district_id, provider.pk, as_of=dates.today())
    return tab(request, pk, "norms", provider=provider, norms=norms)


@login_required
@require_safe
def provider_history(request, pk):
    provider = provider_of(request, pk)
    entries = AuditEntry.objects.history_for(request.user, "providers.provider", provider.pk)
    lines = words.lines(entries[:ENTRIES], request.user)
    return tab(request, pk, "history", provider=provider, lines=lines)


# -- its facts -------------------------------------------------------------------------------------
@login_required
def provider_add(request):
    district = home_district(request, common.EDIT)
    form = ProviderForm(request.POST or None, district=district)
    return act_page(
        request,
        form,
        write=lambda: entry.add_provider(
            by=request.user, facts={"district": district, **form.facts}
        ),
        title=_("Enter a provider"),
        button=_("Save"),
        done=lambda row: _("%(name)s was entered.") % {"name": row},
        back=reverse("providers:provider_list"),
        template=f"{FOLDER}/provider_edit.html",
    )


@login_required
def provider_edit(request, pk):
    provider = provider_of(request, pk, common.EDIT)
    form = ProviderForm(request.POST or None, instance=provider, district=provider.district)
    return act_page(
        request,
        form,
        write=lambda: entry.change_provider(
            by=request.user,
            provider=provider,
            version=form.cleaned_data["version"],
            changes=form.facts,
        ),
        title=_("Correct the facts of the firm"),
        button=_("Save"),
        done=_("The firm was corrected."),
        back=reverse("providers:provider_detail", args=[pk]),
        provider=Provider.objects.get(pk=pk),
        template=f"{FOLDER}/provider_edit.html",
    )


@login_required
def staff_edit(request, pk):
    provider = provider_of(request, pk, common.EDIT)
    counts = dict(provider.staff_groups.values_list("group", "count"))
    form = StaffForm(request.POST or None, counts=counts, version=provider.version)
    return act_page(
        request,
        form,
        write=lambda: entry.set_staff(
            by=request.user,
            provider=provider,
            version=form.cleaned_data["version"],
            counts=form.counts,
        ),
        title=_("Staff by group"),
        button=_("Save"),
        done=_("The staff was saved."),
        back=reverse("providers:provider_staff", args=[pk]),
        provider=provider,
        note=_("Leave a group empty that the firm does not have or that nobody knows."),
    )


@login_required
def base_add(request, pk):
    provider = provider_of(request, pk, common.EDIT)
    form = BaseForm(request.POST or None)
    return act_page(
        request,
        form,
        write=lambda: entry.add_base(by=request.user, facts={"provider": provider, **form.facts}),
        title=_("Enter a base"),
        button=_("Save"),
        done=_("The base was saved."),
        back=reverse("providers:provider_detail", args=[pk]),
        provider=provider,
    )


def _base_of(request, pk: int) -> ProviderBase:
    rows = ProviderBase.objects.filter(
        provider__district_id__in=request.user.scope.in_districts()
    ).select_related("provider")
    base = get_object_or_404(rows, pk=pk)
    common.require_district(request.user, common.EDIT, base.provider.district_id)
    return base


@login_required
def base_edit(request, pk):
    base = _base_of(request, pk)
    provider, name = base.provider, base.name
    form = BaseForm(request.POST or None, instance=base)
    return act_page(
        request,
        form,
        write=lambda: entry.change_base(
            by=request.user, base=base, version=form.cleaned_data["version"], changes=form.facts
        ),
        title=_("Correct the base"),
        button=_("Save"),
        done=_("The base was saved."),
        back=reverse("providers:provider_detail", args=[provider.pk]),
        provider=provider,
        note=name,
        other=(reverse("providers:base_remove", args=[pk]), _("Take this base away")),
    )


@login_required
def base_remove(request, pk):
    base = _base_of(request, pk)
    provider = base.provider
    form = ReasonForm(request.POST or None, initial={"version": base.version})
    del form.fields["reason"]
    return act_page(
        request,
        form,
        write=lambda: entry.remove_base(
            by=request.user, base=base, version=form.cleaned_data["version"]
        ),
        title=_("Take this base away"),
        button=_("Take away"),
        done=_("The base was taken away."),
        back=reverse("providers:provider_detail", args=[provider.pk]),
        provider=provider,
        note=base.name,
    )


# -- the map of all bases --------------------------------------------------------------------------
@login_required
@require_safe
def base_list(request):
    """All bases of the district on one map, and as a table."""
    district = home_district(request)
    rows = list(
        ProviderBase.objects.filter(provider__district=district)
        .select_related("provider")
        .order_by("provider__name", "pk")
    )
    located = [
        Base(
            pgettext("between names", ", ").join((base.provider.name, base.name)),
            base.longitude,
            base.latitude,
            None,
            reverse("providers:provider_detail", args=[base.provider_id]),
        )
        for base in rows
        if base.longitude is not None and base.latitude is not None
    ]
    return render(
        request,
        f"{FOLDER}/base_list.html",
        {
            "district": district,
            "bases": rows,
            "missing": len(rows) - len(located),
            "map": base_map(_("Bases of the firms"), _outlines(district.pk), located),
        },
    )
