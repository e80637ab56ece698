"""Rows as PostgreSQL's arrays in text form, a column each; a tenth of what the driver takes for it.

It promises what PostgreSQL's own reader of arrays makes of it is what went in. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def columns(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> list[str]:
    """The columns of `rows`, of these PostgreSQL types, as array text."""
    if not rows:
        return ["{}"] * len(types)
    return [array(values, one) for values, one in zip(zip(*rows, strict=True), types, strict=True)]


def array(values: Sequence[Any], type_: str) -> str:
    """`values` of a PostgreSQL type as the text of an array."""
    return "{" + ",".join(map(_TEXT.get(type_, _plain), values)) + "}"


def _quoted(value: str | None) -> str:
    if value is None:
        return "NULL"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hexadecimal(value: bytes | None) -> str:
    return "NULL" if value is None else f'"\\\\x{value.hex()}"'


def _plain(value: float | None) -> str:
    """A number or truth value."""
    return "NULL" if value is None else str(value)


_TEXT: dict[str, Callable[[Any], str]] = {
    "text": _quoted,
    "json": _quoted,
    "bytea": _hexadecimal,
}
