"""Numbers of people: what offices type, in its one form. Pure; nothing here is stored or shown."""

import re

from django.utils.translation import gettext_noop as _
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from governance.foundation.texts import fold

_NOISE = re.compile(r"[\s\-－—–.·()]+")
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=1[3-9]\d{9}\Z)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
# With its area code or, as local sheets have it, without.
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}|[2-8]\d{6,7}")
_HIDDEN = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dx])(?!\d)")

PHONE_WRONG = _(
    "This is no telephone number of the mainland: a mobile number has 11 digits; a landline has "
    "its area code in front."
)
IDENTITY_WRONG = _("This is no valid identity number (18 characters, check digit).")


class NumberError(ValueError):
    """Why a number cannot be taken: an English sentence to be translated."""


def clean_phone(text: str) -> str:
    """The digits of a mobile or landline number; '' for nothing.

    ＋８６ 138 1234-5678 → 13812345678.  Raises NumberError.
    """
    digits = _NOISE.sub("", fold(text))
    digits = _COUNTRY.sub("", digits, count=1) if _COUNTRY.match(digits) else digits
    if not digits:
        return ""
    if not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        raise NumberError(PHONE_WRONG)
    return digits


def clean_identity(text: str) -> str:
    """An identity number in capitals; '' for nothing.  Raises NumberError.

    Source: GB 11643-1999 (division, date of birth and check digit must be right).
    """
    number = re.sub(r"\s+", "", fold(text)).upper()
    if not number:
        return ""
    try:
        ric.validate(number)
    except ValidationError as error:
        raise NumberError(IDENTITY_WRONG) from error
    return number


def whole_number(text: str) -> str:
    """A whole telephone or identity number to look for; '' where it is neither."""
    for clean in (clean_identity, clean_phone):
        try:
            return clean(text)
        except NumberError:
            continue
    return ""


def holds_number(text: str) -> bool:
    """Whether a text that is stored in clear holds somebody's mobile or identity number."""
    return bool(_HIDDEN.search(re.sub(r"(?<=\d)[\s\-]+(?=\d)", "", fold(text))))
