"""Puts the value of each constant of the keypad where its name stood: each name costs heap.

It promises the same values. A constant is a name in capitals that a module gives once and for all:
a whole number, a text, bytes, or the length of a struct's form. Whoever imports it, from whatever
module, has the value instead, and the name goes; what is computed in any other way stays as it is.

    inline(work)     changes {path on the board: tree}
    module(name)     what the file of that path is imported as
"""

from __future__ import annotations

import ast
import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*$")
_FOLDED = ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.BitOr | ast.LShift
_Value = int | str | bytes
_Table = dict[str, _Value]


def module(name: str) -> str:
    """keypad/__init__.py is keypad, keypad/app.py is keypad.app."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def inline(work: Mapping[str, ast.Module]) -> None:
    """Put the value of each constant where its name stood."""
    tables: dict[str, _Table] = {module(name): {} for name in work}
    for _ in range(3):  # constants made of constants of other modules
        for name, tree in work.items():
            table = tables[module(name)]
            for line in tree.body:
                if isinstance(line, ast.ImportFrom) and line.module in tables:
                    for alias in line.names:
                        if alias.name in tables[line.module]:
                            table[alias.asname or alias.name] = tables[line.module][alias.name]
                if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
                    continue
                value = _value(line.value, table)
                if value is not None and _CONSTANT.match(line.targets[0].id):
                    table[line.targets[0].id] = value
    for name, tree in work.items():
        _Inlined(tables[module(name)], tables).visit(tree)
        tree.body = [line for line in tree.body if not _told(line, tables[module(name)])]


def _told(line: ast.stmt, table: _Table) -> bool:
    """Whether `line` gives what stands everywhere by now."""
    target = line.targets[0] if isinstance(line, ast.Assign) else None
    return isinstance(target, ast.Name) and target.id in table


def _value(node: ast.expr, known: _Table) -> _Value | None:
    """What `node` stands for, or None."""
    value: _Value | None = None
    if isinstance(node, ast.Constant):
        plain = node.value
        if isinstance(plain, int | str | bytes) and not isinstance(plain, bool):
            value = plain
    elif isinstance(node, ast.Name):
        value = known.get(node.id)
    elif isinstance(node, ast.Call):
        value = _called(node, known)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        below = _value(node.operand, known)
        value = -below if isinstance(below, int) else None
    elif isinstance(node, ast.BinOp) and isinstance(node.op, _FOLDED):
        value = _combined(node.op, _value(node.left, known), _value(node.right, known))
    return value


def _combined(how: ast.operator, left: _Value | None, right: _Value | None) -> _Value | None:
    numbers = isinstance(left, int) and isinstance(right, int)
    repeated = isinstance(left, bytes) and isinstance(right, int) and isinstance(how, ast.Mult)
    if not (numbers or repeated):
        return None
    folded = ast.BinOp(ast.Constant(left), how, ast.Constant(right))
    text = ast.unparse(ast.fix_missing_locations(ast.Expression(folded)))
    made: _Value = eval(text, {"__builtins__": {}})  # noqa: S307  # two values of our own
    return made


def _called(node: ast.Call, known: _Table) -> _Value | None:
    function = ast.unparse(node.func)
    if not node.args:
        return None
    if function == "bytes" and isinstance(node.args[0], ast.Tuple):
        parts = [_value(part, known) for part in node.args[0].elts]
        return bytes([part for part in parts if isinstance(part, int)]) if _whole(parts) else None
    value = _value(node.args[0], known)
    if function == "const":
        return value
    if function == "struct.calcsize" and isinstance(value, str):
        return struct.calcsize(value)
    if function == "bytes" and isinstance(value, int):
        return bytes(value)
    return None


def _whole(parts: list[_Value | None]) -> bool:
    return all(isinstance(part, int) for part in parts)


class _Inlined(ast.NodeTransformer):
    def __init__(self, own: _Table, tables: Mapping[str, _Table]) -> None:
        self._own = dict(own)
        self._tables = tables
        self._modules: dict[str, str] = {}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        table = self._tables.get(node.module or "", {})
        for alias in node.names:
            if alias.name in table:
                self._own[alias.asname or alias.name] = table[alias.name]
            self._modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        node.names = [alias for alias in node.names if alias.name not in table]
        return node if node.names else None

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self._own:
            return ast.copy_location(ast.Constant(self._own[node.id]), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            table = self._tables.get(self._modules[node.value.id], {})
            if node.attr in table:
                return ast.copy_location(ast.Constant(table[node.attr]), node)
        return node
