"""The tables: providers, invitations, applications, blacklistings, party organisations."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.tables import Place
from governance.foundation import dates, tables

from .models import (
    BlacklistEntry,
    Filing,
    FilingReview,
    FirmOrganisation,
    Invitation,
    Provider,
)

STANDING = (
    "is_red",
    "is_in_district",
    "is_well_founded",
    "is_able",
    "is_willing",
    "party_form",
    "has_instructor",
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


class Capabilities(tables.Column):
    """What a firm can do besides the usual."""

    def words(self):
        comma = pgettext("between names", ", ")
        labels = {code: str(label) for code, label in Provider.Capability.choices}
        return lambda tags: comma.join(labels.get(tag, tag) for tag in tags.split())

    def writer(self, page):
        words = self.words()
        return lambda tags: escape(words(tags)) or tables.UNKNOWN

    def in_words(self, page):
        return self.words()


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
    has_instructor = tables.YesNo(_label("has_instructor"), is_shown=False)
    tags = Capabilities(_label("tags"), sorts=(), is_shown=False)
    phone = tables.Column(_label("phone"), is_shown=False)
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


class Link(tables.Column):
    """A text that leads to the row's own page."""

    css = "name"
    to = ""

    def writer(self, page):
        base, _sep, tail = reverse(self.to, args=[0]).partition("0")
        return lambda name, pk: f'<a href="{base}{pk}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, pk: name


class ToFiling(Link):
    to = "providers:filing_detail"


class ToBlacklist(Link):
    to = "providers:provider_blacklist"


class State(tables.Column):
    """A state as a word in a chip."""

    css = "nowrap"

    def __init__(self, label, *, choices, chips, **kwargs):
        super().__init__(label, **kwargs)
        self.choices, self.chips = choices, chips

    def writer(self, page):
        words = {
            code: f'<span class="chip {self.chips.get(code, "")}">{tables.plain(label)}</span>'
            for code, label in self.choices
        }
        return lambda state: words.get(state, tables.UNKNOWN)

    def in_words(self, page):
        words = {code: str(label) for code, label in self.choices}
        return lambda state: words.get(state)


class Verdicts(tables.Column):
    """What the three levels have said so far, read from the page's `reviews`."""

    def writer(self, page):
        signs = {
            True: '<span class="pass">✓ {}</span>'.format(escape(_("passed"))),
            False: '<span class="fail">✕ {}</span>'.format(escape(_("refused"))),
            None: '<span class="unk">? {}</span>'.format(escape(_("waiting"))),
        }
        levels = [(code, tables.plain(label)) for code, label in FilingReview.Level.choices]

        def write(pk):
            said = page["reviews"].get(pk, {})
            return " · ".join(f"{label} {signs[said.get(code)]}" for code, label in levels)

        return write


def _of_filing(name):
    return Filing._meta.get_field(name).verbose_name


FILING_CHIPS = {"APPLIED": "warn", "FILED": "ok", "REFUSED": "bad", "WITHDRAWN": "fallback"}
BLACKLIST_CHIPS = {
    "PROPOSED": "warn",
    "OPINION": "warn",
    "HEARING": "warn",
    "IN_FORCE": "bad",
    "REJECTED": "fallback",
    "LIFTED": "ok",
    "ENDED": "fallback",
}


class FilingTable(tables.ListTable):
    """Applications for filing, one a row."""

    provider = ToFiling(_of_filing("provider"), reads=("provider__name", "pk"), is_fixed=True)
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    applied_on = tables.Day(_of_filing("applied_on"))
    reviews = Verdicts(gettext_lazy("joint review"), reads=("pk",), sorts=())
    state = State(_of_filing("state"), choices=Filing.State.choices, chips=FILING_CHIPS, sorts=())
    ended_on = tables.Day(_of_filing("ended_on"))
    document = tables.Column(_of_filing("document"), is_shown=False)
    reason = tables.Column(_of_filing("reason"), sorts=(), is_shown=False)

    class Meta:
        order_by = ()


def _of_blacklist(name):
    return BlacklistEntry._meta.get_field(name).verbose_name


class BlacklistTable(tables.ListTable):
    """Blacklistings, one a row."""

    provider = ToBlacklist(
        _of_blacklist("provider"), reads=("provider__name", "provider_id"), is_fixed=True
    )
    state = State(
        _of_blacklist("state"),
        choices=BlacklistEntry.State.choices,
        chips=BLACKLIST_CHIPS,
        sorts=(),
    )
    reason = tables.Column(_of_blacklist("reason"), sorts=())
    street = tables.Column(_of_blacklist("street"), reads=("street__name",))
    proposed_on = tables.Day(_of_blacklist("proposed_on"))
    heard_until = tables.Day(_of_blacklist("heard_until"))
    term_from = tables.Day(_of_blacklist("term_from"), is_shown=False)
    term_until = tables.Day(_of_blacklist("term_until"))
    document = tables.Column(_of_blacklist("document"), is_shown=False)

    class Meta:
        order_by = ()


class Firms(tables.Column):
    """The firms of an organisation, read from the page's `firms`."""

    def writer(self, page):
        base, _sep, tail = reverse("providers:provider_detail", args=[0]).partition("0")
        comma = escape(pgettext("between names", ", "))

        def write(pk):
            firms = page["firms"].get(pk, ())
            return (
                comma.join(
                    f'<a href="{base}{firm}{tail}">{escape(name)}</a>' for firm, name in firms
                )
                or tables.UNKNOWN
            )

        return write


class OrganisationName(tables.Column):
    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("providers:organisation_edit", args=[0]).partition("0")
        if not page.get("may_edit"):
            return lambda name, pk: escape(name)
        return lambda name, pk: f'<a href="{base}{pk}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, pk: name


def _of_organisation(name):
    return FirmOrganisation._meta.get_field(name).verbose_name


class OrganisationTable(tables.ListTable):
    """Party organisations of firms, one a row."""

    name = OrganisationName(_of_organisation("name"), reads=("name", "pk"), is_fixed=True)
    form = tables.Choice(_of_organisation("form"), choices=FirmOrganisation.Form.choices)
    firms = Firms(gettext_lazy("firms"), reads=("pk",), sorts=())
    secretary = tables.Column(_of_organisation("secretary"))
    founded_on = tables.Day(_of_organisation("founded_on"))

    class Meta:
        order_by = ()


class Waiting(tables.Column):
    """How many firms have still to answer, of how many asked; and since how long."""

    css = "num"

    def writer(self, page):
        today, most = page["today"], page["late_after"]
        late = escape(_("late"))

        def write(compound, round, invited_on):
            waiting, asked = page["counts"].get((compound, round), (0, 0))
            days = (today - invited_on).days
            mark = f' <span class="late">{late}</span>' if days > most else ""
            return f"{waiting} / {asked}{mark}"

        return write


class RoundActs(tables.Column):
    """To the sheet of answers and to the letter."""

    css = "nowrap"
    SAMPLE, ROUND = Asked.SAMPLE, 99

    def writer(self, page):
        names = [("providers:letter", escape(pgettext("document", "Letter")))]
        if page.get("may_answer"):
            names.insert(0, ("providers:round_answer", escape(_("Record the answers"))))
        doors = [(reverse(name, args=[self.SAMPLE, self.ROUND]), words) for name, words in names]

        def address(door, code, round):
            return door.replace(self.SAMPLE, escape(code)).replace("/99/", f"/{round}/")

        def write(code, round):
            return " · ".join(
                f'<a href="{address(door, code, round)}">{words}</a>' for door, words in doors
            )

        return write


class RoundTable(tables.ListTable):
    """Rounds that wait for answers, one a row."""

    compound = Asked(
        _of_invitation("compound"), reads=("compound__name", "compound__code"), is_fixed=True
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(gettext_lazy("community"), reads=("community_id",), sorts=())
    round = tables.Number(_of_invitation("round"))
    invited_on = tables.Day(_of_invitation("invited_on"))
    letter = tables.Column(_of_invitation("letter"))
    waiting = Waiting(
        gettext_lazy("waiting / asked"), reads=("compound_id", "round", "invited_on"), sorts=()
    )
    acts = RoundActs(gettext_lazy("acts"), reads=("compound__code", "round"), sorts=())

    class Meta:
        order_by = ()
