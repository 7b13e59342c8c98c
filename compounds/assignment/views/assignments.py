"""Pages of assignments: the list and one assignment."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ..models import Assignment


@login_required
@require_safe
def assignment_list(request):
    return render(request, "base.html", {})


@login_required
@require_safe
def assignment_detail(request, pk):
    get_object_or_404(Assignment.objects.visible_to(request.user), pk=pk)
    return render(request, "base.html", {})
