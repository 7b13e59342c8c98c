"""Programmes: list, an edition's page, two editions side by side, publishing and retiring."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.foundation import dates
from governance.organisation.access import right_required

from .. import comparing, rules, services, starters, wording
from ..forms.programmes import RetireForm
from ..models import EDIT, PUBLISH, Programme
from ..questions import terms_of
from .common import FOLDER, SEE, attempt, programme_of, typed, typed_version, visible
from .sheets import EXPORT


@require_safe
@right_required(SEE)
def programme_list(request):
    """All editions by what they are today; a few dozen in a district."""
    rows = list(visible(request).order_by("district__code", "name", "-edition"))
    terms = terms_of(row.pk for row in rows)
    open_now = set(
        Programme.objects.visible_to(request.user)
        .open_on(dates.today())
        .values_list("pk", flat=True)
    )
    for row in rows:
        row.words = wording.summary(terms[row.pk])
        row.funding = wording.shares_in_words(terms[row.pk])
        row.is_followed = is_followed(row, open_now)
    upcoming = [r for r in rows if r.state == "PUBLISHED" and r.effective_from > dates.today()]
    groups = [
        (_("Open to applications"), [row for row in rows if row.pk in open_now]),
        (_("Drafts"), [row for row in rows if row.is_draft]),
        (_("Published, not yet open"), upcoming),
        (
            _("No longer open"),
            [
                row
                for row in rows
                if not row.is_draft and row.pk not in open_now and row not in upcoming
            ],
        ),
    ]
    return render(
        request,
        f"{FOLDER}/programme_list.html",
        {
            "groups": [(title, found) for title, found in groups if found],
            "may_edit": request.user.scope.has(EDIT),
            "may_export": request.user.scope.has(EXPORT),
            "starters": starters.STARTERS if request.user.scope.has(EDIT) else (),
        },
    )


def is_followed(row, open_now) -> bool:
    """Published and begun, not ended by its own days, yet closed: a later edition follows it."""
    today = dates.today()
    return (
        row.state == Programme.State.PUBLISHED
        and row.pk not in open_now
        and row.effective_from <= today
        and not (row.effective_until and row.effective_until < today)
    )


@require_safe
@right_required(SEE)
def programme_detail(request, pk):
    """All terms in words, who may do what with it, and why not."""
    programme = programme_of(request, pk)
    terms = terms_of([pk])[pk]
    scope, user = request.user.scope, request.user
    others = list(
        visible(request)
        .filter(district=programme.district, name=programme.name)
        .exclude(pk=pk)
        .order_by("-edition")[:20]
    )
    open_now = set(
        Programme.objects.filter(pk__in=[pk, *(row.pk for row in others)])
        .open_on(dates.today())
        .values_list("pk", flat=True)
    )
    for row in (programme, *others):
        row.is_followed = is_followed(row, open_now)
    earlier = [row for row in others if not row.is_draft and row.edition < programme.edition]
    may_publish = scope.can(PUBLISH, programme.district)
    may_edit = scope.can(EDIT, programme.district)
    return render(
        request,
        f"{FOLDER}/programme_detail.html",
        {
            "programme": programme,
            "terms": terms,
            "summary": wording.summary(terms),
            "articles": wording.articles(terms),
            "faults": faults_of(programme, terms) if programme.is_draft else (),
            "may_edit": programme.is_draft and may_edit,
            "may_export": scope.can(EXPORT, programme.district),
            "may_copy": may_edit and not any(row.is_draft for row in (programme, *others)),
            "may_publish": programme.is_draft and may_publish,
            "is_preparer": programme.prepared_by_id == user.pk,
            "may_retire": may_publish and programme.state == Programme.State.PUBLISHED,
            "will_follow": next(iter(earlier), None) if programme.is_draft else None,
            "previous": next(iter(earlier), None),
            "editions": others,
            "retire_form": RetireForm(),
        },
    )


def faults_of(programme: Programme, terms: rules.Terms) -> list[str]:
    """What keeps a draft from being published, one sentence each, with its place."""
    found = []
    clash = services.clash_of(programme)
    if clash:
        found.append(clash)
    if not programme.document_number.strip():
        found.append(_("It has no document number yet."))
    return found + [comparing.placed(fault) for fault in rules.faults(terms)]


@require_safe
@right_required(SEE)
def programme_compare(request, pk, other):
    """Two editions side by side, with what differs marked."""
    programme = programme_of(request, pk)
    other = get_object_or_404(visible(request), pk=other, district=programme.district)
    old, new = sorted((programme, other), key=lambda row: (row.edition, row.pk))
    terms = terms_of([old.pk, new.pk])
    return render(
        request,
        f"{FOLDER}/programme_compare.html",
        {
            "old": old,
            "new": new,
            "head": comparing.heads(terms[old.pk], terms[new.pk]),
            "articles": comparing.articles(terms[old.pk], terms[new.pk]),
        },
    )


@require_POST
@right_required(EDIT)
def programme_copy(request, pk):
    programme = programme_of(request, pk, EDIT)
    made = []
    if attempt(
        request,
        lambda: made.append(services.copy_to_draft(by=request.user, programme=programme)),
        _("A draft has been copied. Change it, then have it published."),
    ):
        return redirect("programmes:programme_edit", made[0].pk)
    return redirect("programmes:programme_detail", pk)


@require_POST
@right_required(PUBLISH)
def programme_publish(request, pk):
    programme = programme_of(request, pk, PUBLISH)
    attempt(
        request,
        lambda: services.publish(
            by=request.user, programme=programme, version=typed_version(request)
        ),
        _("The programme is published. Applications can be made under it from its first day."),
    )
    return redirect("programmes:programme_detail", pk)


@require_POST
@right_required(PUBLISH)
def programme_retire(request, pk):
    programme = programme_of(request, pk, PUBLISH)
    attempt(
        request,
        lambda: services.retire(
            by=request.user,
            programme=programme,
            version=typed_version(request),
            reason=typed(request, "reason", 300),
        ),
        _("The programme is closed. Whoever has applied keeps its terms."),
    )
    return redirect("programmes:programme_detail", pk)


@require_POST
@right_required(EDIT)
def programme_delete(request, pk):
    programme = programme_of(request, pk, EDIT)
    if attempt(
        request,
        lambda: services.delete_draft(
            by=request.user, programme=programme, version=typed_version(request)
        ),
        _("The draft has been thrown away."),
    ):
        return redirect("programmes:programme_list")
    return redirect("programmes:programme_detail", pk)
