"""The tables of providers and of invitations."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.tables import Place
from governance.foundation import dates, tables

from .models import Invitation, Provider

STANDING = (
    "is_red",
    "is_in_district",
    "is_well_founded",
    "is_able",
    "is_willing",
    "party_form",
    "blacklisted_until",
)


def _label(name):
    return Provider._meta.get_field(name).verbose_name


class Name(tables.Column):
    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("providers:provider_detail", args=[0]).partition("0")
        return lambda name, pk: f'<a href="{base}{pk}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, pk: name


class Eligibility(tables.Column):
    """Eligible as red property, or every reason why not."""

    def writer(self, page):
        today = dates.today()
        comma = pgettext("between names", ", ")
        yes = '<span class="chip ok">{}</span>'.format(escape(_("eligible")))

        def write(*values):
            reasons = Provider(**dict(zip(STANDING, values, strict=True))).lacks(today)
            return escape(comma.join(str(reason) for reason in reasons)) if reasons else yes

        return write


class ProviderTable(tables.ListTable):
    """Providers, one a row."""

    name = Name(_label("name"), reads=("name", "pk"), is_fixed=True)
    kind = tables.Choice(_label("kind"), choices=Provider.Kind.choices)
    eligible = Eligibility(gettext_lazy("as red property"), reads=STANDING, sorts=())
    rating = tables.Column(_label("rating"))
    capacity_m2 = tables.Area(_label("capacity_m2"))
    distance_limit_m = tables.Number(_label("distance_limit_m"))
    served_count = tables.Number(_label("served_count"))
    served_area_m2 = tables.Area(_label("served_area_m2"), is_shown=False)
    staff_count = tables.Number(_label("staff_count"))
    is_willing = tables.YesNo(_label("is_willing"))
    is_able = tables.YesNo(_label("is_able"), is_shown=False)
    is_well_founded = tables.YesNo(_label("is_well_founded"), is_shown=False)
    is_in_district = tables.YesNo(_label("is_in_district"), is_shown=False)
    party_form = tables.Choice(
        _label("party_form"), choices=Provider.PartyForm.choices, is_shown=False
    )
    credit_code = tables.Column(_label("credit_code"), is_shown=False)
    filed_on = tables.Day(_label("filed_on"), is_shown=False)
    blacklisted_until = tables.Day(_label("blacklisted_until"), is_shown=False)

    class Meta:
        order_by = ()


class Asked(tables.Column):
    """The compound, as a link to its providers."""

    css = "name"
    SAMPLE = "140000000000-0000"

    def writer(self, page):
        address = reverse("dashboards:dossier_providers", args=[self.SAMPLE])
        base, _sep, tail = address.partition(self.SAMPLE)
        return lambda name, code: f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'


class Answer(tables.Column):
    """What was answered; while nothing was, the door to record it."""

    CHIPS = {
        Invitation.Answer.AGREED: "ok",
        Invitation.Answer.AGREED_WITH_SUBSIDY: "subsidy",
        Invitation.Answer.REFUSED: "bad",
        Invitation.Answer.NO_ANSWER: "fallback",
        Invitation.Answer.WAITING: "warn",
    }

    def writer(self, page):
        chips = {
            answer.value: f'<span class="chip {css}">{tables.plain(answer.label)}</span>'
            for answer, css in self.CHIPS.items()
        }
        base, _sep, tail = reverse("providers:answer_record", args=[0]).partition("0")
        words = escape(_("Record the answer"))
        may_answer = page.get("may_answer")

        def write(answer, pk):
            if answer == Invitation.Answer.WAITING and may_answer:
                return f'{chips[answer]} <a href="{base}{pk}{tail}">{words}</a>'
            return chips[answer]

        return write


def _of_invitation(name):
    return Invitation._meta.get_field(name).verbose_name


class InvitationTable(tables.ListTable):
    """Invitations, one a row."""

    compound = Asked(
        _of_invitation("compound"), reads=("compound__name", "compound__code"), is_fixed=True
    )
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    provider = Name(
        _of_invitation("provider"), reads=("provider__name", "provider_id"), css="nowrap"
    )
    round = tables.Number(_of_invitation("round"))
    invited_on = tables.Day(_of_invitation("invited_on"))
    answer = Answer(_of_invitation("answer"), reads=("answer", "pk"), sorts=())
    answered_on = tables.Day(_of_invitation("answered_on"))
    letter = tables.Column(_of_invitation("letter"), is_shown=False)

    class Meta:
        order_by = ()
