"""Installers: people with the role `installer`, who hold nothing but a token that soon ends.

An installer has no password that could be guessed or kept: each job gets a fresh token, and the
next one withdraws those before it. Never commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from alarm_receiver.store.people import NotAllowed, hashed
from alarm_receiver.store.tables import access, operator

if TYPE_CHECKING:
    from sqlalchemy import Connection

ROLE = "installer"
HOURS_MAX = 72
"""A token ends with the job; three days cover the longest without a visit to the office."""
_HOUR_MS = 3_600_000


def send_out(
    connection: Connection,
    id_: str,
    *,
    agency_id: str,
    name: str,
    password: str,
    secret: str,
    hours: int,
    now_ms: int,
) -> tuple[str, int]:
    """Let `secret` open the installer's doors for `hours`; the installer's id, and when it ends.

    `password` is the argon2 hash of something that nobody knows. Raises NotAllowed when `name`
    belongs to somebody who is no installer of this agency.
    """
    row = connection.execute(select(operator).where(operator.c.name == name)).one_or_none()
    if row is None:
        connection.execute(
            insert(operator).values(
                id=id_,
                agency=agency_id,
                name=name,
                password=password,
                role=ROLE,
                made_ms=now_ms,
            )
        )
    elif row.role != ROLE or row.agency != agency_id:
        raise NotAllowed(f"{name} has an account of another kind; give the installer another name")
    else:
        id_ = row.id
    call_back(connection, id_, now_ms)
    expires_ms = now_ms + hours * _HOUR_MS
    connection.execute(
        insert(access).values(
            hash=hashed(secret),
            operator=id_,
            kind="token",
            made_ms=now_ms,
            expires_ms=expires_ms,
        )
    )
    return id_, expires_ms


def call_back(connection: Connection, id_: str, now_ms: int) -> int:
    """End every token of the installer `id_`; how many there were."""
    live = (access.c.operator == id_, access.c.revoked_ms.is_(None))
    return connection.execute(update(access).where(*live).values(revoked_ms=now_ms)).rowcount


def is_installer(connection: Connection, agency_id: str, id_: str) -> bool:
    """Whether `id_` is an installer of the agency."""
    query = select(operator.c.id).where(
        operator.c.id == id_, operator.c.agency == agency_id, operator.c.role == ROLE
    )
    return connection.execute(query).scalar() is not None
