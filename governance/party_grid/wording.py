"""Steps of a proposal in sentences: why each is called for, and what it changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from .models.organisations import REACHES
from .rules import Act

# What to check before a step is taken; the form leaves these unticked.
DOUBTFUL = ("TOO_SMALL", "NOT_CALLED_FOR")

SENTENCES = {
    "MANY_GRIDS": gettext_lazy(
        "%(compound)s lies in %(grids)s grids: a branch of the compound, a group for each grid."
    ),
    "ONE_TO_ONE": gettext_lazy(
        "%(compound)s and %(grid)s are one and the same: a branch of the compound with one group."
    ),
    "LEFT_ALONE": gettext_lazy(
        "The other compounds of %(grid)s have branches of their own, so %(compound)s has one too."
    ),
    "GROUP_PER_GRID": gettext_lazy("A group for the part in %(grid)s."),
    "MANY_COMPOUNDS": gettext_lazy(
        "%(grid)s holds %(compounds)s compounds: a branch of the grid, groups by courtyard."
    ),
    "OWN_GROUP": gettext_lazy(
        "%(compound)s has %(members)s full members; a group of its own needs %(least)s."
    ),
    "NO_LEDGER": gettext_lazy(
        "No member of %(compound)s is on record yet, so it keeps a group of its own."
    ),
    "SPLIT": gettext_lazy(
        "The branch would have %(members)s members; the norm is at most %(most)s."
    ),
    "TOO_LARGE": gettext_lazy(
        "It has %(members)s members, more than %(most)s: consider a general branch."
    ),
    "TOO_SMALL": gettext_lazy(
        "It has %(members)s full members, fewer than %(least)s, and no neighbour to join with: "
        "check the ledger before founding it."
    ),
    "JOINT": gettext_lazy(
        "%(units)s units with fewer than %(least)s full members each, %(members)s together: "
        "a joint branch."
    ),
    "FOLLOWS_BRANCH": gettext_lazy("It follows its compound to %(branch)s."),
    "REPLACED": gettext_lazy("Other organisations take its compounds over."),
    "NOT_CALLED_FOR": gettext_lazy(
        "The layout does not call for it, and its compounds have other organisations."
    ),
    "COMPOUND_GONE": gettext_lazy("The compounds it covered have been merged or demolished."),
    "NO_GRID": gettext_lazy("%(compound)s lies in no grid yet. Draw one, then propose anew."),
}

ACT_WORDS = {
    Act.FOUND: pgettext_lazy("step", "found"),
    Act.JOIN: pgettext_lazy("step", "merge"),
    Act.SPLIT: pgettext_lazy("step", "split off"),
    Act.REATTACH: pgettext_lazy("step", "re-attach"),
    Act.DISSOLVE: pgettext_lazy("step", "dissolve"),
    Act.DRAW_GRID: pgettext_lazy("step", "draw a grid"),
}


def sentence(reason: Mapping[str, Any]) -> str:
    """A stored reason as one sentence; an unknown code shows itself."""
    code = reason["code"]
    if code == "SHARED_GROUP":
        count = reason["compounds"]
        text = ngettext(
            "%(compounds)s courtyard with fewer than %(least)s full members has its group here.",
            "%(compounds)s courtyards with fewer than %(least)s full members each share a group.",
            count,
        )
    elif code == "TAKEN_OVER":
        text = ngettext(
            "Another organisation takes %(compounds)s of its compounds over.",
            "Other organisations take %(compounds)s of its compounds over.",
            reason["compounds"],
        )
    else:
        text = str(SENTENCES.get(code, code))
    return text % {name: value for name, value in reason.items() if name != "code"}


def changes_in_words(plan: Mapping[str, Any], names: Mapping[int | str, str]) -> list[str]:
    """What re-attaching changes. `names`: of organisations by id or key, compounds by c + id."""
    said = []
    changes = plan.get("changes") or {}
    if "parent" in changes:
        parent = names.get(changes["parent"]) or _("the community committee")
        said.append(_("Belongs to %(parent)s from now on.") % {"parent": parent})
    if "name" in changes:
        said.append(_("Is called %(name)s from now on.") % {"name": changes["name"]})
    if "reach" in changes:
        reach = dict(REACHES)[changes["reach"]]
        said.append(_("Is organised %(reach)s from now on.") % {"reach": reach})
    elif "grid" in changes or "compound" in changes:
        said.append(_("Stands for another grid or compound from now on."))
    for key, text in (
        ("added", _("Covers besides: %(compounds)s.")),
        ("removed", _("No longer covers: %(compounds)s.")),
    ):
        if plan.get(key):
            said.append(
                text % {"compounds": listed([names.get(f"c{pk}", "?") for pk in plan[key]])}
            )
    return said


def listed(names: Sequence[str], most: int = 5) -> str:
    """A few names; of many, the first and how many there are."""
    if len(names) <= most:
        return "、".join(names)
    return _("%(names)s and %(n)s more") % {
        "names": "、".join(names[:most]),
        "n": len(names) - most,
    }
