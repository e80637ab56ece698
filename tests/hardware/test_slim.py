"""What is made small still loads and still says the same; what nobody names is gone."""

import ast
import os
import subprocess

import pytest

from hardware.bundle import BundleError, bundle
from hardware.emulated_board.board import ROOT
from hardware.emulated_board.compiled import compile_firmware, find_interpreter
from hardware.slim import _short_names, slim


def test_every_module_that_was_made_small_loads(tmp_path):
    made = compile_firmware(ROOT, tmp_path / "compiled")
    names = [name.removesuffix(".py").replace("/", ".") for name in slim(ROOT)]
    modules = [name for name in names if name.startswith(("keypad.", "alarm_wire."))]
    code = "".join(f"import {name.removesuffix('.__init__')}\n" for name in modules)
    ran = subprocess.run(
        [find_interpreter(), "-c", code + "print('all loaded')"],
        env={**os.environ, "MICROPYPATH": f"{made}:.frozen", "BOARD_FLASH": str(tmp_path / "f")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "all loaded" in ran.stdout, ran.stderr + ran.stdout


def test_no_name_is_asked_for_that_went():
    trees = {name: ast.parse(text) for name, text in slim(ROOT).items()}
    given = {}
    for name, tree in trees.items():
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        given[module] = {
            target.id
            for line in tree.body
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        } | {line.name for line in tree.body if hasattr(line, "name")}
    missing = [
        (name, node.module, alias.name)
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in given
        for alias in node.names
        if alias.name not in given[node.module] and f"{node.module}.{alias.name}" not in given
    ]
    assert missing == []


def test_constants_became_their_values_and_idle_functions_went():
    small = slim(ROOT)
    assert "keypad/app.py" not in small
    core = small["keypad/core.py"] + small["keypad/base.py"]
    assert "SELF_TEST_FAILED" not in core
    assert "KIND_NAMES" not in core
    assert "def open_signal" not in core
    assert "def seal_sent" in core
    assert "TYPE_CHECKING" not in "".join(small.values())
    assert small["main.py"] == (ROOT / "firmware/main.py").read_text("utf-8")


def bundled(**texts):
    """All but `late` in one: {path on the board: source}."""
    work = {f"keypad/{name}.py": ast.parse(text) for name, text in texts.items()}
    parts = tuple(name for name in work if not name.endswith("late.py"))
    bundle(work, {"keypad/core.py": parts}, kept=())
    return {name: ast.unparse(tree) for name, tree in work.items()}


def test_two_modules_with_one_name_each_keep_their_own():
    made = bundled(
        first="_SIZE = b'a'\ndef size():\n    return _SIZE",
        second=(
            "from keypad.first import size as other\n"
            "_SIZE = b'b'\ndef both():\n    return _SIZE + other()"
        ),
        late="from keypad import first\nfrom keypad.second import both\nboth() + first.size()",
    )
    names = {}
    exec(made["keypad/core.py"], names)  # noqa: S102  # what was made, to run it
    assert names["both"]() == b"ba"
    assert made["keypad/late.py"].splitlines()[-1] == "both() + core.size()"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("name = 1", "def ask(name):\n    return name\nname = 2"),
        ("name = 1", "class Other:\n    name = 3\nname = 2"),
        ("Pin = 1", "from machine import Pin"),
        ("import time", "from machine import time"),
        ("made = 0\ndef make():\n    global made\n    made = 1", ""),
        ("def late():\n    from keypad.second import x", "x = 1"),
        ("def print(text): pass", ""),
    ],
)
def test_what_cannot_share_one_set_of_names_is_refused(first, second):
    with pytest.raises(BundleError):
        bundled(first=first, second=second)


def test_attributes_of_one_object_never_get_the_same_short_name():
    trees = {
        "a": "class Base:\n def __init__(self):\n  self._first = 1",
        "b": "class Heir(Base):\n def __init__(self):\n  self._second = 2\n  self._third = 3",
        "c": "class Other:\n def __init__(self, heir):\n  self._own = heir._told",
    }
    short = _short_names({name: ast.parse(text) for name, text in trees.items()})
    assert len({short[name] for name in ("_first", "_second", "_third")}) == 3
    assert short["_told"] not in {short[name] for name in short if name != "_told"}
    assert short["_own"] in {short[name] for name in ("_first", "_second", "_third")}
