"""Keeping and forgetting views of a list."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.foundation.errors import DomainError
from governance.organisation.models import Area

from ..models import SavedView
from ..services import saved_views
from .lists import PAGE


@login_required
@require_POST
def view_save(request):
    request.user.scope.require("registry.view")
    query = request.POST.get("query", "")[:2000]
    shared_in = None
    if request.POST.get("shared"):
        shared_in = Area.objects.get(pk=request.user.scope.home.area)
    try:
        view = saved_views.save_view(
            by=request.user,
            page=PAGE,
            name=request.POST.get("name", "").replace("\0", ""),
            query=query,
            shared_in=shared_in,
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('registry:compound_list')}?{query}")
    messages.success(request, _("The view “%s” was saved.") % view.name)
    return redirect(f"{reverse('registry:compound_list')}?{view.query}")


@login_required
@require_POST
def view_forget(request, pk):
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    saved_views.forget_view(by=request.user, view=view)
    messages.success(request, _("The view “%s” was deleted.") % view.name)
    return redirect("registry:compound_list")
