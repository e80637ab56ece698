"""Tickets handed to an agency's own system: Standard Webhooks, with a CloudEvents body.

It promises the seal that the Standard Webhooks libraries check (HMAC-SHA-256 over id, time and
body; two of them while a secret is rotated) and the page's id as idempotency key: a page that goes
out twice is one ticket over there. What is handed over is enough to send somebody: where to, under
which police reference, past which hazards. No telephone of the premises is in it: nobody rings a
silent alarm by mistake. Where the URL leads is checked with every page
(`notify.outward`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.domain.webhook import signature
from alarm_receiver.notify.outward import NotAnswered, Outward

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.domain.paged import Paged

GOOD = range(200, 300)
SOURCE = "urn:holdfast:receiver"
"""Who speaks, when PUBLIC_URL is not set and there is no address to name."""


class Webhook:
    """POSTs pages; 2xx means accepted."""

    def __init__(self, now_ms: Callable[[], int], public_url: str, outward: Outward) -> None:
        self._now_ms = now_ms
        self._public_url = public_url.rstrip("/")
        self._outward = outward

    def send(self, paged: Paged) -> str:
        """Hand the ticket over. Raises NotSent."""
        body = json.dumps(self._event(paged), ensure_ascii=False).encode()
        at_s = self._now_ms() // 1000
        headers = {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": paged.page,
            "webhook-timestamp": str(at_s),
            "webhook-signature": " ".join(
                signature(one, paged.page, at_s, body) for one in paged.secrets
            ),
        }
        try:
            status = self._outward.post(paged.address, body, headers)
        except NotAnswered as error:
            raise NotSent(f"{paged.address}: {error}") from error
        if status not in GOOD:
            raise NotSent(f"{paged.address} answered {status}")
        return "accepted"

    def _event(self, paged: Paged) -> dict[str, object]:
        base, there = self._public_url, paged.premises
        known = there.latitude is not None
        spot = {"latitude": there.latitude, "longitude": there.longitude} if known else None
        return {
            "specversion": "1.0",
            "id": paged.page,
            "source": base or SOURCE,
            "type": "holdfast.ticket.paged",
            "subject": paged.ticket,
            "time": paged.opened_at,
            "datacontenttype": "application/json",
            "data": {
                "ticket": paged.ticket,
                "number": paged.number,
                "class": paged.class_,
                "kind": paged.kind,
                "silent": paged.silent,
                "round": paged.round,
                "site": paged.site,
                "site_id": there.id,
                "account": paged.account,
                "place": paged.place,
                "address": there.address,
                "spot": spot,
                "jurisdiction": there.jurisdiction,
                "police_reference": there.police_reference,
                "police_response": there.police_response,
                "hazards": there.hazards,
                "opened_at": paged.opened_at,
                "link": f"{base}/tickets/{paged.ticket}" if base else None,
                "callback": f"{base}/v1/callbacks/{paged.page}",
            },
        }
