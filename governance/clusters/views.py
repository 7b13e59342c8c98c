"""Clusters: list, one cluster with its checklist, correcting, compounds, emergency mode."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import Listing, ListPage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW
from governance.pairings.views.lists import place_of, workbook
from governance.people.models import Person

from . import figures, services
from .filters import ClusterFilterSet
from .forms import ClusterAddForm, ClusterEditForm, CompoundsForm, EmergencyForm, ItemForm
from .importing import CLUSTERS
from .models import Cluster, ClusterCompound, FiveHave
from .tables import ClusterTable

FOLDER = "governance/clusters"
EXPORT = "registry.export"
ENTRIES = 30
Item = FiveHave.Item


class Clusters(Listing):
    """Clusters with their marks and the number of their compounds."""

    @cached_property
    def rows(self) -> list[tuple]:
        marks = {
            (cluster, item): is_met
            for cluster, item, is_met in FiveHave.objects.filter(cluster__in=self.ids).values_list(
                "cluster_id", "item", "is_met"
            )
        }
        dissolved = Cluster.objects.filter(pk__in=self.ids).filter(
            Q(organisation=None) | Q(organisation__dissolved_on__isnull=False)
        )
        for pk in dissolved.values_list("pk", flat=True):
            if marks.get((pk, Item.ORGANISATION.value)):
                marks[pk, Item.ORGANISATION.value] = False
        self.context["marks"] = marks
        counts = ClusterCompound.objects.filter(cluster__in=self.ids).order_by()
        self.context["compounds"] = dict(counts.values_list("cluster").annotate(n=Count("pk")))
        return super().rows


def _listing(request, rows) -> Clusters:
    context = {"places": places_of(request.user)}
    listing = Clusters(
        table=ClusterTable,
        filterset=ClusterFilterSet(request.GET, rows, page=context),
        query=request.GET,
        default_sort="code",
        context=context,
    )
    if len(context["places"].streets) == 1 and "columns" not in request.GET:
        listing.names = [name for name in listing.names if name != "street"]
    return listing


class ClusterList(ListPage):
    """Clusters of the reader's places and whether they have all five."""

    template_name = f"{FOLDER}/cluster_list.html"
    right = REGISTER_VIEW

    def listing(self):
        return _listing(self.request, Cluster.objects.visible_to(self.request.user))

    def extra_context(self, listing):
        inside, query = place_of(listing)
        scope = self.request.user.scope
        return {
            "figures": figures.in_place(self.request.user, inside, query),
            "may_edit": scope.has(services.EDIT),
            "may_export": scope.has(EXPORT),
            "may_import": scope.has("registry.import"),
        }


cluster_list = ClusterList.as_view()


def cluster_of(request, pk: int, right: str = REGISTER_VIEW) -> Cluster:
    """A cluster of the reader's places, for an act that needs a right there."""
    rows = Cluster.objects.visible_to(request.user).select_related(
        "organisation", "community", "street", "district"
    )
    cluster = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, cluster)
    return cluster


@login_required
@require_safe
def cluster_detail(request, pk):
    return _detail(request, cluster_of(request, pk), EmergencyForm())


def _detail(request, cluster: Cluster, form: EmergencyForm):
    living = Person.objects.members().filter(compound=OuterRef("compound"))
    members = list(
        cluster.members.select_related("compound", "compound__community")
        .annotate(is_listed=Exists(living))
        .order_by("compound__code")
    )
    facts = services.facts_of(cluster)
    entries = AuditEntry.objects.history_for(request.user, "clusters.cluster", cluster.pk)
    checklist = _checklist(cluster, facts)
    return render(
        request,
        f"{FOLDER}/cluster_detail.html",
        {
            "cluster": cluster,
            "members": members,
            "households": cluster.members.aggregate(n=Sum("compound__household_count"))["n"],
            "checklist": checklist,
            "in_place": sum(one["is_met"] is True for one in checklist),
            "lines": words.lines(entries[:ENTRIES], request.user),
            "form": form,
            "may_edit": request.user.scope.can(services.EDIT, cluster),
        },
    )


def _checklist(cluster: Cluster, facts) -> list[dict]:
    """The five items in order, each with its mark, its evidence and what the register says."""
    rows = {row.item: row for row in cluster.five_haves.select_related("checked_by")}
    hints = services.hints(facts)
    found = []
    for item in Item:
        row = rows.get(item.value) or FiveHave(cluster=cluster, item=item)
        hint = hints.get(item.value)
        is_met = row.is_met
        if item == Item.ORGANISATION and is_met and hint.is_against:
            is_met = False  # the organisation has been dissolved since
        found.append({"item": item, "row": row, "hint": hint, "is_met": is_met})
    return found


@right_required(services.EDIT)
def cluster_add(request):
    form = ClusterAddForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            cluster = services.add_cluster(
                by=request.user, area=form.cleaned_data["area"], facts=form.facts
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%(name)s was entered.") % {"name": cluster})
            return redirect("clusters:cluster_compounds", cluster.pk)
    return render(request, f"{FOLDER}/cluster_add.html", {"form": form})


@login_required
def cluster_edit(request, pk):
    cluster = cluster_of(request, pk, services.EDIT)
    form = ClusterEditForm(
        request.POST or None, instance=cluster, initial={"version": cluster.version}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_cluster(
                by=request.user,
                cluster=cluster,
                version=form.cleaned_data["version"],
                facts=form.facts,
                reason=form.cleaned_data["reason"],
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clusters:cluster_edit", pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The cluster was corrected."))
            return redirect("clusters:cluster_detail", pk)
    return render(request, f"{FOLDER}/cluster_edit.html", {"form": form, "cluster": cluster})


@login_required
def cluster_compounds(request, pk):
    cluster = cluster_of(request, pk, services.EDIT)
    form = CompoundsForm(
        request.POST or None, cluster=cluster, initial={"version": cluster.version}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.set_compounds(by=request.user, cluster=cluster, **form.cleaned_data)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clusters:cluster_compounds", pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The compounds of the cluster were set."))
            return redirect("clusters:cluster_detail", pk)
    return render(request, f"{FOLDER}/cluster_compounds.html", {"form": form, "cluster": cluster})


@login_required
def item_check(request, pk):
    """One item of the five; `?item=` names it."""
    cluster = cluster_of(request, pk, services.EDIT)
    item = request.GET.get("item", Item.ORGANISATION)
    if item not in Item.values:
        raise Http404
    row = cluster.five_haves.filter(item=item).first() or FiveHave(cluster=cluster, item=item)
    initial = {n: getattr(row, n) for n in ("is_met", "evidence", "premises", "meets_standard")}
    form = ItemForm(
        request.POST or None,
        cluster=cluster,
        item=item,
        initial={**initial, "version": row.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.check_item(by=request.user, cluster=cluster, item=item, **form.said)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect(f"{request.path}?item={item}")
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            words_ = _("%(item)s was checked.") % {"item": Item(item).label}
            messages.success(request, words_)
            return redirect("clusters:cluster_detail", pk)
    return render(
        request,
        f"{FOLDER}/item_check.html",
        {
            "form": form,
            "cluster": cluster,
            "item": Item(item),
            "hint": services.hints(services.facts_of(cluster)).get(item),
        },
    )


@login_required
@require_POST
def emergency_switch(request, pk):
    cluster = cluster_of(request, pk, services.EDIT)
    form = EmergencyForm(request.POST)
    if form.is_valid():
        try:
            row = services.switch_emergency(by=request.user, cluster=cluster, **form.cleaned_data)
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("clusters:cluster_detail", pk)
        except DomainError as error:
            add_refusal(form, error)
        else:
            on, off = _("Emergency mode is on."), _("Emergency mode is over.")
            messages.success(request, on if row.is_emergency else off)
            return redirect("clusters:cluster_detail", pk)
    return _detail(request, cluster, form)


@login_required
@require_safe
def cluster_export(request):
    """The sheet 片区五有清单 of what the list shows; importing it changes nothing."""
    scope = request.user.scope
    scope.require(EXPORT)
    rows = Cluster.objects.visible_to(request.user).filter(scope.granted(EXPORT))
    listing = _listing(request, rows)
    applied = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    audit.record_export(
        by=request.user,
        kind=Cluster,
        label=f"{CLUSTERS.titles[0]} xlsx",
        count=listing.queryset.count(),
        words=applied,
    )
    found = CLUSTERS.export_rows(listing.queryset)
    return workbook(request, CLUSTERS, found, applied or _("all clusters"))
