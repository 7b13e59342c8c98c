"""What must hold of providers and invitations on a live database."""

from collections.abc import Iterator

from django.db.models import F, Max, OuterRef, Q, Subquery
from stdnum.cn import uscc

from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history
from governance.organisation.models import Level

from . import rules
from .models import (
    BlacklistEntry,
    Card,
    CostNorm,
    Filing,
    FilingReview,
    Invitation,
    Provider,
    RatingEntry,
)


def credit_codes() -> Iterator[str]:
    """Every provider has a well-formed credit code and belongs to a district."""
    for pk, code in Provider.objects.order_by("pk").values_list("pk", "credit_code"):
        if not uscc.is_valid(code):
            yield f"provider {pk} has the wrong credit code {code}"
    yield from gone_wrong(
        Provider.objects, ~Q(district__level=Level.DISTRICT), "belongs to no district"
    )


def invitations() -> Iterator[str]:
    """Invitations lie where their compound lies; answers have a day that follows the invitation."""
    yield from misplaced(Invitation.objects, "compound")
    yield from gone_wrong(
        Invitation.objects, ~Q(provider__district_id=F("district_id")), "went to another district"
    )
    yield from gone_wrong(
        Invitation.objects,
        Q(answer="WAITING", answered_on__isnull=False) | Q(answered_on__lt=F("invited_on")),
        "was answered on an impossible day",
    )


def party_work() -> Iterator[str]:
    """A firm's organisation is of its district and of the form the firm says."""
    named = Provider.objects.exclude(party_organisation=None)
    yield from gone_wrong(
        named,
        ~Q(party_organisation__district_id=F("district_id")),
        "is in a party organisation of another district",
    )
    yield from gone_wrong(
        named, ~Q(party_organisation__form=F("party_form")), "is in an organisation of another form"
    )


def filings() -> Iterator[str]:
    """Applications lie in their community; their state follows from three people's verdicts."""
    yield from misplaced(Filing.objects)
    yield from gone_wrong(
        Filing.objects,
        ~Q(provider__district_id=F("district_id")),
        "is of a firm of another district",
    )
    yield from gone_wrong(
        FilingReview.objects,
        Q(by=F("filing__applied_by")) | ~Q(applied_by=F("filing__applied_by")),
        "was given by who entered the application",
    )
    said: dict[int, dict[str, bool]] = {}
    for filing, level, is_passed in FilingReview.objects.values_list(
        "filing_id", "level", "is_passed"
    ):
        said.setdefault(filing, {})[level] = is_passed
    states = Filing.objects.exclude(state=Filing.State.WITHDRAWN).order_by("pk")
    for pk, state in states.values_list("pk", "state"):
        if state != rules.outcome_of(said.get(pk, {})).value:
            yield f"filing {pk} is {state}, which does not follow from its reviews"


def standing() -> Iterator[str]:
    """A firm's rating is the newest issued; its blacklisting follows from what is in force."""
    newest = RatingEntry.objects.filter(provider=OuterRef("pk")).order_by("-issued_on", "-pk")
    rows = Provider.objects.annotate(newest=Subquery(newest.values("rating")[:1])).order_by("pk")
    for pk, rating, issued in rows.values_list("pk", "rating", "newest"):
        if rating != (issued or ""):
            yield f"provider {pk} is rated {rating or 'not'}, but {issued or 'nothing'} was issued"
    in_force = Q(blacklistings__state=BlacklistEntry.State.IN_FORCE)
    rows = Provider.objects.annotate(last=Max("blacklistings__term_until", filter=in_force))
    for pk, until, last in rows.order_by("pk").values_list("pk", "blacklisted_until", "last"):
        if until != last:
            yield f"provider {pk} is blacklisted until {until}, but what is in force says {last}"
    yield from gone_wrong(
        Card.objects.exclude(compound=None),
        ~Q(compound__district_id=F("provider__district_id")),
        "is for a compound of another district",
    )


def norms() -> Iterator[str]:
    """A firm's own norms are those of its district."""
    yield from gone_wrong(
        CostNorm.objects.exclude(provider=None),
        ~Q(provider__district_id=F("district_id")),
        "is of a firm of another district",
    )


def history() -> Iterator[str]:
    """The newest version of each row equals the row, and versions have no gaps."""
    for model in (Provider, Invitation):
        yield from unfaithful_history(model)


CHECKS = {
    "credit_codes": credit_codes,
    "invitations": invitations,
    "party_work": party_work,
    "filings": filings,
    "standing": standing,
    "norms": norms,
    "history": history,
}
