"""What is taken out of the keypad's classes is missed by nobody; constants keep their values."""

import ast

import pytest

from hardware.constants import inline
from hardware.emulated_board.board import ROOT
from hardware.lean import UNCOMPARED, WORDLESS, lean
from hardware.parameters import shorten_pins
from hardware.slim import sources

OWN = "del __module__, __qualname__"


def made(change, **texts):
    work = {f"keypad/{name}.py": ast.parse(text) for name, text in texts.items()}
    change(work)
    return {name[7:-3]: ast.unparse(tree) for name, tree in work.items()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a, *, b=1, c=2): return a", "def f(a, b=1, c=2): return a"),
        ("def f(a=0, *, b): return a", "def f(a=0, *, b): return a"),
        ("def f(*, a, b=1, c): return a", "def f(a, b=1, *, c): return a"),
        ("def f(*rest, b=1): return b", "def f(*rest, b=1): return b"),
        ("raise WireError(1, 'so %d' % n)", "raise WireError(1, '')"),
        ("raise Error(1, 'so')", "raise Error(1, 'so')"),
        ("class Error(Exception): pass", "class Error(Exception): pass"),
        (
            "class One:\n def __eq__(self, a): return 1",
            f"class One:\n {OWN}\n def __eq__(self, a): return 1",
        ),
        ("class Lamps:\n x = 1\n def __eq__(self, a): return 1", f"class Lamps:\n {OWN}\n x = 1"),
    ],
)
def test_it_says_the_same_with_less(before, after):
    assert made(lean, one=before)["one"] == ast.unparse(ast.parse(after))


def test_who_only_names_what_heirs_must_have_goes():
    shape = "class Store:\n def read(self): raise NotImplementedError"
    half = "class Half:\n def a(self): raise NotImplementedError\n def b(self): return 1"
    heir = "from keypad.one import Store\nclass Ring(Store):\n def read(self): return 1"
    found = made(lean, one=shape, two=half, three=heir)
    assert found["one"] == ""
    assert "NotImplementedError" in found["two"]
    assert "Store" not in found["three"]


def test_a_constant_is_its_value_wherever_it_was_imported():
    text = "import struct\nA = '!BB8s'\n_B = struct.calcsize(A) + 1\nC = b'x' * 3\nD = bytes(2)\n"
    other = "from keypad.one import A, C, E\ndef f(): return (A, C, E)"
    found = made(inline, one=text + "E = len(A)\ndef f(): return (_B, D)", two=other)
    assert found["one"].endswith("return (11, b'\\x00\\x00')")
    assert found["two"].startswith("from keypad.one import E\n")
    assert found["two"].endswith("return ('!BB8s', b'xxx', E)")


def test_pins_get_short_names_where_a_board_is_asked():
    work = {
        "boards/one.py": ast.parse("PANIC = 4\nLID = 7"),
        "keypad/one.py": ast.parse("f(self._board.LID, start.board.PANIC, Pin.PANIC)"),
    }
    shorten_pins(work)
    assert ast.unparse(work["boards/one.py"]) == "b = 4\na = 7"
    assert ast.unparse(work["keypad/one.py"]) == "f(self._board.a, start.board.b, Pin.PANIC)"


def trees():
    paths = sources(ROOT)
    return {name: ast.parse(path.read_text("utf-8")) for name, path in paths.items()}


def test_nobody_on_the_keypad_asks_what_a_wordless_error_says():
    """Caught by name only for its reason, or not looked at."""
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and node.name and node.type is not None:
                caught = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                if caught & WORDLESS:
                    asked = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
                    reasons = [
                        n
                        for n in ast.walk(node)
                        if isinstance(n, ast.Attribute) and n.attr == "reason"
                    ]
                    uses = sum(n.id == node.name for n in asked)
                    assert uses == len(reasons), name


def test_what_is_never_compared_is_made_where_it_is_used():
    """Signals, heartbeats and receipts are packed and let go: none is put beside another."""
    kept = {name: tree for name, tree in trees().items() if name.startswith("keypad/")}
    for name, tree in kept.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                assert not {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & UNCOMPARED
                texts = [ast.unparse(side) for side in (node.left, *node.comparators)]
                assert not {"receipt", "lamps", "signal", "beat", "sent"} & set(texts), (
                    name,
                    texts,
                )
