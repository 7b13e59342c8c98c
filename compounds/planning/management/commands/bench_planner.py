"""Plan synthetic districts and print what was reached beside what should be.

Savings are against an office that plans by hand with care and pays no more than each gap. All
seconds are of the processor; a plan has two walkers, each of the seconds asked for. Every plan is
checked in plain Python; a broken rule ends in an error.
"""

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from compounds.planning.core.benching import Outcome, Trial, carry_out, rerun, spread, targets
from compounds.planning.core.finishing import bound_and_better
from compounds.planning.core.inputs import Dials

HEADINGS = (
    "district", "size", "seed", "run", "by hand k/left", "plan k/left", "less", "gap", "share",
    "derive s", "plan s", "bound s", "peak MB", "broken",
)  # fmt: skip
WIDTHS = (24, 6, 4, 4, 15, 13, 6, 6, 6, 8, 7, 7, 7, 6)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--sizes", type=int, nargs="+", default=[296, 983, 5_000, 20_000])
        parser.add_argument("--seeds", type=int, default=3, help="districts of the first size")
        parser.add_argument("--runs", type=int, default=5, help="annealer's seeds on each of them")
        parser.add_argument("--seconds", type=float, default=10.0, help="for up to 600 compounds")
        parser.add_argument(
            "--bound-seconds", type=float, default=0.0, help="for up to 600 compounds; 0: no bound"
        )
        parser.add_argument("--only", nargs="+", help="names of districts to plan, or noise")

    def handle(self, *, sizes, seeds, runs, seconds, bound_seconds, only, **options):
        wanted = [
            trial
            for trial in _trials(sizes, seeds, runs, seconds, bound_seconds)
            if not only or trial.name in only
        ]
        noisy = sizes[0] <= 1_000 and (not only or "noise" in only)
        bar = tqdm(total=len(wanted) + noisy, desc="districts", file=self.stderr, disable=None)
        self._row(HEADINGS)
        outcomes, reruns = [], []
        for trial in wanted:
            outcomes.append(carry_out(trial, _bounded))
            self._row(_cells(outcomes[-1]))
            bar.update()
        if noisy:
            noise = {"size": sizes[0], "seconds": seconds, "bound_seconds": bound_seconds}
            reruns.append(rerun(Trial(name="noise", **noise), _bounded))
            bar.update()
        bar.close()
        self._targets(outcomes, reruns)

    def _row(self, cells) -> None:
        self.stdout.write(
            " ".join(str(cell).rjust(width) for cell, width in zip(cells, WIDTHS, strict=True))
        )

    def _targets(self, outcomes, reruns) -> None:
        self.stdout.write("")
        again = [row for row in outcomes if row.trial.name in ("district", "again")]
        for seed, share in spread(again).items():
            self.stdout.write(f"spread over the annealer's seeds, district {seed}: {share:.1%}")
        broken = False
        for line in targets(outcomes, reruns):
            verdict = "reached" if line.reached else "missed"
            value = f"{line.value:.1%}" if "%" in line.asked else f"{line.value:.0f}"
            self.stdout.write(f"{line.said:<46} {line.asked:>7} {value:>8}  {verdict}")
            broken |= line.said.startswith("rules broken") and not line.reached
        if broken:
            raise CommandError("a plan breaks a rule")


def _bounded(district, plan, seed: int, seconds: float):
    plan, bound = bound_and_better(district, plan, seed=seed, seconds=seconds)
    return plan, bound.value


def _trials(sizes, seeds, runs, seconds, bound_seconds) -> list[Trial]:
    """All districts of the table; larger ones get more seconds, in proportion to their size."""
    first, *larger = sizes
    basis = {"size": first, "seconds": seconds, "bound_seconds": bound_seconds}
    quick = {"size": first, "seconds": seconds}
    trials = [Trial(name="district", seed=seed, **basis) for seed in range(1, seeds + 1)]
    for seed in range(1, seeds + 1):
        trials += [Trial(name="again", seed=seed, run=run, **quick) for run in range(2, runs + 1)]
    for seed in range(1, seeds + 1):
        trials.append(Trial(name="no centres", seed=seed, dials=Dials(centres=False), **quick))
    trials.append(Trial(name="carry 0", dials=Dials(carry=0.0), **basis))
    trials.append(Trial(name="carry 1", dials=Dials(carry=1.0), **quick))
    for economy in ("sparse", "few_bases", "bare_street", "negative"):
        trials.append(Trial(name=economy, economy=economy, **quick))
    for size in larger:
        name = "largest" if size > 10_000 else "large" if size > 2_000 else "few bases"
        trials.append(
            Trial(
                name=name,
                size=size,
                economy="few_bases" if name == "few bases" else "town",
                seconds=seconds * max(size / 667, 1.0),
                bound_seconds=bound_seconds * (10 if size > 10_000 else 1.5),
            )
        )
    return trials


def _cells(outcome: Outcome) -> tuple:
    trial = outcome.trial
    return (
        trial.name,
        trial.size,
        trial.seed,
        trial.run,
        f"{outcome.office.public / 1e3:,.0f}/{outcome.office_left}",
        f"{outcome.plan.public / 1e3:,.0f}/{outcome.left}",
        f"{outcome.saved:.0%}",
        "" if outcome.gap is None else f"{outcome.gap:.1%}",
        "" if outcome.share is None else f"{outcome.share:.1%}",
        f"{outcome.derive_seconds:.2f}",
        f"{outcome.plan_seconds:.0f}",
        f"{outcome.bound_seconds:.0f}",
        f"{outcome.peak_mb:.0f}",
        outcome.breaches,
    )
