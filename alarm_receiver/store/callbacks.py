"""Call-backs of agencies' own systems, each remembered under the id that its sender gave it.

It promises, by the database itself, that a call-back counts once for an endpoint: one that comes
again, recorded by somebody or tried again by its sender, is told apart and does nothing. One that
comes again writes all the same, so that its answer waits for the standby like the first one's.
Never commits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.store.desk import called_back

if TYPE_CHECKING:
    from sqlalchemy import Connection

KEPT_MS = 86_400_000
"""A sender may try for a day; a recorded call-back is believed for 2 x TOLERANCE_S at most."""


class Reused(Exception):
    """The id was used for another call-back, or for this one, which was refused."""


def first(
    connection: Connection, endpoint: str, webhook_id: str, *, page: str, body: bytes, now_ms: int
) -> bool:
    """Note a call-back. False: the very same one was here before, and holds. Raises Reused."""
    connection.execute(delete(called_back).where(called_back.c.at_ms < now_ms - KEPT_MS))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    digest = hashlib.sha256(body).digest()
    row = connection.execute(
        dialect.insert(called_back)
        .values(
            endpoint=endpoint,
            webhook_id=webhook_id,
            page=page,
            digest=digest,
            at_ms=now_ms,
            arrivals=1,
        )
        .on_conflict_do_update(
            index_elements=["endpoint", "webhook_id"],
            set_={"arrivals": called_back.c.arrivals + 1},
        )
        .returning(called_back)
    ).one()
    if (row.page, bytes(row.digest)) != (page, digest):
        raise Reused(f"webhook-id {webhook_id} was used for another call-back; give each its own")
    if row.refused:
        raise Reused(f"refused before: {row.refused}")
    return bool(row.arrivals == 1)


def refuse(connection: Connection, endpoint: str, webhook_id: str, why: str) -> None:
    """Note that it did nothing, so that it does nothing later either."""
    connection.execute(
        update(called_back)
        .where(called_back.c.endpoint == endpoint, called_back.c.webhook_id == webhook_id)
        .values(refused=why[:400])
    )
