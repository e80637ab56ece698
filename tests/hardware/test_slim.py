"""What is made small still loads and still says the same; what nobody names is gone."""

import ast
import os
import subprocess

from hardware.emulated_board.board import ROOT
from hardware.emulated_board.compiled import compile_firmware, find_interpreter
from hardware.slim import slim


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
    assert "SELF_TEST_FAILED" not in small["keypad/app.py"]
    assert "KIND_NAMES" not in small["alarm_wire/signal.py"]
    assert "def open_signal" not in small["alarm_wire/frame.py"]
    assert "def seal_content" in small["alarm_wire/frame.py"]
    assert "TYPE_CHECKING" not in "".join(small.values())
    assert small["main.py"] == (ROOT / "firmware/main.py").read_text("utf-8")
