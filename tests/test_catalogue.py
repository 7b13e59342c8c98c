"""The Chinese catalogue is complete, agrees with the code, and is compiled."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "governance" / "locale" / "zh_Hans" / "LC_MESSAGES"
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def catalogue():
    return [entry for entry in polib.pofile(str(FOLDER / "django.po")) if not entry.obsolete]


def texts_of(entry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def where(entry) -> str:
    place = ", ".join(f"{file}:{line}" for file, line in entry.occurrences[:2])
    return f"{entry.msgid!r} ({place})"


def test_every_text_has_its_chinese(catalogue):
    missing = [where(entry) for entry in catalogue if not all(texts_of(entry))]
    assert not missing, "\n".join(missing)


def test_no_translation_is_a_guess(catalogue):
    guessed = [where(entry) for entry in catalogue if entry.fuzzy]
    assert not guessed, "\n".join(guessed)


def test_translations_keep_the_placeholders(catalogue):
    changed = []
    for entry in catalogue:
        asked = sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for text in texts_of(entry):
            if sorted(PLACEHOLDER.findall(text)) != asked:
                changed.append(f"{where(entry)} -> {text!r}")
    assert not changed, "\n".join(changed)


def test_translations_are_chinese(catalogue):
    # Codes, units and names of formats read the same in both languages.
    same = [
        where(entry)
        for entry in catalogue
        for text in texts_of(entry)
        if text == entry.msgid and re.search(r"[a-z]{4}", text) and " " in text
    ]
    assert not same, "\n".join(same)


def test_the_compiled_catalogue_is_fresh(catalogue):
    def key(entry):
        return (entry.msgctxt, entry.msgid, entry.msgid_plural or "", tuple(texts_of(entry)))

    compiled = polib.mofile(str(FOLDER / "django.mo"))
    assert {key(entry) for entry in compiled} == {key(entry) for entry in catalogue}


def test_no_text_hides_inside_an_f_string_where_it_is_not_found():
    hidden = []
    for source in (*ROOT.glob("governance/**/*.py"), *ROOT.glob("compounds/**/*.py")):
        for text in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(text, ast.JoinedStr):
                hidden += [
                    f"{source.relative_to(ROOT)}:{call.lineno}"
                    for call in ast.walk(text)
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MARKERS
                ]
    assert not hidden, "\n".join(hidden)


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_the_code_holds_no_text_that_the_catalogue_lacks(tmp_path, catalogue):
    for name in ("governance", "compounds", "subsidies", "templates", "manage.py"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy(source, tmp_path / name)
    for folder in ("var", "static"):
        (tmp_path / folder).mkdir()
    # Without the former catalogue nothing is carried over.
    fresh = tmp_path / FOLDER.relative_to(ROOT) / "django.po"
    fresh.unlink()
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale=zh_Hans", "--no-wrap"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={"DEMO": "1", "PATH": str(Path(shutil.which("xgettext")).parent) + ":/usr/bin:/bin"},
    )
    found = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(fresh))}
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    assert not found - known, "not in the catalogue"
    assert not known - found, "no longer in the code"
