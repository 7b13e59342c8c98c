"""The editor of a draft: its head and all its tables on one page, usable without a script."""

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import model_to_dict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from compounds.classification.forms.cleaning import shown
from governance.foundation import dates
from governance.foundation.errors import NotAllowed, StaleRecord
from governance.foundation.forms import add_refusal
from governance.organisation.access import right_required
from governance.organisation.models import Area

from .. import rules, services, starters, wording
from ..comparing import TABLES as ARTICLE_OF
from ..errors import TermsNotSound
from ..forms.conditions import ALTERNATIVES
from ..forms.programmes import SECTIONS, ProgrammeForm
from ..forms.tables import Tables
from ..models import EDIT, Programme, ProgrammeIsPublished
from ..questions import terms_of
from .common import FOLDER, programme_of, typed, typed_version

SAVE, SAVE_ON = "save", "save-on"
FIELDS = tuple(name for _key, _title, names in SECTIONS for name in names)


@require_http_methods(["GET", "POST"])
@right_required(EDIT)
def programme_add(request):
    """A new draft, from nothing or from a starter; the row is made by the first saving."""
    scope = request.user.scope
    districts = Area.objects.filter(pk__in=scope.in_districts(EDIT)).order_by("code")
    code = typed(request, "district", 6)
    district = get_object_or_404(districts, code=code) if code else districts.first()
    if district is None:
        raise NotAllowed
    starter = starters.BY_CODE.get(request.GET.get("starter", ""))
    terms = starters.terms_of(starter) if starter else rules.Terms()
    terms = rules.revised(terms, effective_from=dates.today())
    programme = Programme(district=district)
    return _editor(request, programme, terms, districts=districts, starter=starter)


@require_http_methods(["GET", "POST"])
@right_required(EDIT)
def programme_edit(request, pk):
    programme = programme_of(request, pk, EDIT)
    if not programme.is_draft:
        messages.error(request, str(ProgrammeIsPublished()))
        return redirect("programmes:programme_detail", pk)
    return _editor(request, programme, terms_of([pk])[pk])


def _editor(request, programme, terms, **context):
    act = request.POST.get("do", SAVE)
    if request.method == "GET":
        form, tables = ProgrammeForm(initial=_initial(programme, terms)), Tables.of(terms)
        if programme.pk:
            context["others"] = tables.show(rules.faults(terms))
    elif act in (SAVE, SAVE_ON):
        # The row itself must not be touched by a form that may turn out wrong.
        form = ProgrammeForm(request.POST, instance=Programme(district=programme.district))
        tables = Tables.posted(request.POST)
        answer = _save(request, programme, form, tables, act)
        if answer is not None:
            return answer
    else:
        form = ProgrammeForm(initial=_typed(request))
        tables = Tables.posted(request.POST)
        tables.apply(act)
    return _page(request, programme, form, tables, context)


def _initial(programme, terms) -> dict:
    """What the fields begin with: the terms, and the note beside them."""
    found = {name: getattr(terms, name) for name in services.TYPED}
    found = {
        name: shown(value) if isinstance(value, Decimal) else value for name, value in found.items()
    }
    return {
        **found,
        "documents": " ".join(terms.documents),
        "note": model_to_dict(programme, ["note"])["note"],
    }


def _typed(request) -> dict:
    """The fields as they were sent, to be drawn again."""
    found = {name: request.POST.get(name, "") for name in FIELDS}
    found["documents"] = " ".join(request.POST.getlist("documents"))
    found["needs_assessment"] = request.POST.get("needs_assessment") == "on"
    return found


def _save(request, programme, form, tables, act):
    """Save and leave, or None when something is to be mended on the page."""
    is_right = form.is_valid()
    parts = tables.read()
    if not is_right or parts is None:
        return None
    terms = form.as_terms(parts)
    note = form.cleaned_data["note"]
    try:
        draft = _store(request, programme, terms, note)
    except StaleRecord as error:
        request.conflict = error.current
        return None
    except ProgrammeIsPublished as error:
        messages.error(request, str(error))
        return redirect("programmes:programme_detail", programme.pk)
    except TermsNotSound as error:
        for fault in tables.show(error.faults):
            form.add_error(fault.place if fault.place in form.fields else None, fault.sentence)
        return None
    except ValidationError as error:
        add_refusal(form, error)
        return None
    faults = rules.faults(terms)
    if faults:
        messages.warning(
            request,
            ngettext(
                "The draft is saved. Before it can be published, %(count)s fault must be mended.",
                "The draft is saved. Before it can be published, %(count)s faults must be mended.",
                len(faults),
            )
            % {"count": len(faults)},
        )
    else:
        messages.success(request, _("The draft is saved."))
    if act == SAVE_ON or faults:
        return redirect("programmes:programme_edit", draft.pk)
    return redirect("programmes:programme_detail", draft.pk)


def _store(request, programme, terms, note):
    if not programme.pk:
        return services.create_draft(
            by=request.user, district=programme.district, terms=terms, note=note
        )
    return services.edit_draft(
        by=request.user,
        programme=programme,
        version=typed_version(request),
        terms=terms,
        note=note,
    )


def _page(request, programme, form, tables, context):
    conflict = getattr(request, "conflict", None)
    version = conflict.version if conflict else request.POST.get("version", programme.version)
    others = context.pop("others", ())
    theirs = terms_of([conflict.pk])[conflict.pk] if conflict else None
    return render(
        request,
        f"{FOLDER}/programme_edit.html",
        {
            "programme": programme,
            "form": form,
            "tables": tables,
            "sections": form.sections(),
            "version": version,
            "others": others,
            "error_count": len(form.errors) + tables.error_count if form.is_bound else 0,
            "facts": rules.FACTS.values(),
            "alternatives": ALTERNATIVES,
            "article_of": ARTICLE_OF,
            "conflict": conflict,
            "their_articles": wording.articles(theirs) if theirs else (),
            **context,
        },
    )
