"""What a page says about its ticket, read when it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from alarm_receiver.domain.paged import NotSent, Paged, Premises
from alarm_receiver.store import reach
from alarm_receiver.store.tables import signal, site, ticket, zone
from alarm_receiver.store.units import spot

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.pages import Page


_SITE = (
    site.c.id.label("site"),
    site.c.name,
    site.c.account,
    site.c.language,
    site.c.address,
    site.c.jurisdiction,
    site.c.police_reference,
    site.c.police_response,
    site.c.hazards,
)


def read(connection: Connection, page: Page, now_ms: int) -> Paged:
    """The page's content and address. Raises NotSent for an endpoint that is gone."""
    row = connection.execute(
        select(
            ticket.c.number,
            ticket.c.class_.label("class_"),
            ticket.c.kind,
            ticket.c.silent,
            ticket.c.opened_ms,
            *_SITE,
            spot.c.latitude_e6,
            spot.c.longitude_e6,
        )
        .join(site, site.c.id == ticket.c.site)
        .outerjoin(spot, spot.c.site == site.c.id)
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
        class_=row.class_,
        kind=row.kind,
        silent=row.silent,
        round=page.round,
        site=row.name,
        account=row.account,
        place=place or "",
        opened_at=opened.replace("+00:00", "Z"),
        address=address,
        language=reach.language_of(connection, page.target, page.channel) or row.language,
        premises=_premises(row),
        secrets=secrets,
    )


def _premises(row: Any) -> Premises:
    known = row.latitude_e6 is not None
    return Premises(
        id=row.site,
        address=row.address,
        latitude=row.latitude_e6 / 1e6 if known else None,
        longitude=row.longitude_e6 / 1e6 if known else None,
        jurisdiction=row.jurisdiction,
        police_reference=row.police_reference,
        police_response=row.police_response,
        hazards=row.hazards,
    )
