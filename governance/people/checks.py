"""What must hold of people on a live database."""

from collections.abc import Iterator

from django.db.models import F, Q

from governance.foundation.checking import gone_wrong

from . import rules
from .models import Person

PLACE = ("community", "street", "district")
TEXTS = ("name", "work_unit", "post_claimed")


def places() -> Iterator[str]:
    """Who belongs to a compound lies where it lies."""
    agreed = Q(**{f"{column}_id": F(f"compound__{column}_id") for column in PLACE})
    rows = Person.objects.exclude(compound=None).exclude(agreed).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        yield f"person {pk} lies elsewhere than the compound"


def numbers() -> Iterator[str]:
    """A telephone number is sealed, hashed and masked, or not there; none stands in a text."""
    whole = ~Q(phone_sealed="") & ~Q(phone_hash="") & ~Q(phone_masked="")
    none = Q(phone_sealed="", phone_hash="", phone_masked="")
    yield from gone_wrong(Person.objects, ~(whole | none), "has half a telephone number")
    odd = Q(identity_hash="") ^ Q(identity_tail="")
    yield from gone_wrong(Person.objects, odd, "has half a mark of the identity number")
    for pk, *texts in Person.objects.order_by("pk").values_list("pk", *TEXTS).iterator():
        if any(map(rules.holds_number, texts)):
            yield f"person {pk} has a number in a text"


def erased() -> Iterator[str]:
    """Of somebody whose data were deleted nothing is left."""
    blank = Person()
    left = Q()
    for field in Person._meta.concrete_fields:
        if field.name in (*PLACE, "id", "name", "version", "created_at", "updated_at", "left_on"):
            continue
        empty = getattr(blank, field.attname)
        left |= Q(**{f"{field.name}__isnull": False}) if empty is None else ~Q(**{field.name: ""})
    yield from gone_wrong(
        Person.objects, Q(name="") & (left | Q(left_on=None)), "keeps data that were deleted"
    )


CHECKS = {"places": places, "numbers": numbers, "erased": erased}
