"""Solve a published instance of single-source capacitated facility location; needs no database."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from compounds.planning.core.cflp import Answer, NoAssignment, check, solve
from compounds.planning.core.cflp_layouts import LAYOUTS, Instance, LayoutError, read


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=("auto", *LAYOUTS), default="auto")
        parser.add_argument("--capacity", help='figure for the word "capacity" (capa, capb, capc)')
        parser.add_argument("--seconds", type=float, default=60.0)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the assignment here")

    def handle(self, *, file, seconds, seed, json: Path | None, **options):
        if not 0 < seconds <= 86_400:
            raise CommandError("--seconds must be above 0 and at most a day.")
        try:
            instance = read(file, layout=options["format"], capacity=options["capacity"])
            answer = solve(instance, seconds=seconds, seed=seed)
        except LayoutError as error:
            raise CommandError(f"{file.name}: {error}") from error
        except NoAssignment as error:
            raise CommandError(f"{file.name}: no plan: {error}.") from error
        check(instance, answer.assignment)
        self._say(instance, answer)
        if json is not None:
            try:
                json.write_text(_written(instance, answer), encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{json}: {error.strerror}") from error

    def _say(self, instance: Instance, answer: Answer) -> None:
        lines = [
            f"{instance.name}: {instance.facilities} facilities, {instance.customers} customers,"
            f" layout {instance.layout}",
            f"objective {_plain(answer.objective)}",
            f"bound     {_plain(answer.bound)}",
            f"gap       {answer.gap:.4%}" + (" (proven best)" if answer.proven else ""),
            f"time      {answer.seconds:.1f} s ({answer.method})",
        ]
        if instance.published is not None:
            lines.append(f"published {_plain(instance.published)}")
        self.stdout.write("\n".join(lines))


def _plain(amount) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written(instance: Instance, answer: Answer) -> str:
    """Facilities are counted from 1, as in the files."""
    return json.dumps(
        {
            "instance": instance.name,
            "layout": instance.layout,
            "objective": _plain(answer.objective),
            "bound": _plain(answer.bound),
            "gap": answer.gap,
            "proven": answer.proven,
            "seconds": round(answer.seconds, 2),
            "assignment": [int(j) + 1 for j in answer.assignment],
        },
        indent=1,
    )
