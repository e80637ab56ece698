"""Rows as PostgreSQL's arrays in text form, a column each; a tenth of what the driver takes for it.

It promises what PostgreSQL's own reader of arrays makes of it is what went in. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def columns(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> list[str]:
    """The columns of `rows`, of these PostgreSQL types, as array text."""
    if not rows:
        return ["{}"] * len(types)
    return [array(values, one) for values, one in zip(zip(*rows, strict=True), types, strict=True)]


def array(values: Sequence[Any], type_: str) -> str:
    """`values` of a PostgreSQL type as the text of an array."""
    if type_ == "bytea":
        return "{" + ",".join(map(_hexadecimal, values)) + "}"
    if type_ in _TEXTS:
        return "{" + (_as_they_are(values) or ",".join(map(_quoted, values))) + "}"
    # Numbers and truth values: Python's own list is PostgreSQL's but for the word for nothing.
    return "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"


def _as_they_are(values: Sequence[str | None]) -> str:
    """`values` in quotes when none of them holds what must be escaped; else nothing."""
    try:
        inner = '","'.join(values)  # type: ignore[arg-type]  # where one is None it raises
    except TypeError:
        return ""
    if "\\" in inner or inner.count('"') != 2 * (len(values) - 1):
        return ""
    return f'"{inner}"' if values else ""


def _quoted(value: str | None) -> str:
    if value is None:
        return "NULL"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hexadecimal(value: bytes | None) -> str:
    return "NULL" if value is None else f'"\\\\x{value.hex()}"'


_TEXTS = ("text", "json")
