"""Parameters share a few names; what is given by name, or bound inside, keeps its own."""

import ast

import pytest

from hardware.parameters import shorten


def shortened(text):
    tree = ast.parse(text)
    shorten({"keypad/one.py": tree})
    return ast.unparse(tree)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(first, second):\n return first + second", "def f(a, b): return a + b"),
        ("def f(first):\n return lambda: first", "def f(a): return lambda: a"),
        ("f = lambda first: first", "f = lambda a: a"),
        (
            "async def f(first):\n return [first for _ in first]",
            "async def f(a): return [a for _ in a]",
        ),
        ("def f(first, *, given=1):\n return first", "def f(a, *, given=1): return a"),
        (
            "def f(first, given):\n return given\nf(1, given=2)",
            "def f(a, given): return given\nf(1, given=2)",
        ),
        ("first = 1\ndef f(first=first):\n return first", "first = 1\ndef f(a=first): return a"),
        ("a = 1\ndef f(first):\n return a + first", "a = 1\ndef f(b): return a + b"),
        (
            "def f(first):\n def g(second):\n  return first, second\n return g",
            "def f(a):\n def g(b): return a, b\n return g",
        ),
        (
            "def f(first):\n def g(first):\n  return first\n return g",
            "def f(first):\n def g(a): return a\n return g",
        ),
        (
            "def f(first):\n try: pass\n except E as first: pass",
            "def f(first):\n try: pass\n except E as first: pass",
        ),
        ("def f(first):\n import first", "def f(first):\n import first"),
        (
            "def f(first):\n def g():\n  nonlocal first\n  first = 1",
            "def f(first):\n def g():\n  nonlocal first\n  first = 1",
        ),
        (
            "class C:\n def f(self, first):\n  return self.first, first",
            "class C:\n def f(self, a): return self.first, a",
        ),
    ],
)
def test_a_function_says_the_same_with_shorter_names(before, after):
    assert shortened(before) == ast.unparse(ast.parse(after))
