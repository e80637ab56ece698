"""Operators, their sessions and tokens, and the one-time setup. Never commits.

It promises that no token can be read back: only hashes are kept. There is no default account;
the first operator is made with the one-time setup token.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from alarm_receiver.store.registry import NotFound
from alarm_receiver.store.tables import access, operator, setup

if TYPE_CHECKING:
    from sqlalchemy import Connection

SESSION_MS = 12 * 3_600_000
"""A session ends with the longest shift."""
TOKEN_MS = 365 * 86_400_000


class NotAllowed(Exception):
    """The token, session or setup link does not open anything (any more)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who asks. `password` is the argon2 hash."""

    id: str
    agency: str
    name: str
    role: str
    password: str


def hashed(secret: str) -> str:
    """What is stored of a token: it is 32 random bytes, so SHA-256 without salt is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def none_yet(connection: Connection) -> bool:
    """Whether no operator exists."""
    return connection.execute(select(func.count()).select_from(operator)).scalar_one() == 0


def offer_setup(connection: Connection, secret: str, now_ms: int) -> None:
    """Make `secret` the only setup token that opens."""
    connection.execute(delete(setup).where(setup.c.used_ms.is_(None)))
    connection.execute(insert(setup).values(hash=hashed(secret), made_ms=now_ms))


def setup_opens(connection: Connection, secret: str) -> bool:
    """Whether `secret` is the unused setup token."""
    query = select(setup.c.hash).where(setup.c.hash == hashed(secret), setup.c.used_ms.is_(None))
    return connection.execute(query).scalar() is not None


def use_setup(connection: Connection, secret: str, now_ms: int) -> None:
    """Use up the setup token. Raises NotAllowed when it is unknown or used."""
    result = connection.execute(
        update(setup)
        .where(setup.c.hash == hashed(secret), setup.c.used_ms.is_(None))
        .values(used_ms=now_ms)
    )
    if result.rowcount != 1 or not none_yet(connection):
        raise NotAllowed("this setup link was used already, or a newer one was printed")


def make_operator(
    connection: Connection,
    id_: str,
    *,
    agency_id: str,
    name: str,
    password: str,
    role: str,
    now_ms: int,
) -> Operator:
    """Make an operator; `password` is its argon2 hash."""
    connection.execute(
        insert(operator).values(
            id=id_, agency=agency_id, name=name, password=password, role=role, made_ms=now_ms
        )
    )
    return Operator(id_, agency_id, name, role, password)


def by_name(connection: Connection, name: str) -> Operator | None:
    """The operator who signs in as `name`."""
    row = connection.execute(
        select(operator).where(operator.c.name == name, operator.c.disabled_ms.is_(None))
    ).one_or_none()
    return None if row is None else Operator(row.id, row.agency, row.name, row.role, row.password)


def grant(connection: Connection, secret: str, operator_id: str, kind: str, now_ms: int) -> None:
    """Let `secret` stand for the operator: kind "session" or "token"."""
    lasts_ms = SESSION_MS if kind == "session" else TOKEN_MS
    connection.execute(
        insert(access).values(
            hash=hashed(secret),
            operator=operator_id,
            kind=kind,
            made_ms=now_ms,
            expires_ms=now_ms + lasts_ms,
        )
    )


def who(connection: Connection, secret: str, kind: str, now_ms: int) -> Operator | None:
    """Whom `secret` stands for now."""
    query = (
        select(operator)
        .join(access, access.c.operator == operator.c.id)
        .where(
            access.c.hash == hashed(secret),
            access.c.kind == kind,
            access.c.revoked_ms.is_(None),
            access.c.expires_ms > now_ms,
            operator.c.disabled_ms.is_(None),
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Operator(row.id, row.agency, row.name, row.role, row.password)


def withdraw(connection: Connection, secret: str, now_ms: int) -> None:
    """End a session or a token."""
    connection.execute(
        update(access).where(access.c.hash == hashed(secret)).values(revoked_ms=now_ms)
    )


def everyone(connection: Connection, agency: str) -> list[dict[str, Any]]:
    """All operators of an agency, without their passwords."""
    query = select(operator).where(operator.c.agency == agency).order_by(operator.c.name)
    return [
        {
            "id": row.id,
            "name": row.name,
            "role": row.role,
            "disabled": row.disabled_ms is not None,
        }
        for row in connection.execute(query)
    ]


def disable(connection: Connection, agency: str, name: str, now_ms: int) -> None:
    """Let an operator in no longer. Raises NotFound."""
    result = connection.execute(
        update(operator)
        .where(
            operator.c.agency == agency,
            operator.c.name == name,
            operator.c.disabled_ms.is_(None),
        )
        .values(disabled_ms=now_ms)
    )
    if result.rowcount != 1:
        raise NotFound(f"no operator {name} who may sign in")
