"""The watch in words: a value with its unit, a threshold, the sentence of a signal that counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .models import WatchScore
from .rules import watch as rules
from .rules.watch import Result, Test

BAND_CLASS = {"RED": "bad", "YELLOW": "warn", "GREEN": "ok"}
RESULT_CLASS = {Result.HIT: "fail", Result.CLEAR: "pass", Result.UNKNOWN: "unk"}


def value_words(key: str, value: Any, as_of: dt.date) -> str:
    """A value as people say it; a dash where it is unknown."""
    if value is None:
        return "—"
    signal = rules.SIGNALS[key]
    if signal.test is Test.IS:
        return _("yes") if value else _("no")
    if signal.test is Test.AT_LEAST:
        return f"{value} {signal.unit}"
    if signal.test is Test.DAYS_LEFT:
        left = (value - as_of).days
        if left < 0:
            words = ngettext("%(n)s day past", "%(n)s days past", -left) % {"n": -left}
        else:
            words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
        return f"{value.isoformat()} ({words})"
    if signal.test is Test.SINCE:
        if value > as_of:
            return _("until %(day)s") % {"day": value.isoformat()}
        return _("ended on %(day)s") % {"day": value.isoformat()}
    whole, rest = divmod(value, rules.HUNDREDTHS)
    return f"{whole:,}.{rest:02d}{_glued(signal.unit)}"


def threshold_words(key: str, threshold: int | None) -> str:
    """When a signal counts: < 60%, ≥ 2 months, within 90 days; "" where there is no threshold."""
    signal = rules.SIGNALS[key]
    unit = _glued(signal.unit)
    if signal.test is Test.IS:
        return _("if so")
    if signal.test is Test.BELOW:
        return f"< {threshold}{unit}"
    if signal.test is Test.ABOVE:
        return f"> {threshold}{unit}"
    if signal.test is Test.AT_LEAST:
        return f"≥ {threshold}{unit}"
    if signal.test is Test.DAYS_LEFT:
        return _("within %(n)s days") % {"n": threshold}
    return _("within %(n)s months after it") % {"n": threshold}


def _glued(unit) -> str:
    text = str(unit)
    return text if text == "%" or not text else f" {text}"


def names_of(hits: Iterable[str]) -> str:
    """Signals that count, in words and one sentence."""
    names = [str(rules.SIGNALS[key].label) for key in hits if key in rules.SIGNALS]
    return capfirst(_("; ").join(names)) if names else ""


def result_words(result: Result) -> str:
    return {
        Result.HIT: pgettext("signal", "counts"),
        Result.CLEAR: pgettext("signal", "clear"),
        Result.UNKNOWN: _("unknown"),
        Result.NOT_APPLICABLE: _("does not apply"),
    }[result]


@dataclass(frozen=True)
class Line:
    """One signal of a score as a row of its table."""

    label: Any
    meaning: Any
    source: Any
    value: str
    detail: str
    on: dt.date | None
    threshold: str
    result: str
    css: str
    is_hit: bool
    points: int
    weight: int


class Explained:
    """A stored score in words, read from its record alone."""

    def __init__(self, score: WatchScore) -> None:
        self.score = score
        compiled, readings, self.as_of = rules.read_record(score.record)
        self.policy = compiled.policy
        self.trace = compiled.trace(readings, self.as_of)
        self.replays = rules.replays(score.record)
        self._relief = rules.relief(compiled, self.trace)
        self._risk = rules.risk(compiled, self.trace)

    @property
    def lines(self) -> list[Line]:
        """Those that count first, heaviest first; then what is unknown, then the rest."""
        rank = {Result.HIT: 0, Result.UNKNOWN: 1, Result.CLEAR: 2, Result.NOT_APPLICABLE: 3}
        rows = sorted(self.trace, key=lambda row: (rank[row.result], -row.weight.points))
        return [self._line(row) for row in rows]

    def _line(self, row: rules.Trace) -> Line:
        signal, reading = rules.SIGNALS[row.key], row.reading
        return Line(
            signal.label,
            signal.meaning,
            rules.SOURCES[signal.source],
            value_words(row.key, reading.value, self.as_of),
            reading.detail,
            reading.on,
            threshold_words(row.key, row.weight.threshold),
            result_words(row.result),
            RESULT_CLASS.get(row.result, "muted"),
            row.result is Result.HIT,
            row.points,
            row.weight.points,
        )

    @property
    def unknown(self) -> int:
        return sum(1 for row in self.trace if row.result is Result.UNKNOWN)

    @property
    def relief(self) -> str:
        """What would have to clear for the next better band."""
        if not self._relief:
            return ""
        better = _("yellow") if self.score.band == rules.RED else _("green")
        return _("It would be %(band)s if this cleared: %(signals)s.") % {
            "band": better,
            "signals": names_of(self._relief),
        }

    @property
    def risk(self) -> str:
        """What more would bring the next worse band."""
        if not self._risk:
            return ""
        worse = _("red") if self.score.band == rules.YELLOW else _("yellow")
        return _("It would be %(band)s if this came on: %(signals)s.") % {
            "band": worse,
            "signals": names_of(self._risk),
        }


def policy_lines(weights: Iterable[rules.Weight]) -> list[dict[str, Any]]:
    """The table of a policy: every signal of the vocabulary, those without points last."""
    given = {weight.key: weight for weight in weights}
    rows = []
    for key, signal in rules.SIGNALS.items():
        weight = given.get(key) or rules.Weight(key, signal.threshold, 0)
        rows.append(
            {
                "key": key,
                "label": signal.label,
                "meaning": signal.meaning,
                "source": rules.SOURCES[signal.source],
                "threshold": threshold_words(key, weight.threshold),
                "points": weight.points,
            }
        )
    return sorted(rows, key=lambda row: -row["points"])
