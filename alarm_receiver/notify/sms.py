"""Pages by SMS, over an HTTP gateway that speaks Kannel's sendsms.

"accepted" is the gateway's word; what became of it is told in delivery reports, which are asked
for when the gateway can reach us and has a password to seal them with (`web.callbacks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from alarm_receiver.domain.paged import REPORTS_WANTED, NotSent, Paged, report_token
from alarm_receiver.notify.ending import ending
from alarm_receiver.notify.words import clip, line

if TYPE_CHECKING:
    import socket

TIMEOUT_S = 10.0
TOTAL_S = 20.0
"""How long a gateway may take for one SMS in all."""
OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")
TAKEN = 202


class Sms:
    """GETs `url` as Kannel documents: 202 is accepted for delivery, anything else is not."""

    def __init__(
        self, url: str, user: str, password: str, sender: str, reports_url: str = ""
    ) -> None:
        self._url = url
        self._user = user
        self._password = password
        self._sender = sender
        self._reports_url = reports_url.rstrip("/") if password else ""
        # A connection for each: the one that is cut when its time is up is nobody else's.
        alone = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, limits=alone)

    def send(self, paged: Paged) -> str:
        """Hand it to the gateway. Raises NotSent; the password is in no error."""
        text = clip(line(paged))
        fields = {
            "username": self._user,
            "password": self._password,
            "from": self._sender,
            "to": paged.address,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if text.isascii() else "2",
        }
        if self._reports_url:
            token = report_token(self._password, paged.page)
            back = f"{self._reports_url}/v1/callbacks/sms/{paged.page}?token={token}&status=%d"
            fields |= {"dlr-mask": str(REPORTS_WANTED), "dlr-url": back}
        try:
            answer = self._ask(fields)
        except httpx.HTTPError as error:
            raise NotSent(f"the SMS gateway: {type(error).__name__}") from error
        if answer.status_code != TAKEN:
            raise NotSent(f"the SMS gateway answered {answer.status_code}")
        return "accepted"

    def _ask(self, fields: dict[str, str]) -> httpx.Response:
        """The gateway's answer, within TOTAL_S."""
        lines: list[socket.socket] = []

        def heard(event: str, info: dict[str, Any]) -> None:
            if event in OPENED:
                lines.append(info["return_value"].get_extra_info("socket"))

        query = self._http.build_request(
            "GET", self._url, params=fields, extensions={"trace": heard}
        )
        with ending(TOTAL_S, lambda: lines[-1] if lines else None):
            return self._http.send(query)

    def close(self) -> None:
        """Close connections."""
        self._http.close()
