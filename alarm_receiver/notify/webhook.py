"""Tickets handed to an agency's own system: Standard Webhooks, with a CloudEvents body.

It promises the seal that the Standard Webhooks libraries check (HMAC-SHA-256 over id, time and
body; two of them while a secret is rotated) and the page's id as idempotency key: a page that goes
out twice is one ticket over there. Where the URL leads is checked with every page
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


class Webhook:
    """POSTs pages; 2xx means accepted."""

    def __init__(self, now_ms: Callable[[], int], source: str, outward: Outward) -> None:
        self._now_ms = now_ms
        self._source = source
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

    def close(self) -> None:
        """Close connections."""
        self._outward.close()

    def _event(self, paged: Paged) -> dict[str, object]:
        return {
            "specversion": "1.0",
            "id": paged.page,
            "source": self._source,
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
                "account": paged.account,
                "place": paged.place,
                "opened_at": paged.opened_at,
                "callback": f"/v1/callbacks/{paged.page}",
            },
        }
