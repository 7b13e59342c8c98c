"""Applications for filing: the list, one with its joint review, entering and withdrawing."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.registry.places import places_of
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import Listing, ListPage
from governance.organisation.scope import REGISTER_VIEW

from ..filters import FilingFilterSet
from ..forms import FilingForm, ReasonForm, ReviewForm
from ..models import Filing, FilingReview
from ..services import common, filings
from ..tables import FilingTable
from .common import FOLDER, act_page, provider_of


class Filings(Listing):
    """Applications with what the levels have said."""

    @cached_property
    def rows(self) -> list[tuple]:
        said: dict[int, dict[str, bool]] = {}
        reviews = FilingReview.objects.filter(filing__in=self.ids)
        for filing, level, is_passed in reviews.values_list("filing_id", "level", "is_passed"):
            said.setdefault(filing, {})[level] = is_passed
        self.context["reviews"] = said
        return super().rows


class FilingList(ListPage):
    """Applications of the reader's places: at first those under review, the oldest first."""

    table = FilingTable
    filterset = FilingFilterSet
    template_name = f"{FOLDER}/filing_list.html"
    default_sort = "applied_on"
    right = REGISTER_VIEW

    def visible(self):
        return Filing.objects.visible_to(self.request.user)

    def page_context(self):
        return {"places": places_of(self.request.user)}

    def listing(self):
        context = self.page_context()
        return Filings(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )


filing_list = FilingList.as_view()


def _filing_of(request, pk: int) -> Filing:
    rows = Filing.objects.visible_to(request.user).select_related(
        "provider", "community", "street", "district", "applied_by"
    )
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def filing_detail(request, pk):
    return _detail(request, _filing_of(request, pk))


def _detail(request, filing: Filing, bound: ReviewForm | None = None):
    reviews = {one.level: one for one in filing.reviews.select_related("by")}
    mine = filings.levels_of(request.user, filing)
    is_open = filing.state == Filing.State.APPLIED
    places = {
        "COMMUNITY": filing.community.name,
        "STREET": filing.street.name,
        "DISTRICT": filing.district.name,
    }
    may_review = is_open and filing.applied_by_id != request.user.pk
    may_review = may_review and request.user.pk not in {one.by_id for one in reviews.values()}
    levels = []
    for level, label in FilingReview.Level.choices:
        form = None
        if may_review and level in mine and level not in reviews:
            form = bound
            if bound is None or bound.data.get("level") != level:
                form = ReviewForm(initial={"level": level, "version": filing.version})
        levels.append(
            {
                "level": level,
                "label": label,
                "place": places[level],
                "review": reviews.get(level),
                "form": form,
            }
        )
    entries = AuditEntry.objects.history_for(request.user, "providers.filing", filing.pk)
    return render(
        request,
        f"{FOLDER}/filing_detail.html",
        {
            "filing": filing,
            "levels": levels,
            "refusal": bound.non_field_errors() if bound is not None else "",
            "is_open": is_open,
            "may_withdraw": is_open and request.user.scope.can(common.INVITE, filing),
            "is_own": is_open and filing.applied_by_id == request.user.pk and bool(mine),
            "lines": words.lines(entries[:30], request.user),
        },
    )


@login_required
def filing_add(request, pk):
    provider = provider_of(request, pk, common.INVITE)
    form = FilingForm(
        request.POST or None, user=request.user, right=common.INVITE, district=provider.district_id
    )
    return act_page(
        request,
        form,
        write=lambda: filings.apply_for_filing(
            by=request.user, provider=provider, **form.cleaned_data
        ),
        title=_("Apply for filing"),
        button=_("Enter the application"),
        done=_("The application was entered; three levels review it."),
        back=reverse("providers:filing_list"),
        provider=provider,
        note=_(
            "Community, street and district property centre review it: three different people, "
            "and all three must pass."
        ),
    )


@login_required
@require_POST
def filing_review(request, pk):
    filing = _filing_of(request, pk)
    request.user.scope.require(common.REVIEW, filing)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            row = filings.review_filing(by=request.user, filing=filing, **form.cleaned_data)
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("providers:filing_detail", pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(
                request,
                {
                    Filing.State.FILED: _("All three levels have passed: the firm is filed."),
                    Filing.State.REFUSED: _("The application was refused."),
                }.get(row.state, _("The verdict was recorded.")),
            )
            return redirect("providers:filing_detail", pk)
    return _detail(request, filing, form)


@login_required
def filing_withdraw(request, pk):
    filing = _filing_of(request, pk)
    request.user.scope.require(common.INVITE, filing)
    form = ReasonForm(request.POST or None, initial={"version": filing.version})
    return act_page(
        request,
        form,
        write=lambda: filings.withdraw_filing(by=request.user, filing=filing, **form.cleaned_data),
        title=_("Withdraw the application"),
        button=_("Withdraw"),
        done=_("The application was withdrawn."),
        back=reverse("providers:filing_detail", args=[pk]),
        provider=filing.provider,
    )
