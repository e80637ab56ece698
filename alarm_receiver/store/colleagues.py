"""Who else works on tickets. Read only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from alarm_receiver.store.tables import operator, ticket

if TYPE_CHECKING:
    from sqlalchemy import Connection


def colleagues(connection: Connection, agency: str, but: str = "") -> list[str]:
    """Names of those who work on tickets in `agency`, without `but`."""
    query = (
        select(operator.c.name)
        .where(
            operator.c.agency == agency,
            operator.c.disabled_ms.is_(None),
            operator.c.role.in_(("operator", "supervisor", "admin")),
            operator.c.name != but,
        )
        .order_by(operator.c.name)
    )
    return list(connection.execute(query).scalars())


def holds(connection: Connection, agency: str) -> dict[str, int]:
    """How many live tickets each operator of `agency` has in his hands; who has none is missing."""
    query = (
        select(ticket.c.holder, func.count())
        .where(ticket.c.agency == agency, ticket.c.state.in_(("acknowledged", "dispatched")))
        .group_by(ticket.c.holder)
    )
    return {str(row[0]).removeprefix("operator:"): row[1] for row in connection.execute(query)}
