"""Measure pages and bulk work in a scratch district, as ratios to the bare work of the same run."""

from functools import partial
from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from governance.dashboards.benchmark.measure import Line, in_child
from governance.dashboards.benchmark.parts import PARTS
from governance.dashboards.benchmark.scratch import build_district, scratch_database

HEADINGS = ("work", "rows", "statements", "CPU ms", "wall ms", "bare CPU ms", "ratio", "aim")
WIDTHS = (46, 8, 11, 11, 11, 12, 7, 6)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--compounds", type=int, nargs="+", default=[1157], help="sizes of the district"
        )
        parser.add_argument("--only", nargs="+", choices=list(PARTS), help="parts to measure")
        parser.add_argument(
            "--rows",
            type=int,
            default=None,
            help="rows to import and edit, postings of the ledger (default: the size)",
        )
        parser.add_argument("--rounds", type=int, default=9, help="visits to each page")

    def handle(self, *, compounds, only, rows, rounds, **options):
        failures, first = [], {}
        for size in compounds:
            with scratch_database() as name:
                began = perf_counter()
                _lines, growth, failure = in_child(partial(_build, size))
                if failure:
                    raise CommandError(failure)
                self.stdout.write(
                    f"\n{size} compounds, {name}, built in {perf_counter() - began:.0f} s"
                )
                self._row(HEADINGS)
                for part in only or PARTS:
                    lines, growth, failure = in_child(
                        lambda part=part, size=size: list(PARTS[part](rounds, rows or size))
                    )
                    for line in lines:
                        self._line(line, first)
                    self.stdout.write(f"{part}: the process grew by {growth:.0f} MB")
                    if failure:
                        failures.append(f"{part} at {size}")
                        self.stderr.write(failure)
        if failures:
            raise CommandError(f"not measured to the end: {', '.join(failures)}")

    def _line(self, line: Line, first: dict) -> None:
        cost, floor = line.cost, line.floor
        aims = []
        if line.limit:
            aims.append(f"≤{line.limit:g}×")
        if line.most_statements:
            aims.append(f"≤{line.most_statements}")
        known = first.setdefault((line.part, line.case), cost.cpu_ms)
        growth = f"  {cost.cpu_ms / known:.2f} × the first size" if known != cost.cpu_ms else ""
        self._row(
            (
                f"{line.part}: {line.case}",
                cost.rows or "",
                cost.statements,
                f"{cost.cpu_ms:.1f}",
                f"{cost.wall_ms:.1f}",
                f"{floor.cpu_ms:.1f}" if floor else "",
                f"{line.ratio:.2f}" if line.ratio else "",
                " ".join(aims),
            ),
            ("  MISSED" if line.is_missed else "") + growth,
        )

    def _row(self, cells, tail: str = "") -> None:
        first, *rest = (str(cell) for cell in cells)
        line = first.ljust(WIDTHS[0]) + "".join(
            cell.rjust(width) for cell, width in zip(rest, WIDTHS[1:], strict=True)
        )
        self.stdout.write(line + tail)


def _build(size: int) -> list[Line]:
    build_district(size)
    return []
