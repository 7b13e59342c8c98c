"""The demonstration says clearly what is in its way, and who can log in."""

import os
import socket

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from governance.foundation import seeding
from governance.foundation.management.commands import demo


def test_a_busy_port_is_named_before_anything_is_done(monkeypatch):
    monkeypatch.setattr(demo.Command, "_prepare", lambda *args: pytest.fail("began to work"))
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(CommandError, match=str(port)):
            call_command("demo", port=port)


@override_settings(DEMO=False)
def test_it_does_not_run_on_a_system_that_serves_an_office():
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")


def test_an_unknown_scenario_is_answered_with_the_known_ones():
    assert seeding.scenarios() == ["changzhi", "jingbalu", "wuxiang", "xiaodian", "xinghualing"]
    with pytest.raises(CommandError, match="xiaodian"):
        call_command("load_seeds", "nowhere")


def test_accounts_stand_in_columns_although_chinese_is_wider():
    lines = demo._table([["账号", "a"], ["officer", "区"], ["x", "地"]])
    assert lines == ["账号     a ", "officer  区", "x        地"]


@pytest.mark.django_db
def test_accounts_are_listed_in_both_languages(district):
    rows = demo._account_rows(seeding.folder_of("xiaodian"))
    clerk = next(row for row in rows if row[0] == "clerk")
    assert clerk[3] == "street clerk"
    assert clerk[4] == "坞城街道"
    assert len({row[1] for row in rows}) == len(rows)


def test_static_files_are_collected_again_once_one_of_them_changes(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    assert demo._static_is_stale(), "never collected"
    manifest = tmp_path / "staticfiles.json"
    manifest.write_text("{}")
    assert not demo._static_is_stale(), "collected just now"
    os.utime(manifest, (0, 0))
    assert demo._static_is_stale(), "something changed since"
