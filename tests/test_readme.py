"""The README names every setting, command and role that there is, and none that is not."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from compounds.classification.models import Decision, Override, Policy, Run, Trial
from compounds.providers.models import Invitation, Provider
from compounds.registry.models import Adjacency, Building, Compound, Entrance
from governance.organisation.models import Area, Post
from governance.organisation.scope import Role

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.M | re.S)[1]


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.M))


def test_every_setting_is_listed_and_every_listed_one_is_read():
    source = (ROOT / "governance" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.[a-z]+\(\s*"([A-Z_]+)"', source))
    assert first_cells(section("Settings")) == read


def test_settings_are_read_from_the_environment_in_one_place():
    elsewhere = [
        str(path.relative_to(ROOT))
        for wing in ("governance", "compounds", "subsidies")
        for path in (ROOT / wing).rglob("*.py")
        if re.search(r"os\.environ\[|os\.getenv|environ\.get\(", path.read_text(encoding="utf-8"))
    ]
    assert not elsewhere


def test_every_command_of_ours_is_listed_and_every_listed_one_exists():
    known = get_commands()
    ours = {name for name, app in known.items() if app in settings.ROOMS}
    listed = {cell.split()[1] for cell in first_cells(section("Commands"))}
    assert not ours - listed, "not in the README"
    assert not listed - set(known), "no such command"
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))
    assert not named - set(known), "no such command"


def test_every_make_target_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_on_the_tour(role):
    tour = section("A tour by role")
    assert str(role.value).split("_")[0] in tour.lower()


def test_identifiers_of_the_glossary_exist():
    models = (
        *(Adjacency, Area, Building, Compound, Decision, Entrance, Invitation),
        *(Override, Policy, Post, Provider, Run, Trial),
    )
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for wing in ("governance", "compounds", "subsidies")
        for path in (ROOT / wing).rglob("*.py")
        if "migrations" not in path.parts
    )
    assert all(f"class {model.__name__}(" in source for model in models)
    for line in section("Glossary").splitlines():
        for name in re.findall(r"`([A-Za-z_.]+)`", line.rpartition("|")[0].rpartition("|")[2]):
            assert re.search(rf"\b{name.rpartition('.')[2]}\b", source), name


def test_files_named_exist():
    for name in re.findall(r"`((?:tests|seeds|governance|\.ci)/[\w./]+)`", README):
        assert (ROOT / name).exists(), name


def test_readme_names_no_place_of_this_machine():
    assert str(ROOT) not in README
    assert "pypi" not in README.lower()
