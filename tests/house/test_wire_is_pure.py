"""`alarm_wire` imports hashlib, struct, binascii and itself: it must run on a keypad."""

import ast
from pathlib import Path

import pytest

WIRE = sorted((Path(__file__).parents[2] / "alarm_wire").glob("*.py"))
ALLOWED = {"hashlib", "struct", "binascii", "alarm_wire"}


def imported(text):
    """The top-level packages that `text` imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", WIRE, ids=lambda path: path.stem)
def test_the_wire_imports_nothing_else(path):
    assert imported(path.read_text("utf-8")) <= ALLOWED


def test_a_hidden_import_would_be_seen():
    assert imported("def f():\n    import time\n") == {"time"}
