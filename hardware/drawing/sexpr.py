"""S-expressions as KiCad writes them: read to nested lists, write back.

Promises: `parse(dump(x)) == x`. Quoted texts stay apart from bare words (`Quoted`). It knows
nothing of drawings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from hardware.errors import DrawingError

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')
LINE_LENGTH = 110


class Quoted(str):
    """A text that stands in quotation marks in the file."""

    __slots__ = ()


Node: TypeAlias = "str | list[Node]"


def parse(text: str) -> list[Node]:
    """The first expression in `text`."""
    stack: list[list[Node]] = [[]]
    for match in TOKEN.finditer(text):
        quoted, bracket, word = match.groups()
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            if len(stack) == 1:
                break
            done = stack.pop()
            stack[-1].append(done)
        elif word is not None:
            stack[-1].append(word)
        else:
            plain = quoted.replace(r"\n", "\n").replace(r"\"", '"').replace(r"\\", "\\")
            stack[-1].append(Quoted(plain))
    if len(stack) != 1 or not stack[0] or not isinstance(stack[0][0], list):
        raise DrawingError("not a KiCad file: brackets do not close; restore it from git")
    return stack[0][0]


def dump(node: Node, depth: int = 0) -> str:
    """KiCad's way of writing: one child a line once a list is long."""
    if isinstance(node, Quoted):
        plain = node.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        return f'"{plain}"'
    if isinstance(node, str):
        return node
    flat = "(" + " ".join(dump(child, depth + 1) for child in node) + ")"
    if len(flat) + depth < LINE_LENGTH and "\n" not in flat:
        return flat
    head = [child for child in node if isinstance(child, str)]
    rest = [child for child in node if not isinstance(child, str)]
    indent = "\n" + "\t" * (depth + 1)
    body = indent.join(dump(child, depth + 1) for child in rest)
    first = " ".join(dump(child) for child in head)
    return f"({first}{indent}{body}\n" + "\t" * depth + ")"


def children(node: list[Node], head: str) -> Iterator[list[Node]]:
    """Direct children that begin with `head`."""
    for child in node:
        if isinstance(child, list) and child and child[0] == head:
            yield child


def child(node: list[Node], head: str) -> list[Node]:
    """The first child that begins with `head`."""
    for found in children(node, head):
        return found
    raise DrawingError(
        f"no ({head} ...) in ({node[0]} ...): the file is damaged or of another kind"
    )


def text(node: list[Node], head: str) -> str:
    """The first word of the child that begins with `head`."""
    return str(child(node, head)[1])


def walk(node: list[Node], head: str) -> Iterator[list[Node]]:
    """All lists at any depth that begin with `head`."""
    for inner in node:
        if isinstance(inner, list):
            if inner and inner[0] == head:
                yield inner
            yield from walk(inner, head)


def number(value: float) -> str:
    """A coordinate without trailing noise."""
    return f"{round(value, 4) + 0.0:g}"
