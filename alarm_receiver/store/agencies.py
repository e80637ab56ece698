"""Agencies of one receiver, and the links with which each gets its first account. Never commits.

It promises that two agencies are told apart by their names, however these are written; that a link
makes one administrator, of its own agency and only while that has no account, and that of several
links the newest opens; and that what the house does with an agency is on the record of both. The
house is the agency that a new receiver works for (`registry.OWN`); its administrators, and who has
the machine, make the others.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update

from alarm_receiver.store.desk import deed
from alarm_receiver.store.listing import Listing, every
from alarm_receiver.store.people import NotAllowed, hashed
from alarm_receiver.store.registry import OWN, NotFound, RegistryError, Taken, make_agency
from alarm_receiver.store.tables import agency, operator, setup, site

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAME_MAX = 80
"""Letters of a name: as many as a person's."""
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
OPENS_MS = 3 * 86_400_000
"""How long a link opens that somebody carries to another house; ours, without a source."""
SPENT = "this setup link was used already, is too old, or a newer one was made"


class Unusable(RegistryError):
    """A name or an id that no agency can have; the text says why."""


def add(connection: Connection, id_: str, name: str, *, actor: str, now_ms: int) -> str:
    """Make an agency and give its id, from its name when `id_` is empty. Raises Taken, Unusable."""
    name = named(name)
    make_agency(connection, OWN, "Own agency")
    _free(connection, name)
    id_ = id_ or _id_of(connection, name)
    if not ID.fullmatch(id_):
        raise Unusable(
            f"{id_!r} is no id of an agency: at most 32 of a-z, 0-9 and -, none at an end"
        )
    if _row(connection, id_) is not None:
        raise Taken(f"there is an agency {id_} already; give another id")
    connection.execute(insert(agency).values(id=id_, name=name))
    _record(connection, id_, "make_agency", actor=actor, now_ms=now_ms, name=name)
    return id_


def rename(connection: Connection, id_: str, name: str, *, actor: str, now_ms: int) -> None:
    """Give an agency another name; its id stays. Raises NotFound, Taken, Unusable."""
    name, before = named(name), name_of(connection, id_)
    _free(connection, name, but=id_)
    connection.execute(update(agency).where(agency.c.id == id_).values(name=name))
    said = {"name": name, "before": before}
    _record(connection, id_, "rename_agency", actor=actor, now_ms=now_ms, **said)


def link(connection: Connection, id_: str, secret: str, *, actor: str, now_ms: int) -> int:
    """Let `secret` make the first account of an agency; until when. Raises NotFound, Taken."""
    name_of(connection, id_)
    if not none_yet(connection, id_):
        raise Taken(
            f"agency {id_} has accounts already: its administrators make further ones at /people"
        )
    until_ms = now_ms + OPENS_MS
    offer_setup(connection, secret, now_ms, id_, until_ms)
    _record(connection, id_, "link_agency", actor=actor, now_ms=now_ms, until_ms=until_ms)
    return until_ms


def name_of(connection: Connection, id_: str) -> str:
    """The name of an agency. Raises NotFound."""
    found = _row(connection, id_)
    if found is None:
        raise NotFound(f"no agency {id_}")
    return str(found.name)


def list_of() -> Listing:
    """Every agency by id, with how many sites and people it has, and until when its link opens."""
    active = operator.c.disabled_ms.is_(None)
    query = select(
        agency.c.id,
        agency.c.name,
        _count(site, site.c.agency).label("sites"),
        _count(operator, operator.c.agency, active).label("people"),
        _count(operator, operator.c.agency, active, operator.c.role == "admin").label("admins"),
        select(func.max(setup.c.until_ms))
        .where(setup.c.agency == agency.c.id, setup.c.used_ms.is_(None))
        .scalar_subquery()
        .label("link_until_ms"),
    )
    return Listing("agencies", query, (agency.c.id,), ())


def everything(connection: Connection) -> list[dict[str, Any]]:
    """All agencies, as `list_of` says."""
    return list(every(connection, list_of()))


def none_yet(connection: Connection, id_: str = OWN) -> bool:
    """Whether an agency never had an account."""
    query = select(func.count()).where(operator.c.agency == id_)
    return connection.execute(query).scalar_one() == 0


def offer_setup(
    connection: Connection, secret: str, now_ms: int, id_: str = OWN, until_ms: int | None = None
) -> None:
    """Make `secret` the only setup token that opens for an agency; None: until it is used."""
    connection.execute(delete(setup).where(setup.c.agency == id_, setup.c.used_ms.is_(None)))
    connection.execute(
        insert(setup).values(hash=hashed(secret), made_ms=now_ms, agency=id_, until_ms=until_ms)
    )


def setup_opens(connection: Connection, secret: str, now_ms: int) -> str | None:
    """The agency for which `secret` is the unused setup token, if it is one."""
    query = select(setup.c.agency).where(*_opens(secret, now_ms))
    found: str | None = connection.execute(query).scalar()
    return found


def use_setup(connection: Connection, secret: str, now_ms: int) -> str:
    """Use up the setup token, and give its agency. Raises NotAllowed when it opens nothing."""
    id_ = setup_opens(connection, secret, now_ms)
    change = update(setup).where(*_opens(secret, now_ms)).values(used_ms=now_ms)
    if id_ is None or connection.execute(change).rowcount != 1 or not none_yet(connection, id_):
        raise NotAllowed(SPENT)
    return id_


def named(name: str) -> str:
    """`name` as an agency has it, without space around it or doubled. Raises Unusable."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX or any(ord(one) < ord(" ") for one in name):
        raise Unusable(f"an agency's name has 1 to {NAME_MAX} letters")
    return name


def _opens(secret: str, now_ms: int) -> tuple[ColumnElement[bool], ...]:
    in_time = setup.c.until_ms.is_(None) | (setup.c.until_ms > now_ms)
    return setup.c.hash == hashed(secret), setup.c.used_ms.is_(None), in_time


def _row(connection: Connection, id_: str) -> Any:
    return connection.execute(select(agency).where(agency.c.id == id_)).one_or_none()


def _free(connection: Connection, name: str, but: str = "") -> None:
    """Raise Taken when an agency has this name, however written: databases know English cases."""
    for row in connection.execute(select(agency.c.id, agency.c.name)):
        if row.id != but and _plain(row.name) == _plain(name):
            raise Taken(f"agency {row.id} is called {row.name} already")


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _id_of(connection: Connection, name: str) -> str:
    """An id that says something in a log: the name in plain letters, or chance where it has none.

    One that is taken gets a number.
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub("[^a-z0-9]+", "-", letters).strip("-")[:24].strip("-")
    plain = plain or f"agency-{secrets.token_hex(4)}"
    taken = set(connection.execute(select(agency.c.id)).scalars())
    count, id_ = 1, plain
    while id_ in taken:
        count += 1
        id_ = f"{plain}-{count}"
    return id_


def _count(table: Any, column: Any, *more: ColumnElement[bool]) -> Any:
    query: Select[Any] = select(func.count()).select_from(table)
    return query.where(column == agency.c.id, *more).scalar_subquery()


def _record(
    connection: Connection, id_: str, what: str, *, actor: str, now_ms: int, **detail: Any
) -> None:
    """The deed, for the house and for the agency itself."""
    for record in dict.fromkeys((OWN, id_)):
        row = {"agency": record, "at_ms": now_ms, "actor": actor[:80], "what": what}
        connection.execute(insert(deed).values(**row, subject=id_, detail=detail))
