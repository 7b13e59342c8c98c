"""The product's pages, and one that does on POST whatever a test wants to see done once."""

import hashlib

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import include, path

from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.models import User


def add(request):
    """Adds an account named by the form, then ends as `end` says."""
    if request.method != "POST":
        return HttpResponse("form")
    user = User.objects.create(username=request.POST["name"])
    end = request.POST.get("end", "redirect")
    if end == "errors":
        return HttpResponse("mend")
    if end == "refuse":
        raise DomainError("这样不行")
    if end == "stale":
        raise StaleRecord
    if end == "deny":
        raise NotAllowed
    if end == "fail":
        raise ZeroDivisionError
    if end == "file":
        return HttpResponse("rows", headers={"Content-Disposition": "attachment"})
    return HttpResponseRedirect(f"/done/{user.pk}/")


def refuse(request):
    raise (NotAllowed if "deny" in request.GET else DomainError)("这样<b>不行")


def upload(request):
    content = request.FILES["file"].read()
    User.objects.create(username=hashlib.sha256(content).hexdigest()[:20])
    return HttpResponseRedirect("/done/")


def done(request, pk=0):
    return JsonResponse({"pk": pk})


handler403 = "governance.audit.views.refused"
urlpatterns = [
    path("once/add/", add),
    path("once/upload/", upload),
    path("once/refuse/", refuse),
    path("done/<int:pk>/", done),
    path("", include("governance.urls")),
]
