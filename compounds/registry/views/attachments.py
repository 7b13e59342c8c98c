"""Files of a compound: attach, show, remove. Every address is cut to the reader's scope."""

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal

from ..forms import AttachmentForm, ReasonForm
from ..models import Attachment
from ..services import attachments
from .compounds import compound_of, to_dossier


@login_required
def attachment_add(request, code):
    compound = compound_of(request, code, "registry.edit")
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            attachment = attachments.add_attachment(
                by=request.user,
                compound=compound,
                upload=form.cleaned_data["file"],
                kind=form.cleaned_data["kind"],
                note=form.cleaned_data["note"],
                taken_on=form.cleaned_data["taken_on"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s was attached.") % attachment.name)
            return to_dossier(compound, "attachments")
    return render(
        request, "compounds/registry/attachment_add.html", {"form": form, "compound": compound}
    )


def _visible(request, pk) -> Attachment:
    return get_object_or_404(
        Attachment.objects.visible_to(request.user)
        .filter(removed_at=None)
        .select_related("compound"),
        pk=pk,
    )


@login_required
@require_safe
def attachment_file(request, pk):
    """The file: shown in the page if it is an image that we made anew, else to be saved."""
    attachment = _visible(request, pk)
    try:
        file = attachment.file.open()
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=attachment.content_type)
    kind = "inline" if attachment.is_image else "attachment"
    response["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(attachment.name)}"
    return _guarded(response)


@login_required
@require_safe
def attachment_thumbnail(request, pk):
    attachment = _visible(request, pk)
    if not attachment.is_image:
        raise Http404
    try:
        content = attachments.thumbnail(attachment)
    except FileNotFoundError as error:
        raise Http404 from error
    return _guarded(HttpResponse(content, content_type="image/jpeg"))


def _guarded(response):
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"  # nothing stays on a shared computer
    return response


@login_required
def attachment_remove(request, pk):
    attachment = _visible(request, pk)
    request.user.scope.require("registry.edit", attachment)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attachments.remove_attachment(
            by=request.user, attachment=attachment, reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("%s was removed.") % attachment.name)
        return to_dossier(attachment.compound, "attachments")
    return render(
        request,
        "compounds/registry/attachment_remove.html",
        {"form": form, "attachment": attachment, "compound": attachment.compound},
    )
