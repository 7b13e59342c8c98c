"""Pages of a whole district: party coverage, party organisations, shares, norms of cost."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW

from .. import entry, figures, questions, rules, serving
from ..filters import OrganisationFilterSet
from ..forms import NormForm, OrganisationForm
from ..models import CostNorm, FirmOrganisation, Provider
from ..services import common
from ..tables import OrganisationTable
from .common import FOLDER, act_page, home_district, may, provider_of, shared_of


@login_required
@require_safe
def party_coverage(request):
    """How the Party's work reaches the firms (S4-2): every figure opens its list."""
    district = home_district(request)
    return render(
        request,
        f"{FOLDER}/party_coverage.html",
        {"district": district, "work": figures.party_work(request.user, district.pk)},
    )


class Organisations(Listing):
    """Organisations with their firms."""

    @cached_property
    def rows(self) -> list[tuple]:
        firms: dict[int, list[tuple[int, str]]] = {}
        rows = Provider.objects.filter(party_organisation__in=self.ids).order_by("name", "pk")
        for organisation, pk, name in rows.values_list("party_organisation_id", "pk", "name"):
            firms.setdefault(organisation, []).append((pk, name))
        self.context["firms"] = firms
        return super().rows


class OrganisationList(ListPage):
    """Party organisations of firms, with the firms in them."""

    table = OrganisationTable
    filterset = OrganisationFilterSet
    template_name = f"{FOLDER}/organisation_list.html"
    right = REGISTER_VIEW

    def visible(self):
        return FirmOrganisation.objects.visible_to(self.request.user)

    def page_context(self):
        return {"may_edit": self.request.user.scope.has(common.EDIT)}

    def listing(self):
        context = self.page_context()
        return Organisations(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )

    def extra_context(self, listing):
        return {"may_edit": listing.context["may_edit"]}


organisation_list = OrganisationList.as_view()


@login_required
def organisation_add(request):
    district = home_district(request, common.EDIT)
    form = OrganisationForm(request.POST or None)
    return act_page(
        request,
        form,
        write=lambda: entry.add_organisation(
            by=request.user, facts={"district": district, **form.facts}
        ),
        title=_("Enter a party organisation of firms"),
        button=_("Save"),
        done=_("The organisation was entered. Name it at its firms."),
        back=reverse("providers:organisation_list"),
    )


@login_required
def organisation_edit(request, pk):
    row = shared_of(request, FirmOrganisation.objects.all(), pk, common.EDIT)
    name = row.name
    form = OrganisationForm(request.POST or None, instance=row)
    return act_page(
        request,
        form,
        write=lambda: entry.change_organisation(
            by=request.user,
            organisation=row,
            version=form.cleaned_data["version"],
            changes=form.facts,
        ),
        title=_("Correct the party organisation"),
        button=_("Save"),
        done=_("The organisation was corrected."),
        back=reverse("providers:organisation_list"),
        note=name,
    )


@login_required
@require_safe
def share_list(request):
    """What each firm serves of the district, as filed and in the campaign (S4-11)."""
    district = home_district(request)
    today = dates.today()
    found, is_told = questions.shares_of(district.pk, today)
    filed = questions.filed_loads(district.pk)
    loads = serving.served([district.pk])
    firms = {
        firm.pk: firm
        for firm in Provider.objects.visible_to(request.user).filter(district=district.pk)
    }
    rows = [
        {
            "share": one,
            "firm": firms[one.provider],
            "filed": filed.get(one.provider, (None, None)),
            "left": _left(firms[one.provider], loads),
        }
        for one in found
        if one.provider in firms
    ]
    return render(
        request,
        f"{FOLDER}/share_list.html",
        {
            "district": district,
            "rows": rows,
            "is_told": is_told,
            "large": [row for row in rows if row["share"].is_large],
            "count": sum(one.count for one in found),
            "area_m2": sum(one.area_m2 for one in found),
            "scale": questions.scale_of(district.pk, today),
        },
    )


def _left(firm: Provider, loads):
    _count, area = (loads or {}).get(firm.pk, (0, 0))
    return rules.room_left(firm, area or 0)


# -- norms of cost ---------------------------------------------------------------------------------
@login_required
@require_safe
def norm_list(request):
    """The district's norms: those in force, and all that were entered."""
    district = home_district(request)
    today = dates.today()
    rows = CostNorm.objects.filter(district=district).select_related("provider")
    return render(
        request,
        f"{FOLDER}/norm_list.html",
        {
            "district": district,
            "norms": questions.norms_for(district.pk, as_of=today),
            "rows": rows.order_by("item", "provider__name", "-valid_from", "pk")[:500],
            "has_own": CostNorm.objects.filter(district=district, provider=None).exists(),
            "may_edit": may(request.user, common.EDIT, district.pk),
            "today": today,
        },
    )


@login_required
def norm_add(request):
    district = home_district(request, common.EDIT)
    form = NormForm(request.POST or None, initial={"valid_from": dates.today()})
    return act_page(
        request,
        form,
        write=lambda: entry.add_norm(by=request.user, facts={"district": district, **form.facts}),
        title=_("Enter a norm of cost"),
        button=_("Save"),
        done=_("The norm was entered."),
        back=reverse("providers:norm_list"),
        note=_("For the whole district, from a day on. A newer one takes the place of an older."),
    )


@login_required
def provider_norm_add(request, pk):
    provider = provider_of(request, pk, common.EDIT)
    form = NormForm(request.POST or None, initial={"valid_from": dates.today()})
    return act_page(
        request,
        form,
        write=lambda: entry.add_norm(
            by=request.user,
            facts={"district": provider.district, "provider": provider, **form.facts},
        ),
        title=_("Enter a norm of this firm"),
        button=_("Save"),
        done=_("The norm was entered."),
        back=reverse("providers:provider_norms", args=[pk]),
        provider=provider,
        note=_("It goes before the district's norm of the same item."),
    )


@login_required
def norm_edit(request, pk):
    row = shared_of(request, CostNorm.objects.select_related("provider"), pk, common.EDIT)
    back = reverse("providers:norm_list")
    if row.provider_id:
        back = reverse("providers:provider_norms", args=[row.provider_id])
    provider = row.provider
    form = NormForm(request.POST or None, instance=row)
    return act_page(
        request,
        form,
        write=lambda: entry.change_norm(
            by=request.user, norm=row, version=form.cleaned_data["version"], changes=form.facts
        ),
        title=_("Correct the norm"),
        button=_("Save"),
        done=_("The norm was corrected."),
        back=back,
        provider=provider,
        note=_("To change it from a day on, end it and enter a new one."),
    )


@login_required
@require_POST
def norm_adopt(request):
    """Take the reference norms over as the district's own."""
    district = home_district(request, common.EDIT)
    try:
        count = entry.adopt_norms(by=request.user, district=district, valid_from=dates.today())
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        said = ngettext("%(n)s norm was taken over.", "%(n)s norms were taken over.", count)
        messages.success(request, said % {"n": count})
    return redirect("providers:norm_list")
