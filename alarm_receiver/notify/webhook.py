"""Tickets handed to an agency's own system: Standard Webhooks, with a CloudEvents body.

It promises the seal that the Standard Webhooks libraries check (HMAC-SHA-256 over id, time and
body) and the page's id as idempotency key: a page that goes out twice is one ticket over there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.domain.webhook import signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.domain.paged import Paged

TIMEOUT_S = 10.0


class Webhook:
    """POSTs pages; 2xx means accepted."""

    def __init__(self, now_ms: Callable[[], int], source: str) -> None:
        self._now_ms = now_ms
        self._source = source
        self._http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)

    def send(self, paged: Paged) -> str:
        """Hand the ticket over. Raises NotSent."""
        body = json.dumps(self._event(paged), ensure_ascii=False).encode()
        at_s = self._now_ms() // 1000
        headers = {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": paged.page,
            "webhook-timestamp": str(at_s),
            "webhook-signature": signature(paged.secret, paged.page, at_s, body),
        }
        try:
            answer = self._http.post(paged.address, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotSent(f"{paged.address}: {error!r}") from error
        if not answer.is_success:
            raise NotSent(f"{paged.address} answered {answer.status_code}")
        return "accepted"

    def close(self) -> None:
        """Close connections."""
        self._http.close()

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
