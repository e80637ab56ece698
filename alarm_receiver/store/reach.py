"""How people and agencies are reached: addresses of operators, endpoints of agencies.

It promises that an endpoint's secret is stored sealed, and that after a rotation the older one
still holds for `OVERLAP_MS`, in which the other side changes over. Never commits.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from alarm_receiver.store.desk import address, endpoint
from alarm_receiver.store.keybox import box_of
from alarm_receiver.store.listing import Listing
from alarm_receiver.store.registry import NotFound
from alarm_receiver.store.tables import operator

if TYPE_CHECKING:
    from sqlalchemy import Connection

OVERLAP_MS = 86_400_000
SECRET_BYTES = 32


def put_address(
    connection: Connection, agency: str, name: str, *, channel: str, value: str, language: str = ""
) -> None:
    """Set or (with an empty value) remove where an operator is paged. Raises NotFound.

    `language`: what pages there are written in; empty is the language of each site.
    """
    query = select(operator.c.id).where(operator.c.agency == agency, operator.c.name == name)
    id_ = connection.execute(query).scalar()
    if id_ is None:
        raise NotFound(f"no operator {name}")
    connection.execute(
        delete(address).where(address.c.operator == id_, address.c.channel == channel)
    )
    if value:
        connection.execute(
            insert(address).values(operator=id_, channel=channel, value=value, language=language)
        )


def addresses(connection: Connection, agency: str, name: str) -> list[Any]:
    """Where an operator is paged: channel, value and language. Raises NotFound."""
    query = select(operator.c.id).where(operator.c.agency == agency, operator.c.name == name)
    id_ = connection.execute(query).scalar()
    if id_ is None:
        raise NotFound(f"no operator {name}")
    query_all = select(address.c.channel, address.c.value, address.c.language)
    found = query_all.where(address.c.operator == id_).order_by(address.c.channel)
    return list(connection.execute(found))


def language_of(connection: Connection, target: str, channel: str) -> str:
    """What the operator in `target` ("operator:Ada") reads on `channel`; empty: not said."""
    name = target.removeprefix("operator:")
    query = (
        select(address.c.language)
        .join(operator, operator.c.id == address.c.operator)
        .where(operator.c.name == name, address.c.channel == channel)
    )
    return connection.execute(query).scalar() or ""


def make_endpoint(
    connection: Connection,
    id_: str,
    *,
    agency: str,
    name: str,
    url: str,
    secret: bytes,
    now_ms: int,
) -> None:
    """Hand tickets to an agency's system from now on."""
    connection.execute(
        insert(endpoint).values(
            id=id_,
            agency=agency,
            name=name,
            url=url,
            sealed=box_of(connection).seal(secret, row_of(id_)),
            made_ms=now_ms,
        )
    )


def list_of_endpoints(agency: str) -> Listing:
    """The endpoints of an agency that are in use, by name, without their secrets."""
    query = select(endpoint.c.id, endpoint.c.name, endpoint.c.url).where(
        endpoint.c.agency == agency, endpoint.c.disabled_ms.is_(None)
    )
    return Listing("endpoints", query, (endpoint.c.name, endpoint.c.id), (agency,))


def endpoints(connection: Connection, agency: str) -> list[Any]:
    """The endpoints of an agency that are in use."""
    query = select(endpoint).where(endpoint.c.agency == agency, endpoint.c.disabled_ms.is_(None))
    return list(connection.execute(query.order_by(endpoint.c.name)))


def systems(connection: Connection) -> list[tuple[str, str, str]]:
    """(agency, name, URL) of every endpoint in use."""
    query = select(endpoint.c.agency, endpoint.c.name, endpoint.c.url)
    query = query.where(endpoint.c.disabled_ms.is_(None)).order_by("agency", "name")
    return [(row.agency, row.name, row.url) for row in connection.execute(query)]


def endpoint_by_id(connection: Connection, id_: str) -> Any:
    """One endpoint, or None."""
    return connection.execute(select(endpoint).where(endpoint.c.id == id_)).one_or_none()


def endpoint_of(connection: Connection, agency: str, id_: str) -> Any:
    """One endpoint of an agency that is in use. Raises NotFound."""
    found = [one for one in endpoints(connection, agency) if one.id == id_]
    if not found:
        raise NotFound(f"no endpoint {id_}")
    return found[0]


def drop_endpoint(connection: Connection, agency: str, id_: str, now_ms: int) -> str:
    """Hand tickets there no more; its name, which stays its own. Raises NotFound."""
    found = endpoint_of(connection, agency, id_)
    connection.execute(update(endpoint).where(endpoint.c.id == id_).values(disabled_ms=now_ms))
    return str(found.name)


def row_of(id_: str) -> str:
    """The name that an endpoint's secrets are sealed for."""
    return f"endpoint {id_}"


def secrets_of(connection: Connection, found: Any, now_ms: int) -> tuple[bytes, ...]:
    """The secrets that hold for an endpoint at `now_ms`, the newest first."""
    sealed = [found.sealed]
    if found.older is not None and found.older_until_ms > now_ms:
        sealed.append(found.older)
    box = box_of(connection)
    return tuple(box.open(bytes(one), row_of(found.id)) for one in sealed)


def rotate_secret(connection: Connection, agency: str, id_: str, secret: bytes, now_ms: int) -> Any:
    """Give an endpoint a fresh secret; the one before it holds on for OVERLAP_MS. NotFound."""
    found = endpoint_of(connection, agency, id_)
    connection.execute(
        update(endpoint)
        .where(endpoint.c.id == id_)
        .values(
            sealed=box_of(connection).seal(secret, row_of(id_)),
            older=found.sealed,
            older_until_ms=now_ms + OVERLAP_MS,
        )
    )
    return found


def shown_secret(secret: bytes) -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secret).decode()
