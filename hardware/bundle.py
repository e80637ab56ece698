"""Puts the modules that every running keypad has into two: a module of its own costs heap.

It promises the same behaviour: the statements of all of them, in the order of their imports, in one
set of names each. Where two modules use one name for different things, the later one's gets
another; where that could be seen from outside (a parameter of that name, `global`), it refuses.
Whoever imports from one of them, in whatever module, then imports from the one it became.

    bundle(work)     changes {path on the board: tree}: each of BUNDLES holds its parts, which go
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BUNDLES = {
    # what keeps signals: loaded before the settings are judged, while the heap is in one piece
    "keypad/base.py": (
        *("alarm_wire/seal.py", "alarm_wire/signal.py", "alarm_wire/frame.py"),
        *("alarm_wire/backoff.py", "alarm_wire/outbox.py", "keypad/index.py", "keypad/ring.py"),
        *("keypad/keeper.py", "keypad/settings.py", "keypad/boots.py", "keypad/vigil.py"),
        *("keypad/trigger.py", "keypad/address.py", "keypad/link.py"),
    ),
    "keypad/core.py": (
        *("alarm_wire/receipt.py", "keypad/clock.py", "keypad/debounce.py", "keypad/buttons.py"),
        *("keypad/panel.py", "keypad/indicator.py", "keypad/health.py", "keypad/trace.py"),
        *("keypad/answers.py", "keypad/mqtt.py", "keypad/courier.py"),
        "keypad/app.py",
    ),
    # what a setting asks for, with what only that needs
    "keypad/extras.py": ("keypad/swinger.py", "keypad/extras.py"),
    "keypad/inputs.py": ("keypad/loop.py", "keypad/inputs.py"),
    "keypad/entry.py": ("keypad/codes.py", "keypad/latch.py", "keypad/entry.py"),
    "keypad/sounder.py": ("keypad/sounds.py", "keypad/sounder.py"),
}
"""Each part after those that it imports from."""
KEPT_TOO = ("alarm_wire/seal.py",)
"""Also left as it is: programs at the other end of the serial port ask for it by name."""


class BundleError(Exception):
    """Two modules cannot share one set of names: which, and over what."""


def bundle(
    work: dict[str, ast.Module],
    bundles: Mapping[str, tuple[str, ...]] = BUNDLES,
    kept: tuple[str, ...] = KEPT_TOO,
) -> None:
    """Put the parts of each bundle into one and have everybody import from there. BundleError."""
    copies = {name: ast.parse(ast.unparse(work[name])) for name in kept}
    for one, names in bundles.items():
        _join(work, one, names)
    work |= copies


def _join(work: dict[str, ast.Module], one: str, names: tuple[str, ...]) -> None:
    parts = {_module(name): work.pop(name) for name in names}
    _distinct(parts)
    new = _names(parts, {module: _given(tree) for module, tree in parts.items()})
    body: list[ast.stmt] = []
    imports: dict[str, ast.stmt] = {}
    for module, tree in parts.items():
        _Renamed(new[module]).visit(tree)
        _Directed(_module(one), new, inside=True).visit(tree)
        for line in tree.body:
            if isinstance(line, ast.Import | ast.ImportFrom):
                imports[ast.unparse(line)] = line
            elif not isinstance(line, ast.Pass):
                body.append(line)
    for tree in work.values():
        _Directed(_module(one), new, inside=False).visit(tree)
    work[one] = ast.Module([*_joined(list(imports.values())), *body], [])


def _module(name: str) -> str:
    return name.removesuffix(".py").replace("/", ".")


def _given(tree: ast.Module) -> set[str]:
    """What a module itself defines."""
    made = set()
    for line in tree.body:
        if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            made.add(line.name)
        elif isinstance(line, ast.Assign):
            made |= {n.id for t in line.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return made


def _distinct(parts: dict[str, ast.Module]) -> None:
    """Nobody may import one of them late, nor change a name of a module from a function."""
    for module, tree in parts.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                raise BundleError(f"{module} has a global statement")
            late = isinstance(node, ast.ImportFrom) and node not in tree.body
            if late and getattr(node, "module", "") in parts:
                raise BundleError(f"{module} imports a part of the bundle inside a function")


def _names(parts: dict[str, ast.Module], given: dict[str, set[str]]) -> dict[str, dict[str, str]]:
    """Module -> {its name: its name in the bundle}."""
    taken: dict[str, str] = {}
    new: dict[str, dict[str, str]] = {}
    for module, tree in parts.items():
        new[module] = {}
        for name in sorted(given[module]):
            fresh = name
            if name in taken:
                fresh = f"_{module.rsplit('.', 1)[-1]}_{name.strip('_')}"
                _refuse_bound(module, tree, name)
            taken[fresh] = module
            new[module][name] = fresh
    sources: dict[str, str] = dict.fromkeys(dir(builtins), "Python itself") | taken
    for module, tree in parts.items():
        for name, source in _foreign(tree, parts):
            if sources.setdefault(name, source) != source:
                raise BundleError(f"{module} has {name} from {source}, also in {sources[name]}")
    if set(taken) & set(dir(builtins)):
        raise BundleError(f"names of Python itself: {set(taken) & set(dir(builtins))}")
    return new


def _foreign(tree: ast.Module, parts: dict[str, ast.Module]) -> list[tuple[str, str]]:
    """(name, where it comes from) of what a module imports from outside the bundle."""
    found = []
    for line in tree.body:
        module = getattr(line, "module", "")
        if isinstance(line, ast.Import | ast.ImportFrom) and module not in parts:
            for alias in line.names:
                whole = f"{module}.{alias.name}" if module else alias.name
                if whole not in parts:
                    found.append((alias.asname or alias.name, whole))
    return found


def _refuse_bound(module: str, tree: ast.Module, name: str) -> None:
    """A name that is to change may be no parameter and no attribute of a class."""
    for node in ast.walk(tree):
        within = node.body if isinstance(node, ast.ClassDef) else ()
        bound = [t for line in within if isinstance(line, ast.Assign) for t in line.targets]
        parameter = isinstance(node, ast.arg) and node.arg == name
        if parameter or any(getattr(end, "id", "") == name for end in bound):
            raise BundleError(f"{module} uses {name} for something else, too; rename one")


def _joined(lines: list[ast.stmt]) -> list[ast.stmt]:
    """Each name imported once."""
    names: dict[str, dict[str, ast.alias]] = {}
    whole = []
    for line in lines:
        if isinstance(line, ast.ImportFrom):
            table = names.setdefault(line.module or "", {})
            table |= {ast.unparse(alias): alias for alias in line.names}
        else:
            whole.append(line)
    return whole + [ast.ImportFrom(m, list(table.values()), 0) for m, table in names.items()]


class _Renamed(ast.NodeTransformer):
    """A module's own names as they are called in the bundle."""

    def __init__(self, new: dict[str, str]) -> None:
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._new.get(node.id, node.id)
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        for line in node.body:
            if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                line.name = self._new.get(line.name, line.name)
        self.generic_visit(node)
        return node


class _Directed(ast.NodeTransformer):
    """Imports from a part become imports from the one; inside it, nothing at all."""

    def __init__(self, one: str, new: dict[str, dict[str, str]], *, inside: bool) -> None:
        self._one = one
        self._package, _, self._short = one.rpartition(".")
        self._new = new
        self._inside = inside
        self._names: dict[str, str] = {}
        self._modules: dict[str, str] = {}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt] | None:
        if node.module in self._new:
            table = self._new[node.module]
            made = []
            for alias in node.names:
                known = alias.asname or alias.name
                if self._inside:
                    self._names[known] = table[alias.name]
                else:
                    made.append(
                        ast.alias(table[alias.name], known if known != table[alias.name] else None)
                    )
            return ast.ImportFrom(self._one, made, 0) if made else None
        rest = []
        one = False
        for alias in node.names:
            module = f"{node.module}.{alias.name}"
            if module in self._new:
                self._modules[alias.asname or alias.name] = module
                one = True
            else:
                rest.append(alias)
        made_lines: list[ast.stmt] = []
        if rest:
            made_lines.append(ast.ImportFrom(node.module, rest, 0))
        if one and not self._inside:
            made_lines.append(ast.ImportFrom(self._package, [ast.alias(self._short)], 0))
        return made_lines or None

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            name = self._new[self._modules[node.value.id]][node.attr]
            if self._inside:
                return ast.copy_location(ast.Name(name, node.ctx), node)
            return ast.copy_location(
                ast.Attribute(ast.Name(self._short, ast.Load()), name, node.ctx), node
            )
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node
