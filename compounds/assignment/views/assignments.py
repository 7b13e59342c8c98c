"""The list of assignments, and its file."""

from django.utils.translation import gettext as _

from .. import questions
from ..filters import AssignmentFilterSet
from ..models import APPROVE, REVIEW, Assignment
from ..tables import AssignmentTable
from .common import FOLDER, PlacedList, workbook


class AssignmentList(PlacedList):
    """Assignments of the reader's places: at first those that are open, the newest first."""

    table = AssignmentTable
    filterset = AssignmentFilterSet
    template_name = f"{FOLDER}/assignment_list.html"
    default_sort = "-number"
    here = "assignment_list"

    def visible(self):
        return Assignment.objects.visible_to(self.request.user)

    def can_pick(self):
        return self.request.user.scope.has(REVIEW) or self.request.user.scope.has(APPROVE)

    def extra_context(self, listing):
        user = self.request.user
        waiting = Assignment.objects.filter(questions.waits_for(user)).count()
        return {
            **super().extra_context(listing),
            "waiting": waiting if self.can_pick() else 0,
            "may_review": user.scope.has(REVIEW),
            "may_approve": user.scope.has(APPROVE),
        }


assignment_list = AssignmentList.as_view()


class AssignmentExport(AssignmentList):
    def get(self, request):
        return workbook(request, self.listing(), title=_("Assignments"), model=Assignment)


assignment_export = AssignmentExport.as_view()
