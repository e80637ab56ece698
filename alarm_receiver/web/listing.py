"""Long lists over the API: so many rows, and where the rest stands (RFC 8288 links).

The body stays the plain list that it ever was. It promises that whoever follows `Link: rel="next"`
until there is none has seen all of it, and that no answer is longer than COUNT_MAX rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from alarm_receiver.store import listing
from alarm_receiver.store.listing import COUNT_MAX, CURSOR_LETTERS_MAX, Listing, Part

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT_MOST = "At most so many rows"
Cursor = Annotated[
    str,
    Query(
        max_length=CURSOR_LETTERS_MAX,
        description='Where to go on: the cursor in the answer\'s `Link` with `rel="next"` (or '
        '`"prev"`). It is of this list, asked for in this way, and of no other.',
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of a list is asked for, and the answer that says where the others are."""

    request: Request
    response: Response
    limit: int
    cursor: str

    def rows(self, connection: Connection, wanted: Listing) -> list[dict[str, Any]]:
        """The rows; the answer gets its links. Raises BadCursor."""
        part = listing.read(connection, wanted, self.cursor, self.limit)
        self.link(part)
        return part.rows

    def link(self, part: Part) -> None:
        """Say in the answer where the parts before and after this one are."""
        url = self.request.url
        kept = [one for one in self.request.query_params.multi_items() if one[0] != "cursor"]
        links = [
            f'<{url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="{rel}"'
            for rel, cursor in (("prev", part.previous), ("next", part.next))
            if cursor
        ]
        if links:
            self.response.headers["Link"] = ", ".join(links)


def asked(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=COUNT_MAX, description=AT_MOST)] = COUNT_MAX,
    cursor: Cursor = "",
) -> Asked:
    """Read which part is asked for; the longest when nothing else is said."""
    return Asked(request, response, limit, cursor)


def asked_few(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500, description=AT_MOST)] = 100,
    cursor: Cursor = "",
) -> Asked:
    """Read which part is asked for; the newest hundred when nothing else is said."""
    return Asked(request, response, limit, cursor)


Listed = Annotated[Asked, Depends(asked)]
ListedFew = Annotated[Asked, Depends(asked_few)]
