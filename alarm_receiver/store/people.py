"""Operators, their sessions and tokens. Never commits.

It promises that no token can be read back: only hashes are kept. There is no default account;
the first operator of an agency is made with its one-time setup token (`agencies`).
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from alarm_receiver.store.identity import passkey, totp
from alarm_receiver.store.listing import Listing, every
from alarm_receiver.store.registry import NotFound, RegistryError, Taken
from alarm_receiver.store.tables import access, operator

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

TOKEN_MS = 365 * 86_400_000
ID_LETTERS = 20
READ_OUT = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs that are not taken for one another when they are read out."""
SEEN_MS = 60_000
"""How exactly the last use of a session or token is known: not every request writes."""
ALL = "*"
PAIR = 2
WEAK = ("password", "setup")
"""Means that are one factor only."""


class NotAlone(RegistryError):
    """One person alone may not do this; the text says how two can."""


class NotAllowed(Exception):
    """The token, session or setup link does not open anything (any more)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who asks, and with what. `password` is the argon2 hash.

    `door` names his session or token, `means` how he proved who he is when it was made, `scopes`
    what it opens of what his role may; `stale` says that its last use should be noted.
    """

    id: str
    agency: str
    name: str
    role: str
    password: str
    scopes: str = ALL
    means: str = ""
    door: str = ""
    kind: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """What a new session or token is like."""

    kind: str
    means: str
    lasts_ms: int
    idle_ms: int | None = None
    name: str = ""
    scopes: str = ALL
    about: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A session or token as its owner sees it; `id` cannot be turned back into its secret."""

    id: str
    kind: str
    name: str
    scopes: str
    means: str
    about: str
    made_ms: int
    expires_ms: int
    seen_ms: int | None


def hashed(secret: str) -> str:
    """What is stored of a token: it is 32 random bytes, so SHA-256 without salt is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_operator(
    connection: Connection,
    id_: str,
    *,
    agency_id: str,
    name: str,
    password: str,
    role: str,
    now_ms: int,
    made_by: str | None = None,
) -> Operator:
    """Make an operator; `password` is its argon2 hash. Raises Taken, NotAlone.

    `made_by` is the administrator who does; None: nobody here did (the first one, a provider).
    """
    if is_taken(connection, name):
        raise Taken(f"there is or was somebody of the name {name} already")
    if role == "admin" and made_by is not None and administrators(connection, agency_id) >= PAIR:
        raise NotAlone(
            "there are two administrators already, and one alone makes no third: make an account "
            "of another role, then propose make_admin for it"
        )
    connection.execute(
        insert(operator).values(
            id=id_,
            agency=agency_id,
            name=name,
            password=password,
            role=role,
            made_ms=now_ms,
            made_by=made_by,
        )
    )
    return Operator(id_, agency_id, name, role, password)


def administrators(connection: Connection, agency: str) -> int:
    """How many administrators of an agency may sign in."""
    query = select(func.count()).where(
        operator.c.agency == agency, operator.c.role == "admin", operator.c.disabled_ms.is_(None)
    )
    return connection.execute(query).scalar_one()


def by_name(connection: Connection, name: str) -> Operator | None:
    """The operator who signs in as `name`."""
    row = connection.execute(
        select(operator).where(operator.c.name == name, operator.c.disabled_ms.is_(None))
    ).one_or_none()
    return None if row is None else Operator(row.id, row.agency, row.name, row.role, row.password)


def named(connection: Connection, agency: str, name: str) -> Operator:
    """The operator of that name in the agency. Raises NotFound."""
    found = by_name(connection, name)
    if found is None or found.agency != agency:
        raise NotFound(f"no operator {name} who may sign in")
    return found


def entering(connection: Connection, name: str) -> Operator:
    """The operator of that name who may sign in, of whatever agency. Raises NotFound."""
    found = by_name(connection, name)
    if found is None:
        raise NotFound(f"no operator {name} who may sign in")
    return found


def fresh_password() -> str:
    """A password that nobody has chosen, to be read out once: 99 bits in five groups."""
    return "-".join("".join(secrets.choice(READ_OUT) for _ in range(4)) for _ in range(5))


def is_taken(connection: Connection, name: str) -> bool:
    """Whether somebody has or had this name, in whatever agency and however it is written.

    Letters' cases are not compared by the database: it knows those of English alone.
    """
    names = connection.execute(select(operator.c.name)).scalars()
    return _plain(name) in {_plain(one) for one in names}


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def by_id(connection: Connection, id_: str) -> Operator | None:
    """The operator `id_`, unless he is shut out."""
    row = connection.execute(
        select(operator).where(operator.c.id == id_, operator.c.disabled_ms.is_(None))
    ).one_or_none()
    return None if row is None else Operator(row.id, row.agency, row.name, row.role, row.password)


def grant(connection: Connection, secret: str, operator_id: str, given: Pass, now_ms: int) -> None:
    """Let `secret` stand for the operator as `given` says."""
    connection.execute(
        insert(access).values(
            hash=hashed(secret),
            operator=operator_id,
            kind=given.kind,
            made_ms=now_ms,
            expires_ms=now_ms + given.lasts_ms,
            name=given.name[:80],
            scopes=given.scopes,
            means=given.means,
            about=given.about[:200],
            seen_ms=now_ms,
            idle_ms=given.idle_ms,
        )
    )


def who(connection: Connection, secret: str, kind: str, now_ms: int) -> Operator | None:
    """Whom `secret` stands for now."""
    query = (
        select(operator, access)
        .join(access, access.c.operator == operator.c.id)
        .where(
            access.c.hash == hashed(secret),
            access.c.kind == kind,
            *_live(now_ms),
            operator.c.disabled_ms.is_(None),
        )
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Operator(
        row.id,
        row.agency,
        row.name,
        row.role,
        row.password,
        row.scopes,
        row.means,
        row.hash[:ID_LETTERS],
        kind,
        row.seen_ms is None or now_ms - row.seen_ms > SEEN_MS,
    )


def seen(connection: Connection, door: str, now_ms: int) -> None:
    """Note that a session or token was used."""
    connection.execute(update(access).where(_named(door)).values(seen_ms=now_ms))


def list_of_entered(operator_id: str, kind: str, now_ms: int) -> Listing:
    """The live sessions or tokens of an operator, newest first; each row is an Entered."""
    id_ = func.substr(access.c.hash, 1, ID_LETTERS)
    query = select(
        *(id_.label("id"), access.c.kind, access.c.name, access.c.scopes, access.c.means),
        *(access.c.about, access.c.made_ms, access.c.expires_ms, access.c.seen_ms),
    ).where(access.c.operator == operator_id, access.c.kind == kind, *_live(now_ms))
    return Listing("entered", query, (access.c.made_ms, id_), (operator_id, kind), falling=True)


def entered(connection: Connection, operator_id: str, kind: str, now_ms: int) -> list[Entered]:
    """All live sessions or tokens of an operator, newest first."""
    rows = every(connection, list_of_entered(operator_id, kind, now_ms))
    return [Entered(**row) for row in rows]


def revoke(connection: Connection, operator_id: str, door: str, now_ms: int) -> None:
    """End one session or token of the operator. Raises NotFound."""
    mine = (access.c.operator == operator_id, access.c.revoked_ms.is_(None), _named(door))
    if connection.execute(update(access).where(*mine).values(revoked_ms=now_ms)).rowcount != 1:
        raise NotFound("no such session or token")


def came_from(connection: Connection, operator_id: str, address: str) -> bool:
    """Whether the operator has signed in from `address` before; as long as sessions are kept."""
    query = select(access.c.hash).where(
        access.c.operator == operator_id,
        access.c.kind == "session",
        or_(access.c.about == address, access.c.about.startswith(f"{address} ", autoescape=True)),
    )
    return connection.execute(query.limit(1)).scalar() is not None


def sign_out_everywhere(
    connection: Connection, operator_id: str, now_ms: int, *, but: str = "", tokens: bool = False
) -> int:
    """End all sessions of the operator but one, and with `tokens` those too; how many."""
    kinds = ("session", "token") if tokens else ("session",)
    mine = [
        access.c.operator == operator_id,
        access.c.revoked_ms.is_(None),
        access.c.kind.in_(kinds),
    ]
    if but:
        mine.append(~_named(but))
    return connection.execute(update(access).where(*mine).values(revoked_ms=now_ms)).rowcount


def strengthen(connection: Connection, door: str, means: str) -> None:
    """Let a session count as made with `means`, because they were just shown."""
    connection.execute(update(access).where(_named(door)).values(means=means))


def _live(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    idle = access.c.idle_ms.is_(None) | (access.c.seen_ms + access.c.idle_ms > now_ms)
    return (access.c.revoked_ms.is_(None), access.c.expires_ms > now_ms, idle)


def _named(door: str) -> ColumnElement[bool]:
    """The session or token whose hash begins with `door`, its public name."""
    return func.substr(access.c.hash, 1, ID_LETTERS) == door


def withdraw(connection: Connection, secret: str, now_ms: int) -> None:
    """End a session or a token."""
    connection.execute(
        update(access).where(access.c.hash == hashed(secret)).values(revoked_ms=now_ms)
    )


def list_of(agency: str) -> Listing:
    """The operators of an agency by name, and with which factors they have; see `shown`."""
    keys = select(func.count()).where(passkey.c.operator == operator.c.id).scalar_subquery()
    codes = select(func.count()).where(totp.c.operator == operator.c.id).scalar_subquery()
    last = select(func.max(access.c.seen_ms)).where(access.c.operator == operator.c.id)
    query = select(
        operator.c.id,
        operator.c.name,
        operator.c.role,
        operator.c.disabled_ms,
        keys.label("passkeys"),
        codes.label("codes"),
        last.scalar_subquery().label("seen_ms"),
    ).where(operator.c.agency == agency)
    return Listing("operators", query, (operator.c.name,), (agency,))


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `list_of` as people read it."""
    disabled = row.pop("disabled_ms") is not None
    return row | {"disabled": disabled, "codes": bool(row["codes"])}


def everyone(connection: Connection, agency: str) -> list[dict[str, Any]]:
    """All operators of an agency: among which to choose."""
    return [shown(row) for row in every(connection, list_of(agency))]


def put_password(connection: Connection, operator_id: str, password: str) -> None:
    """Give the operator another password; it is the argon2 hash."""
    change = update(operator).where(operator.c.id == operator_id)
    connection.execute(change.values(password=password))


def put_role(connection: Connection, operator_id: str, role: str) -> None:
    """Give the operator another role."""
    connection.execute(update(operator).where(operator.c.id == operator_id).values(role=role))


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
