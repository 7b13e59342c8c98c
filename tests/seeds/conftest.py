"""The generator, and the committed scenario as rows."""

import datetime as dt
import importlib.util
import io
import sys
import tomllib
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
import python_calamine
from django.core.management import call_command
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "seeds" / "xiaodian"
# Columns of numbers with decimals end so.
EXACT = ("(㎡)", "(%)", "(元)", "·月)", "金额", "得分", "总分")


@pytest.fixture(scope="session")
def generate():
    """seeds/generate.py as a module; it finds its own parts beside itself."""
    sys.path.insert(0, str(ROOT / "seeds"))
    spec = importlib.util.spec_from_file_location("seeds_generate", ROOT / "seeds/generate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["seeds_generate"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "seeds"))


@pytest.fixture(scope="session")
def made(generate):
    """The scenario made afresh, in memory."""
    return generate.make("xiaodian")


@pytest.fixture(scope="session")
def expected():
    return tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def figures():
    return figures_of(FOLDER)


def figures_of(folder: Path) -> dict:
    written = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    return {figure["key"]: figure["value"] for figure in written["figures"]}


@contextmanager
def loaded_scenario(name: str, blocker):
    """The scenario in the test database; taken back afterwards."""
    with blocker.unblock():
        try:
            with transaction.atomic():
                call_command("load_seeds", name, stdout=io.StringIO())
                yield
                transaction.set_rollback(True)
        finally:
            connection.close()


@pytest.fixture(scope="session")
def sheets():
    """The committed workbooks, each row a dict by header."""
    return SimpleNamespace(
        register=rows_of("register.xlsx", "小区摸底台账"),
        buildings=rows_of("register.xlsx", "楼栋表"),
        providers=rows_of("providers.xlsx", "物业企业备案表"),
        invitations=rows_of("invitations.xlsx", "邀约记录表"),
    )


def rows_of(name: str, sheet: str, folder: Path = FOLDER) -> list[dict]:
    book = python_calamine.CalamineWorkbook.from_path(str(folder / name))
    _title, header, *rows = book.get_sheet_by_name(sheet).to_python()
    return [{h: _plain(h, v) for h, v in zip(header, row, strict=True)} for row in rows]


def _plain(header, value):
    if value == "":
        return None
    if isinstance(value, float) and header not in ("经度", "纬度"):
        if header.endswith(EXACT):
            return Decimal(str(value)).quantize(Decimal("0.01"))
        assert value == int(value), (header, value)
        return int(value)
    return value.date() if isinstance(value, dt.datetime) else value
