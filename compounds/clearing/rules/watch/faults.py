"""What keeps a watch policy from being published."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .bands import Policy
from .signals import SIGNALS

MOST_POINTS = 100


class Fault(NamedTuple):
    """A fault of a policy and the signal it belongs to; "" for the bands."""

    key: str
    message: Any


def faults_of(policy: Policy) -> tuple[Fault, ...]:
    """All faults, in the order of the policy; () if it is sound."""
    found = []
    if not 0 < policy.yellow_from < policy.red_from:
        found.append(Fault("", _("Yellow must begin above 0, and red above yellow.")))
    seen = set()
    for weight in policy.weights:
        signal = SIGNALS.get(weight.key)
        if signal is None or weight.key in seen:
            found.append(Fault(weight.key, _("This is no signal of the watch, or it is twice.")))
            continue
        seen.add(weight.key)
        if not 0 <= weight.points <= MOST_POINTS:
            found.append(
                Fault(
                    weight.key,
                    _("“%(signal)s”: points lie between 0 and %(most)s.")
                    % {"signal": capfirst(signal.label), "most": MOST_POINTS},
                )
            )
        if signal.has_threshold and (
            weight.threshold is None or not signal.least <= weight.threshold <= signal.most
        ):
            found.append(
                Fault(
                    weight.key,
                    _("“%(signal)s”: the threshold lies between %(least)s and %(most)s.")
                    % {
                        "signal": capfirst(signal.label),
                        "least": signal.least,
                        "most": signal.most,
                    },
                )
            )
    if sum(weight.points for weight in policy.weights) < policy.red_from:
        found.append(Fault("", _("All signals together do not reach red: nothing could be red.")))
    return tuple(found)
