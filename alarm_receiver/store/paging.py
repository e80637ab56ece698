"""What a page says about its ticket, read when it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from alarm_receiver.domain.paged import NotSent, Paged
from alarm_receiver.store import reach
from alarm_receiver.store.tables import signal, site, ticket, zone

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.pages import Page


def read(connection: Connection, page: Page, now_ms: int) -> Paged:
    """The page's content and address. Raises NotSent for an endpoint that is gone."""
    row = connection.execute(
        select(ticket, site.c.name, site.c.account, site.c.language)
        .join(site, site.c.id == ticket.c.site)
        .where(ticket.c.id == page.ticket)
    ).one()
    place = connection.execute(
        select(zone.c.name)
        .join(signal, and_(signal.c.site == zone.c.site, signal.c.zone == zone.c.number))
        .where(signal.c.ticket == page.ticket)
        .order_by(signal.c.seq.desc())
        .limit(1)
    ).scalar()
    address = page.address
    secrets: tuple[bytes, ...] = ()
    if page.channel == "webhook":
        found = reach.endpoint_by_id(connection, page.address)
        if found is None or found.disabled_ms is not None:
            raise NotSent("the endpoint was removed")
        address, secrets = found.url, reach.secrets_of(connection, found, now_ms)
    opened = datetime.fromtimestamp(row.opened_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return Paged(
        page=page.id,
        ticket=page.ticket,
        number=row.number,
        class_=row[4],
        kind=row.kind,
        silent=row.silent,
        round=page.round,
        site=row[-3],
        account=row[-2],
        place=place or "",
        opened_at=opened.replace("+00:00", "Z"),
        address=address,
        language=row[-1],
        secrets=secrets,
    )
