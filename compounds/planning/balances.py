"""The drawing of a bundle's money: what has come in less what was spent, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.foundation.charts import Chart
from governance.foundation.drawing import Size, data_table, grouped, pc, rect, svg, words_at

THIN = 1.5  # pixels of a balance of nothing


@dataclass(frozen=True)
class Balances(Chart):
    """Columns above and below nothing; the deepest and the last carry their number."""

    balances: Sequence[int] = ()

    def is_empty(self) -> bool:
        return not any(self.balances)

    def draw(self, size: Size) -> SafeString:
        em, count = size.em, len(self.balances)
        top, bottom = max(*self.balances, 0), min(*self.balances, 0)
        pixels = em * 8.0 / (top - bottom)
        zero = em * 1.6 + top * pixels
        slot = 100 / count
        parts = []
        for at, value in enumerate(self.balances):
            tall = max(abs(value) * pixels, THIN)
            y = zero - tall if value >= 0 else zero
            parts.append(rect(at * slot, y, slot * 0.8, tall, "st3" if value >= 0 else "bad"))
        parts.append(
            format_html(
                '<line class="l-axis" x1="0" x2="100%" y1="{}" y2="{}"/>',
                round(zero, 1), round(zero, 1),
            )
        )  # fmt: skip
        end = em * 11.6
        deepest = min(range(count), key=lambda at: self.balances[at])
        if self.balances[deepest] < 0 and deepest < count - 1:
            right = deepest > count / 2
            parts.append(
                words_at(
                    pc((deepest + right) * slot), zero - em * 0.5, grouped(self.balances[deepest]),
                    cls="v", anchor="end" if right else "start",
                )
            )  # fmt: skip
        last = self.balances[-1]
        parts.append(words_at("100%", em, grouped(last), cls="v", anchor="end"))
        parts.append(words_at("0", end, _("month %(n)s") % {"n": 1}))
        parts.append(words_at("100%", end, _("month %(n)s") % {"n": count}, anchor="end"))
        return svg(self.title, size, em * 12, parts, links=False)

    def table(self) -> SafeString:
        rows = (
            [(_("month %(n)s") % {"n": at}, ""), (grouped(value), "")]
            for at, value in enumerate(self.balances, start=1)
        )
        return data_table(self.title, [_("Month"), _("Balance (yuan)")], rows)
