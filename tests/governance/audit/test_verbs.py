"""Every act that the code records has its word in the log."""

import ast
from pathlib import Path

from django.conf import settings

from governance.audit.words import VERBS

ROOT = Path(settings.BASE_DIR)
RECORDERS = {"record", "act_on", "Act"}


def recorded():
    """(file, verb) of every act named by a literal."""
    for folder in ("governance", "compounds", "subsidies"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "audit" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name in RECORDERS and isinstance(first, ast.Constant):
                    yield path.relative_to(ROOT), first.value


def test_every_recorded_act_has_a_word():
    acts = list(recorded())
    assert len(acts) > 50
    assert not [(str(path), verb) for path, verb in acts if verb not in VERBS]
