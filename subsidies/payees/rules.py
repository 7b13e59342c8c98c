"""Account numbers as people type them, and names as firms write them. Pure."""

import re

from governance.foundation.texts import fold

SHORTEST, LONGEST = 6, 30
_SPACES = re.compile(r"\s+")
_BETWEEN = re.compile(r"(?<=\d)\s+(?=\d)")
_RUN = re.compile(r"\d{10,}")


class NumberError(ValueError):
    """The text is no account number."""


def clean_number(text: str) -> str:
    """The digits of an account number: full-width folded, spaces dropped.

    ６２２２ 0200 → 62220200. Raises NumberError unless 6 to 30 digits are left.
    """
    number = _SPACES.sub("", fold(text))
    if not (number.isascii() and number.isdigit() and SHORTEST <= len(number) <= LONGEST):
        raise NumberError
    return number


def masked(number: str) -> str:
    """**** 5678: the last four digits alone."""
    return f"**** {number[-4:]}"


def plain_holder(name: str) -> str:
    """A firm's name however its brackets and spaces are typed."""
    return _SPACES.sub("", fold(name))


def is_same_holder(holder: str, firm: str) -> bool:
    return plain_holder(holder) == plain_holder(firm)


def holds_account(text: str, number: str = "") -> bool:
    """Whether a text that is stored in clear holds a number, or what may be an account's."""
    plain = _BETWEEN.sub("", fold(text))
    return bool(_RUN.search(plain)) or bool(number and number in plain)


def without_accounts(text: str, number: str = "") -> str:
    """The text with account numbers cut down to their last two digits: banks repeat them."""
    if not holds_account(text, number):
        return text
    plain = _BETWEEN.sub("", fold(text))
    if number:
        plain = plain.replace(number, f"****{number[-2:]}")
    return _RUN.sub(lambda found: f"****{found[0][-2:]}", plain)
