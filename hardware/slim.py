"""Makes the keypad's sources small before mpy-cross sees them: what it does not use takes no heap.

It promises the same behaviour: every statement that runs on the keypad still runs. What goes is
what only people and other programs need: blocks for type checkers, constants of whole numbers
(their values stand where their names stood), functions, classes and methods that nothing on the
keypad names, `__repr__`, and the length of private names. The sources stay as they are. It refuses
to guess: a name that also stands in a string somewhere is left alone. Measured in words of 4 bytes:
75.5 KB of a running keypad become 66.0 KB (docs/decisions/0015).

    slim(root)   path on the board -> source text, for the application below `root`
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from hardware.bundle import bundle
from hardware.constants import inline
from hardware.lean import lean
from hardware.parameters import shorten, shorten_pins

if TYPE_CHECKING:
    from pathlib import Path

ROOTS = {"check", "Signer", "load", "blob", "prepare", "forget", "run", "seal", "VERSION"}
"""Names that programs on the other end of the serial port use: provisioning, the bench."""
_PRIVATE = re.compile(r"_[A-Za-z][A-Za-z0-9_]*$")
_KEPT_WHOLE = ("boot.py", "main.py")
_SHORT = "abcdefghijklmnopqrstuvwxyz"
_ANYWHERE = "any class"


def sources(root: Path) -> dict[str, Path]:
    """Path on the board -> source file."""
    found = {name: root / "firmware" / name for name in ("boot.py", "main.py")}
    for base, package in ((root / "firmware", "keypad"), (root / "firmware", "boards")):
        for path in sorted((base / package).rglob("*.py")):
            found[str(path.relative_to(base))] = path
    for path in sorted((root / "alarm_wire").rglob("*.py")):
        found[str(path.relative_to(root))] = path
    return found


def slim(root: Path) -> dict[str, str]:
    """Path on the board -> source text; boot.py and main.py as they are."""
    paths = sources(root)
    texts = {name: path.read_text("utf-8") for name, path in paths.items()}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    work = {name: tree for name, tree in trees.items() if not name.startswith(_KEPT_WHOLE)}
    for tree in work.values():
        _Typeless().visit(tree)
    inline({name: tree for name, tree in work.items() if not name.startswith("boards/")})
    lean(work)
    while _shake(trees, work):
        pass
    shorten_pins(work)
    bundle(work)
    trees = {name: tree for name, tree in trees.items() if name.startswith(_KEPT_WHOLE)} | work
    short = _short_names(trees)
    for tree in work.values():
        _Renamed(short).visit(tree)
    shorten(work)
    return {
        name: ast.unparse(ast.fix_missing_locations(tree)) + "\n" if name in work else texts[name]
        for name, tree in trees.items()
    }


class _Typeless(ast.NodeTransformer):
    """Without blocks for type checkers, annotations, docstrings and `__repr__`."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        self.generic_visit(node)
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        return None if ast.unparse(node.targets[0]) == "TYPE_CHECKING" else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value, lineno=0), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name == "__repr__" else self._bare(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._bare(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = _code(node.body)
        return node

    def _bare(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = _code(node.body)
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
            argument.annotation = None
        for rest in (node.args.vararg, node.args.kwarg):
            if rest is not None:
                rest.annotation = None
        return node


def _code(body: list[ast.stmt]) -> list[ast.stmt]:
    kept = [
        line
        for line in body
        if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
    ]
    return kept or [ast.Pass()]


def _used(trees: dict[str, ast.Module]) -> set[str]:
    """Every name that anything on the keypad may ask for; what stands in strings counts too."""
    used = set(ROOTS)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                used.update(alias.name for alias in node.names)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    return used


def _shake(trees: dict[str, ast.Module], work: dict[str, ast.Module]) -> bool:
    """Drop what nothing names; whether anything went (then more may have become unused)."""
    used = _used(trees)
    size = sum(len(list(ast.walk(tree))) for tree in work.values())
    for tree in work.values():
        tree.body = [line for line in tree.body if _stays(line, used)]
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                node.body = [line for line in node.body if _stays(line, used)] or [ast.Pass()]
            if hasattr(node, "body") and isinstance(node.body, list):
                node.body = [line for line in node.body if not _idle_import(line, tree)] or [
                    ast.Pass()
                ]
    return size != sum(len(list(ast.walk(tree))) for tree in work.values())


def _stays(line: ast.stmt, used: set[str]) -> bool:
    if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return line.name in used or line.name.startswith("__")
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        # a call may do more than give a value
        calls = [n for n in ast.walk(line.value) if isinstance(n, ast.Call)]
        pure = all(ast.unparse(n.func) in {"const", "struct.calcsize", "bytes"} for n in calls)
        return line.targets[0].id in used or not pure
    return True


def _idle_import(line: ast.stmt, tree: ast.Module) -> bool:
    """Take out of an import what the module does not use; whether nothing is left of it."""
    if not isinstance(line, ast.ImportFrom):
        return False
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    line.names = [alias for alias in line.names if (alias.asname or alias.name) in loaded]
    return not line.names


def _short_names(trees: dict[str, ast.Module]) -> dict[str, str]:
    """Private name -> a shorter one, the same everywhere; those used most get the shortest.

    Two names may get the same one when nothing could have both: attributes of classes that are no
    kin, globals of different modules, or an attribute and a global.
    """
    counts: dict[str, int] = {}
    places: dict[str, set[str]] = {}
    kin = _kin(trees)
    for module, tree in trees.items():
        for name, place in _private(tree, module, ""):
            counts[name] = counts.get(name, 0) + 1
            places.setdefault(name, set()).update({place} | kin.get(place, set()))
    used: dict[str, set[str]] = {}
    short = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        number = 0
        while used.get(_shortest(number), set()) & places[name]:
            number += 1
        short[name] = _shortest(number)
        used.setdefault(short[name], set()).update(places[name])
    return short


def _shortest(number: int) -> str:
    high, low = divmod(number, len(_SHORT))
    return "_" + (_SHORT[high - 1] if high else "") + _SHORT[low]


def _private(tree: ast.AST, module: str, owner: str) -> list[tuple[str, str]]:
    """(private name, where it lives): a class, or a module for what is no attribute of `self`."""
    found = []
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.ClassDef) else owner
        name, place = "", f"module {module}"
        if isinstance(node, ast.Attribute):
            name = node.attr
            own = isinstance(node.value, ast.Name) and node.value.id == "self" and owner
            place = owner if own else _ANYWHERE
        elif isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name
            place = owner if isinstance(tree, ast.ClassDef) else place
        elif isinstance(node, ast.ImportFrom):
            found += [
                (known, f"module {module}")
                for alias in node.names
                for known in (alias.name, alias.asname or alias.name)
                if _PRIVATE.match(known)
            ]
        if _PRIVATE.match(name):
            found.append((name, place))
        found += _private(node, module, inner)
    return found


def _kin(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Class -> every class that shares an ancestor or a heir with it; by name, so rather too many.

    What is asked of another object (`other._name`) may be anybody's: ANYWHERE is kin to all.
    """
    classes = {n for t in trees.values() for n in ast.walk(t) if isinstance(n, ast.ClassDef)}
    kin = {node.name: {node.name} for node in classes}
    for _ in classes:
        for node in classes:
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in kin:
                    both = kin[node.name] | kin[base.id]
                    for name in both:
                        kin[name] |= both
    kin[_ANYWHERE] = set(kin)
    return kin


class _Renamed(ast.NodeTransformer):
    def __init__(self, short: dict[str, str]) -> None:
        self._short = short

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        for field in ("id", "attr", "name"):
            before = getattr(node, field, None)
            if isinstance(before, str) and before in self._short:
                setattr(node, field, self._short[before])
        return node
