"""Locks and refusals: lists, new ones, their release."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import services
from ..filters import LockFilterSet, RefusalFilterSet
from ..forms import BackForm, LockForm, RefusalForm
from ..models import PROPOSE, AssignmentLock, Refusal
from ..tables import LockTable, RefusalTable
from .common import FOLDER, PlacedList, act_page, compound_of, firms_of


class LockList(PlacedList):
    table = LockTable
    filterset = LockFilterSet
    template_name = f"{FOLDER}/lock_list.html"
    default_sort = "-number"
    here = "lock_list"

    def visible(self):
        return AssignmentLock.objects.visible_to(self.request.user)


lock_list = LockList.as_view()


class RefusalList(PlacedList):
    table = RefusalTable
    filterset = RefusalFilterSet
    template_name = f"{FOLDER}/refusal_list.html"
    default_sort = "-on"
    here = "refusal_list"

    def visible(self):
        return Refusal.objects.visible_to(self.request.user)


refusal_list = RefusalList.as_view()


@login_required
def lock_add(request, code):
    compound = compound_of(request, code, PROPOSE)
    form = LockForm(request.POST or None, firms=firms_of(request.user, compound.district_id))
    return act_page(
        request,
        form,
        write=lambda: services.add_lock(by=request.user, compound=compound, **form.cleaned_data),
        title=_("Set a lock"),
        button=_("Set the lock"),
        done=_("The lock was set."),
        back=reverse("assignment:candidates", args=[compound.code]),
        compound=compound,
    )


@login_required
def refusal_add(request, code):
    compound = compound_of(request, code, PROPOSE)
    form = RefusalForm(
        request.POST or None,
        firms=firms_of(request.user, compound.district_id),
        initial={"provider": request.GET.get("provider")},
    )
    return act_page(
        request,
        form,
        write=lambda: services.record_refusal(
            by=request.user, compound=compound, **form.cleaned_data
        ),
        title=_("Record a refusal"),
        button=_("Record the refusal"),
        done=_("The refusal was recorded."),
        back=reverse("assignment:candidates", args=[compound.code]),
        compound=compound,
    )


@login_required
def lock_release(request, pk):
    rows = AssignmentLock.objects.visible_to(request.user).select_related("compound")
    lock = get_object_or_404(rows, pk=pk)
    request.user.scope.require(PROPOSE, lock)
    form = BackForm(request.POST or None, initial={"version": lock.version})
    return act_page(
        request,
        form,
        write=lambda: services.release_lock(by=request.user, lock=lock, **form.cleaned_data),
        title=_("Release the lock"),
        button=_("Release"),
        done=_("The lock was released."),
        back=reverse("assignment:lock_list"),
        compound=lock.compound,
        note=f"{lock.get_kind_display()}: {lock.provider or '—'} · {lock.reason}",
    )


@login_required
def refusal_release(request, pk):
    rows = Refusal.objects.visible_to(request.user).select_related("compound", "provider")
    refusal = get_object_or_404(rows, pk=pk)
    request.user.scope.require(PROPOSE, refusal)
    form = BackForm(request.POST or None, initial={"version": refusal.version})
    return act_page(
        request,
        form,
        write=lambda: services.release_refusal(
            by=request.user, refusal=refusal, **form.cleaned_data
        ),
        title=_("The refusal counts no longer"),
        button=_("Release"),
        done=_("The refusal was released."),
        back=reverse("assignment:refusal_list"),
        compound=refusal.compound,
        note=f"{refusal.get_party_display()}: {refusal.provider} · {refusal.reason}",
    )
