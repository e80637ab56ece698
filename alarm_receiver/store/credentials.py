"""Passkeys, one-time codes, recovery codes and attempts to enter. Never commits.

It promises that a challenge, a one-time code and a recovery code each open once, whoever asks at
the same moment, and that no secret of codes is stored in clear.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, update

from alarm_receiver.store.identity import attempt, identity, passkey, recovery, totp
from alarm_receiver.store.keybox import box_of
from alarm_receiver.store.registry import NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

ATTEMPT_MS = 300_000
ATTEMPTS_MAX = 20_000
"""Open attempts at once; the oldest give way, so that nobody fills the store with them."""
PASSKEYS_MAX = 20


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of an operator."""

    id: str
    operator: str
    name: str
    public_key: bytes
    counter: int
    made_ms: int
    used_ms: int | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What an operator can show beside his password."""

    passkeys: int
    codes: bool

    @property
    def any(self) -> bool:
        """Whether there is a second factor at all."""
        return bool(self.passkeys) or self.codes


def code_row(operator: str) -> str:
    """The name that an operator's secret of codes is sealed for."""
    return f"totp {operator}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(
    connection: Connection,
    secret: str,
    kind: str,
    now_ms: int,
    operator: str | None = None,
    **detail: Any,
) -> None:
    """Note that something was begun that `secret` finishes within ATTEMPT_MS."""
    connection.execute(delete(attempt).where(attempt.c.expires_ms <= now_ms))
    count = connection.execute(select(func.count()).select_from(attempt)).scalar_one()
    if count >= ATTEMPTS_MAX:
        oldest = select(attempt.c.hash).order_by(attempt.c.expires_ms).limit(ATTEMPTS_MAX // 10)
        connection.execute(delete(attempt).where(attempt.c.hash.in_(oldest)))
    connection.execute(
        insert(attempt).values(
            hash=_hash(secret),
            kind=kind,
            operator=operator,
            detail=detail,
            expires_ms=now_ms + ATTEMPT_MS,
        )
    )


def finish(
    connection: Connection, secret: str, kind: str, now_ms: int
) -> tuple[str | None, dict[str, Any]] | None:
    """Take what was begun with `secret`: whose it is and its detail; None the second time."""
    mine = (attempt.c.hash == _hash(secret), attempt.c.kind == kind)
    query = select(attempt).where(*mine, attempt.c.expires_ms > now_ms)
    row = connection.execute(query).one_or_none()
    taken = connection.execute(delete(attempt).where(*mine)).rowcount
    return (row.operator, row.detail) if row is not None and taken == 1 else None


def look(
    connection: Connection, secret: str, kind: str, now_ms: int
) -> tuple[str | None, dict[str, Any]] | None:
    """What was begun with `secret`, left as it is."""
    query = select(attempt).where(
        attempt.c.hash == _hash(secret), attempt.c.kind == kind, attempt.c.expires_ms > now_ms
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.operator, row.detail)


def factors(connection: Connection, operator: str) -> Factors:
    """What the operator can show beside his password."""
    keys = select(func.count()).select_from(passkey).where(passkey.c.operator == operator)
    codes = select(totp.c.operator).where(totp.c.operator == operator)
    return Factors(
        connection.execute(keys).scalar_one(), connection.execute(codes).scalar() is not None
    )


def passkeys(connection: Connection, operator: str) -> list[Passkey]:
    """The passkeys of an operator, oldest first."""
    query = select(passkey).where(passkey.c.operator == operator).order_by(passkey.c.made_ms)
    return [_passkey(row) for row in connection.execute(query)]


def passkey_by_id(connection: Connection, id_: str) -> Passkey | None:
    """One passkey, whoever it belongs to."""
    row = connection.execute(select(passkey).where(passkey.c.id == id_)).one_or_none()
    return None if row is None else _passkey(row)


def add_passkey(connection: Connection, made: Passkey) -> None:
    """Keep a new passkey."""
    connection.execute(
        insert(passkey).values(
            id=made.id,
            operator=made.operator,
            name=made.name,
            public_key=made.public_key,
            counter=made.counter,
            made_ms=made.made_ms,
        )
    )


def used_passkey(connection: Connection, id_: str, counter: int, now_ms: int) -> bool:
    """Note a use; False when another with the same counter was quicker (a copied key)."""
    result = connection.execute(
        update(passkey)
        .where(passkey.c.id == id_, or_(passkey.c.counter < counter, passkey.c.counter == 0))
        .values(counter=counter, used_ms=now_ms)
    )
    return result.rowcount == 1


def drop_passkey(connection: Connection, operator: str, id_: str) -> None:
    """Forget a passkey of the operator. Raises NotFound."""
    mine = delete(passkey).where(passkey.c.operator == operator, passkey.c.id == id_)
    if connection.execute(mine).rowcount != 1:
        raise NotFound("no such passkey")


def put_codes(
    connection: Connection,
    operator: str,
    *,
    secret: bytes,
    step: int,
    codes: list[str],
    now_ms: int,
) -> None:
    """Let `secret` make the operator's one-time codes, and `codes` his recovery codes."""
    drop_codes(connection, operator)
    sealed = box_of(connection).seal(secret, code_row(operator))
    connection.execute(
        insert(totp).values(operator=operator, sealed=sealed, made_ms=now_ms, last_step=step)
    )
    rows = [{"operator": operator, "hash": _hash(code)} for code in codes]
    connection.execute(insert(recovery), rows)


def drop_codes(connection: Connection, operator: str) -> None:
    """End the operator's one-time codes and recovery codes."""
    connection.execute(delete(recovery).where(recovery.c.operator == operator))
    connection.execute(delete(totp).where(totp.c.operator == operator))


def drop_factors(connection: Connection, operator: str) -> None:
    """End every second factor of the operator, because he has lost them."""
    drop_codes(connection, operator)
    connection.execute(delete(passkey).where(passkey.c.operator == operator))


def code_secret(connection: Connection, operator: str) -> tuple[bytes, int] | None:
    """The secret of the operator's codes, and the newest step that was used."""
    row = connection.execute(select(totp).where(totp.c.operator == operator)).one_or_none()
    if row is None:
        return None
    return box_of(connection).open(bytes(row.sealed), code_row(operator)), row.last_step


def use_step(connection: Connection, operator: str, step: int) -> bool:
    """Use up a step of the codes; False when it or a later one was used already."""
    result = connection.execute(
        update(totp)
        .where(totp.c.operator == operator, totp.c.last_step < step)
        .values(last_step=step)
    )
    return result.rowcount == 1


def use_recovery(connection: Connection, operator: str, code: str, now_ms: int) -> bool:
    """Use up a recovery code; False when it is none of his or was used."""
    result = connection.execute(
        update(recovery)
        .where(
            recovery.c.operator == operator,
            recovery.c.hash == _hash(code),
            recovery.c.used_ms.is_(None),
        )
        .values(used_ms=now_ms)
    )
    return result.rowcount == 1


def recovery_left(connection: Connection, operator: str) -> int:
    """How many recovery codes are unused."""
    query = (
        select(func.count())
        .select_from(recovery)
        .where(recovery.c.operator == operator, recovery.c.used_ms.is_(None))
    )
    return connection.execute(query).scalar_one()


def meant_by(connection: Connection, issuer: str, subject: str) -> str | None:
    """The operator whom the provider means."""
    query = select(identity.c.operator).where(
        identity.c.issuer == issuer, identity.c.subject == subject
    )
    return connection.execute(query).scalar()


def bind(connection: Connection, issuer: str, subject: str, operator: str, now_ms: int) -> None:
    """Let the provider's subject mean the operator from now on."""
    connection.execute(
        insert(identity).values(issuer=issuer, subject=subject, operator=operator, made_ms=now_ms)
    )


def _passkey(row: Any) -> Passkey:
    return Passkey(
        row.id, row.operator, row.name, bytes(row.public_key), row.counter, row.made_ms, row.used_ms
    )
