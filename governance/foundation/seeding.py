"""Loading a scenario: calls each room's `seeding.load` in installed order and reports.

A room's `seeding` module has `load(folder, *, by, report)`: it reads its files of the folder,
goes through its own services as the person `by`, and returns how many records it changed (0 if
all was there already). It knows nothing of the other rooms' files.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TextIO

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule
from tqdm import tqdm

_playing: ContextVar[bool] = ContextVar("playing", default=False)


@contextmanager
def playing() -> Iterator[None]:
    """While a scenario is loaded: its acts are of the past, whenever they are written."""
    token = _playing.set(True)
    try:
        yield
    finally:
        _playing.reset(token)


def is_playing() -> bool:
    """Whether a scenario's past is being written."""
    return _playing.get()


class Report:
    """What the rooms tell while they load: sentences, and how far a step has come.

    `report("sentence")` writes a line; `report(done, total)` moves the bar of the present step.
    `wants_accounts` says whether sample accounts may be made.
    """

    def __init__(self, out: TextIO, *, wants_accounts: bool = False, show_bars: bool = True):
        self.out, self.wants_accounts, self.show_bars = out, wants_accounts, show_bars
        self._bar: tqdm | None = None

    def step(self, title: str) -> None:
        """Begin a step; its bar follows the numbers reported."""
        self.end_step()
        self._bar = tqdm(
            desc=str(title),
            total=1,
            file=self.out,
            disable=not self.show_bars,
            bar_format="{desc} {percentage:3.0f}% |{bar:24}| {elapsed}",
        )

    def __call__(self, *told) -> None:
        if len(told) == 2:
            self._move(*told)
        elif told:
            tqdm.write(str(told[0]), file=self.out)

    def _move(self, done: int, total: int) -> None:
        if self._bar is not None:
            self._bar.total = max(int(total), 1)
            if done < self._bar.n:  # a second phase of the same step, such as writing
                self._bar.n = self._bar.last_print_n = 0
            self._bar.update(int(done) - self._bar.n)

    def end_step(self) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.total - self._bar.n)
            self._bar.close()
            self._bar = None


def seeding_modules() -> Iterator[tuple[str, ModuleType]]:
    """(title of the room, its seeding module) for every room that has one, cellar first."""
    by_name = {config.name: config for config in apps.get_app_configs()}
    for room in settings.ROOMS:
        config = by_name[room]
        if room != "governance.foundation" and module_has_submodule(config.module, "seeding"):
            yield str(config.verbose_name), import_module(f"{room}.seeding")


def folder_of(name: str) -> Path:
    return settings.BASE_DIR / "seeds" / name


def scenario_people(folder: Path) -> dict:
    """`works_as` and the sample `accounts` of a scenario; none if it has no people."""
    path = folder / "people.toml"
    if not path.is_file():
        return {"works_as": "", "accounts": []}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def scenarios() -> list[str]:
    """The scenarios that come with the project."""
    return sorted(path.parent.name for path in folder_of(".").glob("*/areas.json"))
