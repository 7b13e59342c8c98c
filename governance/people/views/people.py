"""People: list, one person, entering and correcting, leaving, deleting; numbers one at a time."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import ListPage
from governance.organisation.access import right_required

from .. import services
from ..filters import PersonFilterSet
from ..forms import EraseForm, FindForm, LeaveForm, PersonAddForm, PersonEditForm, RevealForm
from ..models import VIEW, MemberClass, Person
from ..tables import PersonTable

ENTRIES = 60
PLACES = ("street", "community", "compound")
EXPORT = "registry.export"


def of_classes(rows) -> list[dict]:
    """How many party members of each class there are, with the filter that lists them."""
    found = dict(rows.members().order_by().values_list("member_class").annotate(Count("pk")))
    figures = [
        {"code": one.pk, "label": str(one), "count": found.get(one.pk, 0)}
        for one in MemberClass.objects.all()
        if one.is_active or found.get(one.pk)
    ]
    if found.get(None):
        figures.append({"code": "unknown", "label": _("class not known"), "count": found[None]})
    return figures


class PersonList(ListPage):
    """People of the reader's places."""

    table = PersonTable
    filterset = PersonFilterSet
    template_name = "governance/people/person_list.html"
    right = VIEW

    def visible(self):
        return Person.objects.visible_to(self.request.user).known()

    def page_context(self):
        return {"places": places_of(self.request.user)}

    def listing(self):
        listing = super().listing()
        if len(listing.context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        scope, filterset = self.request.user.scope, listing.filterset
        rows = self.visible()
        for name in PLACES:
            if name in filterset.data:
                rows = filterset.filters[name].filter(rows, filterset.value(name))
        figures = of_classes(rows)
        chosen = {n: None for n in filterset.base_filters if n not in PLACES}
        for figure in figures:
            changed = chosen | {"member_class": figure["code"], "page": None}
            figure["url"] = listing.with_query(**changed)
        changed = chosen | {"political_status": "MEMBER", "page": None}
        return {
            "figures": figures,
            "members": sum(figure["count"] for figure in figures),
            "members_url": listing.with_query(**changed),
            "may_edit": scope.has(services.EDIT),
            "may_import": scope.has("registry.import"),
        }


person_list = PersonList.as_view()


def person_of(request, pk: int, right: str = VIEW) -> Person:
    """A person in the reader's scope, for an act that needs a right there."""
    rows = Person.objects.visible_to(request.user).select_related(
        "compound", "member_class", "community", "street", "district"
    )
    person = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, person)
    return person


def _detail(request, person: Person, form: RevealForm, **more):
    entries = AuditEntry.objects.history_for(request.user, "people.person", person.pk)[:ENTRIES]
    scope = request.user.scope
    may_edit = scope.can(services.EDIT, person) and not person.is_erased
    return render(
        request,
        "governance/people/person_detail.html",
        {
            "person": person,
            "form": form,
            "lines": words.lines(entries, request.user),
            "may_edit": may_edit,
            "may_reveal": bool(person.phone_sealed) and scope.can(services.REVEAL, person),
            **more,
        },
    )


@login_required
@require_safe
def person_detail(request, pk):
    return _detail(request, person_of(request, pk), RevealForm())


@login_required
@require_POST
def person_reveal(request, pk):
    """The number in full, on this one answer.

    The form carries no token: an answer with 200 would be rolled back, and its entry with it.
    """
    person = person_of(request, pk, services.REVEAL)
    form, number = RevealForm(request.POST), ""
    if form.is_valid():
        try:
            number = services.reveal_phone(
                by=request.user, person=person, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            add_refusal(form, error)
    response = _detail(request, person, form, number=number)
    patch_cache_control(response, no_store=True, no_cache=True, private=True)
    return response


@right_required(VIEW)
def person_find(request):
    """Look a whole number up; sent, never in the address, and recorded."""
    form, found = FindForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            found = services.find_people(by=request.user, number=form.cleaned_data["number"])
        except DomainError as error:
            add_refusal(form, error)
    if found is not None:
        form = FindForm()  # what was looked for is not shown again
    response = render(request, "governance/people/person_find.html", {"form": form, "found": found})
    patch_cache_control(response, no_store=True, no_cache=True, private=True)
    return response


@right_required(services.EDIT)
def person_add(request):
    initial = {"political_status": request.GET.get("political_status", "")}
    if code := request.GET.get("compound", ""):
        rows = Compound.objects.active().editable_by(request.user, services.EDIT)
        initial["compound"] = rows.filter(code=code[:20].replace("\0", "")).first()
    form = PersonAddForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.add_person(
                by=request.user,
                facts=form.facts,
                area=form.cleaned_data["area"],
                phone=form.cleaned_data["phone"],
                identity=form.cleaned_data["identity"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%(name)s was entered.") % {"name": person.name})
            return redirect("people:person_detail", person.pk)
    return render(request, "governance/people/person_add.html", {"form": form})


@login_required
def person_edit(request, pk):
    person = person_of(request, pk, services.EDIT)
    _refuse_erased(person)
    conflict = None
    initial = {"version": person.version, "area": None if person.compound_id else _area(person)}
    form = PersonEditForm(request.POST or None, instance=person, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.change_person(
                by=request.user,
                person=person,
                version=form.cleaned_data["version"],
                changes=form.facts,
                area=form.cleaned_data["area"],
                phone=form.number("phone"),
                identity=form.number("identity"),
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            conflict = _differences(form, error.current)
            form.data = form.data.copy()
            form.data["version"] = error.current.version
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            if row.version == form.cleaned_data["version"]:
                messages.info(request, _("Nothing was different; nothing was saved."))
            else:
                messages.success(request, _("The record was corrected."))
            return redirect("people:person_detail", row.pk)
    return render(
        request,
        "governance/people/person_edit.html",
        {"form": form, "person": person, "conflict": conflict},
    )


def _area(person: Person):
    return person.community_id or person.street_id or person.district_id


def _refuse_erased(person: Person) -> None:
    if person.is_erased:
        raise DomainError(_("The data of this person were deleted."))


def _differences(form: PersonEditForm, current: Person) -> list[dict]:
    """Fields in which the draft and the row saved meanwhile differ."""
    found = []
    for name, mine in form.facts.items():
        theirs = getattr(current, name)
        if mine != theirs:
            field = current._meta.get_field(name)
            labels = dict(field.flatchoices)
            found.append(
                {
                    "name": name,
                    "label": capfirst(field.verbose_name),
                    "mine": labels.get(mine, mine) or "—",
                    "theirs": labels.get(theirs, theirs) or "—",
                }
            )
    return found


@login_required
def person_leave(request, pk):
    person = person_of(request, pk, services.EDIT)
    _refuse_erased(person)
    initial = {"version": person.version, "left_on": person.left_on or dates.today()}
    form = LeaveForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.mark_left(by=request.user, person=person, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The leaving was noted."))
            return redirect("people:person_detail", person.pk)
    return render(request, "governance/people/person_leave.html", {"form": form, "person": person})


@login_required
@require_POST
def person_return(request, pk):
    person = person_of(request, pk, services.EDIT)
    version = request.POST.get("version", "")
    version = int(version) if version.isdecimal() and len(version) < 9 else 0
    services.mark_left(by=request.user, person=person, version=version, left_on=None)
    messages.success(request, _("The person is in the register again."))
    return redirect("people:person_detail", person.pk)


@login_required
def person_erase(request, pk):
    person = person_of(request, pk, services.EDIT)
    _refuse_erased(person)
    form = EraseForm(request.POST or None, initial={"version": person.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.erase_person(
                by=request.user,
                person=person,
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The personal data were deleted."))
            return redirect("people:person_list")
    held = [capfirst(kind._meta.verbose_name_plural) for kind in services.held_by(person)]
    return render(
        request,
        "governance/people/person_erase.html",
        {"form": form, "person": person, "held": held},
    )
