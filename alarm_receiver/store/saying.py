"""One condition, said to each engine as it is cheapest there.

PostgreSQL keeps a CHECK, and the WHEN of a trigger, as the text of its tree, and reads all of them
anew for every statement that writes to the table. Lists said value by value were most of 34 KB for
each press: 70 of the 186 us of PostgreSQL's CPU that a lone one took (measured by dropping them). A
list said as one array is a tenth as long. SQLite makes an index of a list each time that it comes
by one, 2 us an alarm, and reads comparisons once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles

if TYPE_CHECKING:
    from collections.abc import Iterable


class ByDialect(ColumnElement[bool]):
    """A condition in the words of PostgreSQL, and in those of every other engine."""

    inherit_cache = False

    def __init__(self, usual: str, postgresql: str) -> None:
        self.usual = usual
        self.postgresql = postgresql

    def __str__(self) -> str:
        return self.usual

    def or_else(self, other: str) -> ByDialect:
        """This condition or the `other`, which is SQL for all."""
        return ByDialect(f"{other} OR {self.usual}", f"{other} OR {self.postgresql}")


def said(column: str, values: Iterable[str], *, among: bool = True) -> ByDialect:
    """That `column` has one of `values`, or none of them; the most usual value first."""
    values = [str(one) for one in values]
    sign, joint = ("=", " OR ") if among else ("<>", " AND ")
    array = f"'{{{','.join(values)}}}'::text[]"
    return ByDialect(
        joint.join(f"{column} {sign} '{one}'" for one in values),
        f"{column} {sign} {'ANY' if among else 'ALL'} ({array})",
    )


@compiles(ByDialect)
def _usual(element: ByDialect, _compiler: Any, **_options: Any) -> str:
    return element.usual


@compiles(ByDialect, "postgresql")
def _on_postgresql(element: ByDialect, _compiler: Any, **_options: Any) -> str:
    return element.postgresql
