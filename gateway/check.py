"""Collects what is wrong with a TOML file: each fault with file, line, and what would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Check:
    """Collects faults; each names file, line, what is wrong and what would be right."""

    def __init__(self, path: Path, text: str, tables: dict[str, Any]) -> None:
        self.path = path
        self.tables = tables
        self.faults: list[str] = []
        self._lines = text.splitlines()

    def fault(self, table: str, name: str, what: str, nth: int = 0) -> None:
        """Note a fault of `name` in the `nth` table of that name."""
        line = self._line(table, name, nth)
        label = f"{table}.{name}" if name else table
        self.faults.append(f"{self.path}:{line}: {label}: {what}")

    def get(  # noqa: PLR0917 - table, name and kind of a value, then what is right
        self,
        table: str,
        name: str,
        kind: type | tuple[type, ...],
        default: Any,
        holds: Callable[[Any], bool] = lambda _: True,
        want: str = "",
    ) -> Any:
        """A value of table `table`, its default, or a fault (and the default)."""
        found = self.tables.get(table, {})
        if not isinstance(found, dict) or name not in found:
            if default is None:
                self.fault(table, name, f"missing; write {want}")
            return default
        value = found[name]
        if isinstance(value, bool) or not isinstance(value, kind) or not holds(value):
            self.fault(table, name, f"{value!r}; write {want}")
            return default
        return value

    def _line(self, table: str, name: str, nth: int) -> int:
        """The line of `name` in the `nth` table of that name; the table's own, or 1."""
        inside, seen, head = False, -1, 1
        for number, line in enumerate(self._lines, 1):
            heading = re.match(r"\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]", line)
            if heading:
                inside = heading[1] == table
                seen += inside
                if inside and seen == nth:
                    head = number
            elif (
                inside and seen == nth and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line)
            ):
                return number
        return head


def between(least: float, most: float) -> tuple[Callable[[float], bool], str]:
    """The test and its words."""
    return (lambda value: least <= value <= most), f"{least} to {most}"
