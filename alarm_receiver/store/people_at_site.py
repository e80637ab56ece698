"""Whom an operator may call for a site, in their order. Read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from alarm_receiver.store.desk import keyholder
from alarm_receiver.store.tables import operator

if TYPE_CHECKING:
    from sqlalchemy import Connection


def keyholders(connection: Connection, site_id: str) -> list[dict[str, Any]]:
    """The keyholders of a site, first to call first."""
    query = select(keyholder).where(keyholder.c.site == site_id).order_by(keyholder.c.rank)
    return [dict(row) for row in connection.execute(query).mappings()]


def colleagues(connection: Connection, agency: str, but: str) -> list[str]:
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
