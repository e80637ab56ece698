"""Takes out of the keypad's classes and functions what nothing there asks for: each costs heap.

It promises the same behaviour on the keypad, given what stands here: no two objects of UNCOMPARED
are compared there, and nobody reads what a WORDLESS error says.

    lean(work)       changes {path on the board: tree}

A class that only names what its heirs must have is nobody's ancestor there. Parameters that may
be given by name alone may be given by place as well: MicroPython keeps a dictionary of the
defaults of the former, and a word each of the latter. Texts of errors that are counted, not
shown, stay away; so do a class's own two entries with its name and its module's.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNCOMPARED = {"Signal", "Moment", "Heartbeat", "Receipt", "Lamps"}
WORDLESS = {"WireError"}
_COMPARING = {"__eq__", "__hash__"}
_OWN = ("__module__", "__qualname__")


def lean(work: Mapping[str, ast.Module]) -> None:
    """Take out what only people, type checkers and other programs ask for."""
    shapes = {
        node.name
        for tree in work.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and _only_a_shape(node)
    }
    for tree in work.values():
        _Lean(shapes).visit(tree)


def _only_a_shape(node: ast.ClassDef) -> bool:
    """Whether every method says no more than that an heir must have it."""
    methods = [line for line in node.body if isinstance(line, ast.FunctionDef)]
    return bool(methods) and all(
        isinstance(line, ast.FunctionDef)
        and [ast.unparse(inner) for inner in line.body] == ["raise NotImplementedError"]
        for line in node.body
    )


class _Lean(ast.NodeTransformer):
    def __init__(self, shapes: set[str]) -> None:
        self._shapes = shapes

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        node.names = [alias for alias in node.names if alias.name not in self._shapes]
        return node if node.names else None

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        if node.name in self._shapes:
            return None
        node.bases = [base for base in node.bases if ast.unparse(base) not in self._shapes]
        if node.name in UNCOMPARED:
            node.body = [line for line in node.body if getattr(line, "name", "") not in _COMPARING]
        if node.name in WORDLESS:
            _silence(node)
        self.generic_visit(node)
        if any(not isinstance(line, ast.Pass) for line in node.body):
            own: list[ast.expr] = [ast.Name(name, ast.Del()) for name in _OWN]
            node.body.insert(0, ast.Delete(own))
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return _placed(self, node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return _placed(self, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node.func) in WORDLESS and len(node.args) > 1:
            node.args[1] = ast.Constant("")
        return node


def _silence(node: ast.ClassDef) -> None:
    """An error without a text: `super().__init__` has nothing to say."""
    for method in node.body:
        for line in getattr(method, "body", ()):
            call = getattr(line, "value", None)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__":
                call.args = []


def _placed(
    visitor: ast.NodeVisitor, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """Let what may be given by name alone be given by place too, where Python has a way."""
    visitor.generic_visit(node)
    given = node.args
    while given.kwonlyargs and given.vararg is None:
        default = given.kw_defaults[0]
        if default is None and given.defaults:
            break  # no parameter without a default may follow one that has it
        given.args.append(given.kwonlyargs.pop(0))
        given.kw_defaults.pop(0)
        if default is not None:
            given.defaults.append(default)
    return node
