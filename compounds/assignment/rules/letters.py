"""What the invitations of one compound say."""

from __future__ import annotations

from collections.abc import Iterable

WAITING = "WAITING"
FAILURES = frozenset({"REFUSED", "NO_ANSWER"})


def last_answers(letters: Iterable[tuple[int, int, str]]) -> dict[int, str]:
    """Each firm's last answer, of (round, firm, answer) in order of the rounds.

    A firm asked again and still silent stands by its last answer.
    """
    last: dict[int, str] = {}
    for _round, firm, answer in letters:
        if answer != WAITING or firm not in last:
            last[firm] = answer
    return last


def failed_rounds(letters: Iterable[tuple[int, int, str]]) -> int:
    """In how many rounds every invited firm refused or did not answer."""
    rounds: dict[int, bool] = {}
    for number, _firm, answer in letters:
        rounds[number] = rounds.get(number, True) and answer in FAILURES
    return sum(rounds.values())
