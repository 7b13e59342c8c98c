"""What a typed text is: its hidden characters, its folded form, why it cannot be taken.

Knows nothing of cells' kinds: numbers, dates and choices are read in `cells`.
"""

import datetime as dt
import re
import unicodedata

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

BLANKS = frozenset({"", "-", "--", "—", "——", "–", "/", "\\", "―", "－", "／"})
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"

# Full-width digits and Latin letters, and no punctuation: brackets and commas stay Chinese.
_PLAIN = {
    code: code - 0xFEE0
    for first, last in ("０９", "ＡＺ", "ａｚ")
    for code in range(ord(first), ord(last) + 1)
}
_invisible = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\ufe00-\ufe0f]")
_forbidden = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_spaces = re.compile(r"\s+")
_neutralised = re.compile(rf"^'+[{re.escape(FORMULA_STARTS)}]")
_needs_neutralising = re.compile(rf"^'*[{re.escape(FORMULA_STARTS)}]")


class CellError(ValueError):
    """Why a cell cannot be taken: an English sentence to be translated, and its values.

    Both are plain, so that they can be stored and shown in the reader's language later.
    """

    def __init__(self, message: str, **values: str | int):
        super().__init__(message, values)
        self.message, self.values = message, values

    def __str__(self) -> str:
        return render(self.message, self.values)


def render(message: str, values: dict) -> str:
    """A stored message in the present language."""
    return gettext(message) % values if values else gettext(message)


def neutralise(text: str) -> str:
    """Text that a spreadsheet will not take for a formula; `restore` is its exact inverse.

    One apostrophe is put before text that begins with = + - @, a tab or a line break (or with
    apostrophes followed by one of these), and nothing else is touched.
    """
    return f"'{text}" if _needs_neutralising.match(text) else text


def restore(text: str) -> str:
    """Take back the apostrophe that `neutralise` put there."""
    return text[1:] if _neutralised.match(text) else text


def tidy(value: str) -> str:
    """NFC, trimmed, inner white space single; raises CellError for hidden control characters."""
    if not (value.isascii() and value.isprintable()):
        value = unicodedata.normalize("NFC", value)
        if not value.isprintable():
            value = _invisible.sub("", value)
            if _forbidden.search(value):
                raise CellError(
                    _("There are invisible control characters in the text: type it again.")
                )
    if "  " in value or not value.isprintable():
        value = _spaces.sub(" ", value)
    return value.strip()


def plain(value: object) -> str:
    """A cell's value as a person sees it in the sheet, for messages and for headers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes") if value.time() != dt.time() else str(value.date())
    return _forbidden.sub("\ufffd", str(value)).strip()


def is_blank(value: object) -> bool:
    """Whether the cell says nothing."""
    return value is None or (isinstance(value, str) and value.strip() in BLANKS)


def plain_digits(value: str) -> str:
    """The same text with full-width digits and Latin letters in their plain form."""
    return value if value.isascii() else value.translate(_PLAIN)


def spellings(value: str) -> set[str]:
    """A text as it was typed, and with what is full-width in it in its plain form."""
    if value.isascii():
        return {value}
    return {value, plain_digits(value), unicodedata.normalize("NFKC", value).replace("−", "-")}


def fold(value: str) -> str:
    """Compatibility form for numbers, codes and choices: full-width to half-width, ㎡ to m2."""
    if value.isascii():
        return value.strip().lower()
    text = unicodedata.normalize("NFKC", _invisible.sub("", value))
    return text.strip().lower().replace("−", "-")
