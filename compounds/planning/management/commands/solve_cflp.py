"""Solve a published instance of single-source capacitated facility location; needs no database."""

import json
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from compounds.planning.core.cflp import Answer, NoAssignment, check, solve
from compounds.planning.core.cflp_layouts import LAYOUTS, Instance, LayoutError, read

WRONG_FILE, NO_ASSIGNMENT = 2, 3  # exit codes beside 0 and 1
BAR = 24
EVERY = 0.2  # seconds between two drawings of the bar


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=("auto", *LAYOUTS), default="auto")
        parser.add_argument("--capacity", help='figure for the word "capacity" (capa, capb, capc)')
        parser.add_argument("--seconds", type=float, default=60.0, help="at most (60)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="write lines: customer, its facility"
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of lines")

    def handle(self, **options):
        with override(_language()):
            self._solve(**options)

    def _solve(self, *, file: Path, seconds, seed, out: Path | None, **options):
        if not 0 < seconds <= 86_400:
            raise CommandError(_("--seconds must be above 0 and at most a day."))
        try:
            instance = read(file, layout=options["format"], capacity=options["capacity"])
        except LayoutError as error:
            raise CommandError(
                f"{file.name}: {error.said.told(_)}", returncode=WRONG_FILE
            ) from error
        bar = _Bar(self.stderr, seconds)
        with _stopped_by_hand(bar):
            try:
                answer = solve(
                    instance, seconds=seconds, seed=seed, progress=bar.hear, stop=bar.ask
                )
            except NoAssignment as error:
                said = f"{file.name}: {error.said.told(_)}"
                raise CommandError(said, returncode=NO_ASSIGNMENT) from error
            finally:
                bar.clear()
        check(instance, answer.assignment)
        self.stdout.write(
            _written(instance, answer) if options["json"] else _said(instance, answer)
        )
        if out is not None:
            lines = [f"{i} {j + 1}\n" for i, j in enumerate(answer.assignment.tolist(), start=1)]
            try:
                out.write_text("".join(lines), encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{out}: {error.strerror}") from error


def _language() -> str:
    """The product's, unless the terminal speaks English; figures have English names in both."""
    spoken = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if spoken.startswith("en") else get_language()


class _Bar:
    """Time passed, best plan and bound, drawn on a terminal; says whether to stop."""

    def __init__(self, stream, seconds: float) -> None:
        self.stream, self.seconds, self.is_stopped = stream, seconds, False
        self.is_shown = stream.isatty()
        self.begun = self.drawn = time.monotonic()
        self.best = self.bound = None

    def hear(self, best, bound) -> None:
        self.best, self.bound = best, bound
        self._draw()

    def ask(self) -> bool:
        self._draw()
        return self.is_stopped

    def clear(self) -> None:
        if self.is_shown:
            self.stream.write("\r\x1b[K", style_func=str, ending="")

    def _draw(self) -> None:
        now = time.monotonic()
        if not self.is_shown or now - self.drawn < EVERY:
            return
        self.drawn = now
        full = min(BAR, int(BAR * (now - self.begun) / self.seconds))
        best, bound = ("-" if one is None else _plain(one) for one in (self.best, self.bound))
        figures = f"objective {best}, bound {bound}"
        passed = f"{now - self.begun:.0f}/{self.seconds:.0f} s"
        drawn = f"\r\x1b[K[{'#' * full}{'.' * (BAR - full)}] {passed}  {figures}"
        self.stream.write(drawn, style_func=str, ending="")


@contextmanager
def _stopped_by_hand(bar: _Bar):
    """The first Ctrl-C ends the search with the best so far, the second one ends the command."""

    def hear(*_arguments) -> None:
        bar.is_stopped = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _said(instance: Instance, answer: Answer) -> str:
    counts = f"{instance.facilities} facilities, {instance.customers} customers"
    proven = " (proven best)" if answer.proven else ""
    rows = [
        ("objective", _plain(answer.objective)),
        ("bound", _plain(answer.bound)),
        ("gap", f"{answer.gap:.4%}{proven}"),
        ("open", len(set(answer.assignment.tolist()))),
        ("time", f"{answer.seconds:.1f} s"),
    ]
    if instance.published is not None:
        away = answer.objective - instance.published
        rows.append(
            (
                "published",
                f"{_plain(instance.published)} ({away:+f})",
            )
        )
    return "\n".join(
        (
            f"{instance.name}: {counts}, layout {instance.layout}",
            *(f"{name:<10}{said}" for name, said in rows),
        )
    )


def _plain(amount) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written(instance: Instance, answer: Answer) -> str:
    """Facilities are counted from 1, as in the files."""
    return json.dumps(
        {
            "instance": instance.name,
            "layout": instance.layout,
            "facilities": instance.facilities,
            "customers": instance.customers,
            "objective": _plain(answer.objective),
            "bound": _plain(answer.bound),
            "gap": answer.gap,
            "proven": answer.proven,
            "seconds": round(answer.seconds, 2),
            "published": None if instance.published is None else _plain(instance.published),
            "assignment": [int(j) + 1 for j in answer.assignment],
        },
        indent=1,
    )
