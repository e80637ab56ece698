"""Gives the parameters of the keypad's functions one set of short names: each name costs heap.

MicroPython keeps the name of every parameter, for calls that give it by name. It promises the same
behaviour: what any call gives by name keeps its name, and so does what a function inside binds in a
way of its own. Names inside a function are its own affair, so every function may use the same few.

    shorten(work)        changes {path on the board: tree}
    shorten_pins(work)   the same, for the pins of boards
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_KEPT = {"self"}


def shorten(work: Mapping[str, ast.Module]) -> None:
    """Rename every parameter that no call in `work` gives by name."""
    given = {
        keyword.arg
        for tree in work.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    }
    for tree in work.values():
        _within(tree, given | _KEPT, frozenset())


def _within(node: ast.AST, kept: set[str | None], outside: frozenset[str]) -> None:
    """The functions in `node`, outer ones first; `outside`: names of those around it."""
    for child in ast.iter_child_nodes(node):
        around = outside
        if isinstance(child, _Function):
            _rename(child, kept, outside)
            around |= _names(child)
        _within(child, kept, around)


def _rename(function: _Function, kept: set[str | None], outside: frozenset[str]) -> None:
    arguments = [*function.args.posonlyargs, *function.args.args]
    taken = set(_names(function) | outside)
    bound = _bound_inside(function)
    new = {}
    for argument in arguments:
        if argument.arg in kept or argument.arg in bound or len(argument.arg) == 1:
            continue
        letter = next((letter for letter in _LETTERS if letter not in taken), None)
        if letter is not None:
            new[argument.arg] = letter
            taken.add(letter)
            argument.arg = letter
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    for part in body:
        for node in ast.walk(part):
            if isinstance(node, ast.Name):
                node.id = new.get(node.id, node.id)


def _names(node: ast.AST) -> frozenset[str]:
    """Every name that stands in `node`, however it is bound."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    names |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    return frozenset(names | _bound_inside(node))


def _bound_inside(function: ast.AST) -> set[str]:
    """Names that something in it binds or declares without an ast.Name, and inner parameters."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            found |= set(node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif node is not function and isinstance(node, _Named):
            found.add(node.name)
        if node is not function and isinstance(node, _Function):
            found |= {n.arg for n in ast.walk(node.args) if isinstance(n, ast.arg)}
    return found


def shorten_pins(work: Mapping[str, ast.Module]) -> None:
    """Give the pins of a board, which only `board.NAME` asks for, short names as well.

    A board's module goes once everything is built; the names of what it had would stay.
    """
    boards = [tree for name, tree in work.items() if name.startswith("boards/")]
    pins = {n.id for t in boards for n in ast.walk(t) if isinstance(n, ast.Name)}
    new = dict(zip(sorted(pins), _few(), strict=False))
    for tree in boards:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = new[node.id]
    for tree in work.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_board(node.value):
                node.attr = new[node.attr]


def _few() -> Iterator[str]:
    yield from _LETTERS
    yield from (f"_{letter}" for letter in _LETTERS)


def _is_board(node: ast.expr) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) in {"board", "_board"}
