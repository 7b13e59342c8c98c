"""Visits and orders: the list, and one of them with its form for the phone."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compounds.classification.views.common import seen_or_404
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from ..models import WatchScore, WatchTask
from ..services import watch_tasks
from ..services.watch_tasks import WORK
from ..watch_filters import WatchTaskFilterSet
from ..watch_forms import TaskForm
from ..watch_tables import WatchTaskTable
from ..watch_wording import Explained
from .watch import FOLDER


class WatchTaskList(ListPage):
    """Visits and orders of the reader's places, the first to be done first."""

    template_name = f"{FOLDER}/watch_task_list.html"
    right = REGISTER_VIEW
    table = WatchTaskTable
    filterset = WatchTaskFilterSet
    default_sort = "due_on"

    def visible(self):
        return WatchTask.objects.visible_to(self.request.user)

    def page_context(self):
        return {"places": places_of(self.request.user)}

    def listing(self):
        listing = super().listing()
        if len(listing.context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        return {"today": dates.today()}


watch_task_list = WatchTaskList.as_view()


@require_http_methods(["GET", "POST"])
@right_required(REGISTER_VIEW)
def watch_task_detail(request, pk):
    """What was found, who handles it and what came of it; the result closes it."""
    rows = WatchTask.objects.visible_to(request.user).select_related(
        "case", "case__compound", "street", "community", "done_by", "case__provider"
    )
    task = seen_or_404(rows, pk=pk)
    may_work = request.user.scope.can(WORK, task)
    if request.method == "POST":
        request.user.scope.require(WORK, task)
    form = TaskForm(
        request.POST or None,
        task=task,
        initial={
            "version": task.version,
            "assigned_to": task.assigned_to,
            "plan": task.plan,
            "done_on": dates.today(),
        },
    )
    if request.method == "POST" and form.is_valid():
        answer = _save(request, task, form)
        if answer is not None:
            return answer
    score = WatchScore.objects.filter(case=task.case_id, is_current=True).first()
    return render(
        request,
        f"{FOLDER}/watch_task_detail.html",
        {
            "task": task,
            "case": task.case,
            "form": form,
            "today": dates.today(),
            "may_work": may_work and task.done_on is None,
            "why": Explained(score) if score else None,
            "score": score,
        },
    )


def _save(request, task, form):
    """Keep the notes, or close the task; None where the form is to be shown again."""
    sent = dict(form.cleaned_data)
    is_closing = request.POST.get("do") == "close"
    try:
        if is_closing:
            if not sent["done_on"]:
                form.add_error("done_on", _("Enter the day it was done."))
                return None
            watch_tasks.close_task(by=request.user, task=task, **sent)
            messages.success(request, _("The task is closed with its result."))
        else:
            del sent["done_on"], sent["result"]
            watch_tasks.note_task(by=request.user, task=task, **sent)
            messages.success(request, _("The notes are kept; the task stays open."))
    except StaleRecord as error:
        messages.warning(request, str(error))
        return redirect("clearing:watch_task_detail", task.pk)
    except DomainError as error:
        add_refusal(form, error)
        return None
    return redirect("clearing:watch_task_detail", task.pk)
