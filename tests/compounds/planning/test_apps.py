"""What is compiled is kept apart by the state of the sources."""

import os
from pathlib import Path
from unittest.mock import Mock

from django.apps import apps

from compounds.planning.apps import edition_of


def test_another_source_is_another_edition(tmp_path):
    (tmp_path / "moves.py").write_text("PRICE = 1")
    before = edition_of(tmp_path)
    assert edition_of(tmp_path) == before
    (tmp_path / "moves.py").write_text("PRICE = 2")
    assert edition_of(tmp_path) != before


def test_the_solvers_own_sources_decide(monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setattr("compounds.planning.apps.import_module", Mock())
    config = apps.get_app_config("planning")
    config.ready()
    kept = Path(os.environ["NUMBA_CACHE_DIR"])
    assert kept.parent == tmp_path / "compiled"
    assert kept.name == edition_of(Path(config.path) / "core")
