"""Lists a part at a time, each from where the one before ended. Never commits.

It promises that no list is read whole for a part of it, and that what stands in a list all the time
is in the parts exactly once, whatever is put in or taken out meanwhile: a cursor holds the values
that its list is ordered by, not a count. A cursor opens the list that it was made for, of the same
agency and asked for in the same way, and no other; it is a place, and gives nobody any right.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, tuple_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

COUNT_MAX = 1_000
"""The longest part."""
CURSOR_LETTERS_MAX = 4_000
SCANNED_MAX = 20_000
"""Rows that one part looks through for those that fit; the next part goes on from there."""
_AT_ONCE = 1_000
_INTEGER_MAX = 2**63
_MARK_BYTES = 9
_HEAD = 2
"""A cursor is its direction, its list's mark, and a value for each key."""


class BadCursor(Exception):
    """This is no cursor, or one of another list."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its query, without an order, and the columns that order it and tell its rows apart.

    `about` is whose list it is and what it was asked for. `falling`: the greatest comes first.
    """

    name: str
    query: Select[Any]
    keys: tuple[ColumnElement[Any], ...]
    about: tuple[str, ...]
    falling: bool = False

    @property
    def mark(self) -> str:
        """What binds a cursor to this list."""
        said = json.dumps([self.name, *self.about]).encode()
        return urlsafe_b64encode(hashlib.blake2b(said, digest_size=_MARK_BYTES).digest()).decode()


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list, in its order. `previous` and `next` are cursors; None at an end."""

    rows: list[dict[str, Any]]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: beyond these values, onward or backward."""

    values: tuple[Any, ...] | None
    onward: bool = True


def read(
    connection: Connection,
    listing: Listing,
    cursor: str = "",
    count: int = COUNT_MAX,
    fits: Callable[[dict[str, Any]], bool] | None = None,
) -> Part:
    """At most `count` rows from `cursor` on; those that `fits` takes, where it is given.

    `fits` is for what the databases do not compare alike: text without case in every script.
    Raises BadCursor.
    """
    place = _opened(listing, cursor)
    if place.onward:
        rows, end = _walk(connection, listing, place, count, fits)
        first = rows[0][0] if rows else place.values
        began = place.values is None
        return Part([row for _, row in rows], *_ends(listing, None if began else first, end))
    rows, end = _walk(connection, listing, place, count, fits)
    if end is None:  # the beginning: whole, and not as little as stands before that place
        return read(connection, listing, "", count, fits)
    rows.reverse()
    last = rows[-1][0] if rows else place.values
    return Part([row for _, row in rows], *_ends(listing, end, last))


def every(connection: Connection, listing: Listing) -> Iterator[dict[str, Any]]:
    """The rows of the whole list, of which no more than a part is in memory."""
    at: tuple[Any, ...] | None = None
    while True:
        rows, at = _walk(connection, listing, _Place(at), COUNT_MAX, None)
        for _, row in rows:
            yield row
        if at is None:
            return


def _ends(
    listing: Listing, first: tuple[Any, ...] | None, last: tuple[Any, ...] | None
) -> tuple[str | None, str | None]:
    before = None if first is None else _sealed(listing, _Place(first, onward=False))
    return before, None if last is None else _sealed(listing, _Place(last))


def _walk(
    connection: Connection,
    listing: Listing,
    place: _Place,
    count: int,
    fits: Callable[[dict[str, Any]], bool] | None,
) -> tuple[list[tuple[tuple[Any, ...], dict[str, Any]]], tuple[Any, ...] | None]:
    """Rows with their key values from `place`; and the last place, None where the list ends."""
    found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    at, scanned = place.values, 0
    while True:
        wanted = _AT_ONCE if fits else count + 1
        some = _some(connection, listing, at, place.onward, wanted)
        for here, row in some:
            if len(found) == count:
                return found, found[-1][0]
            at = here
            if fits is None or fits(row):
                found.append((here, row))
        scanned += len(some)
        if len(some) < wanted:
            return found, None
        if scanned >= SCANNED_MAX:
            return found, at


def _some(
    connection: Connection,
    listing: Listing,
    at: tuple[Any, ...] | None,
    onward: bool,
    count: int,
) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """At most `count` rows beyond `at`, each with the values of its keys."""
    falling = listing.falling == onward
    query = listing.query.add_columns(
        *(key.label(f"key_{place}") for place, key in enumerate(listing.keys))
    )
    if at is not None:
        keys = tuple_(*listing.keys)
        there = tuple_(
            *(literal(value, key.type) for value, key in zip(at, listing.keys, strict=True))
        )
        query = query.where(keys < there if falling else keys > there)
    order = [key.desc() if falling else key.asc() for key in listing.keys]
    found = []
    for row in connection.execute(query.order_by(*order).limit(count)).mappings():
        values = dict(row)
        here = tuple(values.pop(f"key_{place}") for place in range(len(listing.keys)))
        found.append((here, values))
    return found


def _sealed(listing: Listing, place: _Place) -> str:
    said = json.dumps(
        ["+" if place.onward else "-", listing.mark, *(place.values or ())],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _opened(listing: Listing, cursor: str) -> _Place:
    """The place of a cursor; the list's beginning when there is none. Raises BadCursor."""
    if not cursor:
        return _Place(None)
    try:
        some = cursor.encode("ascii")[:CURSOR_LETTERS_MAX]
        said = json.loads(urlsafe_b64decode(some + b"=" * (-len(some) % 4)).decode())
    except (ValueError, RecursionError, binascii.Error):
        said = None
    if not isinstance(said, list) or said[:1] not in (["+"], ["-"]):
        raise BadCursor("this is no cursor; take what an answer before this one gave")
    if said[1:2] != [listing.mark]:
        raise BadCursor("this cursor is of another list; begin without one")
    if not _holds(said[_HEAD:], listing.keys):
        raise BadCursor("this cursor was changed; take what an answer before this one gave")
    return _Place(tuple(said[_HEAD:]), onward=said[0] == "+")


def _holds(values: Sequence[Any], keys: Sequence[ColumnElement[Any]]) -> bool:
    """Whether these can be the values of such columns: of their types, and storable."""
    return len(values) == len(keys) and all(
        _number(value) if key.type.python_type is int else _text(value)
        for value, key in zip(values, keys, strict=True)
    )


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INTEGER_MAX


def _text(value: Any) -> bool:
    surrogates = range(0xD800, 0xE000)
    return isinstance(value, str) and not any(
        one == "\0" or ord(one) in surrogates for one in value
    )
