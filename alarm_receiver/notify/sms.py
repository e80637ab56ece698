"""Pages by SMS, over an HTTP gateway that speaks Kannel's sendsms.

"accepted" is the gateway's word; what became of it is told in delivery reports, which are asked
for when the gateway can reach us and has a password to seal them with (`web.callbacks`).
"""

from __future__ import annotations

import httpx

from alarm_receiver.domain.paged import REPORTS_WANTED, NotSent, Paged, report_token
from alarm_receiver.notify.words import clip, line
from alarm_receiver.within import within

TOTAL_S = 20.0
"""How long a gateway may take for one SMS in all."""
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
        self._trust = httpx.create_ssl_context()

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
            status = within(TOTAL_S, self._ask(fields))
        except (httpx.HTTPError, TimeoutError) as error:
            raise NotSent(f"the SMS gateway: {type(error).__name__}") from error
        if status != TAKEN:
            raise NotSent(f"the SMS gateway answered {status}")
        return "accepted"

    async def _ask(self, fields: dict[str, str]) -> int:
        """The status of the gateway's answer; nobody waits for what it says beside it."""
        async with (
            httpx.AsyncClient(timeout=None, follow_redirects=False, verify=self._trust) as http,  # noqa: S113 - the whole is bounded
            http.stream("GET", self._url, params=fields) as answer,
        ):
            return answer.status_code
