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
OK, TAKEN = 200, 202
SAYS_NO = (401, 403)
REFUSALS = {400, 411, 422}
"""What a request without a recipient is answered with; Kannel says 400, and 403 to a stranger."""


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
        status = self._asked(TOTAL_S, fields)
        if status != TAKEN:
            raise NotSent(f"the SMS gateway answered {status}")
        return "accepted"

    def reach(self, total_s: float) -> str:
        """Ask for an SMS to nobody, saying nothing: Kannel looks at user and password, and refuses.

        How far it went. Raises NotSent.
        """
        status = self._asked(total_s, {"username": self._user, "password": self._password})
        if status in SAYS_NO or status not in REFUSALS | {OK, TAKEN}:
            raise NotSent(f"the SMS gateway answered {status} when it was asked for no SMS")
        lets_in = f"lets {self._user!r} in and " if self._user else ""
        return f"it {lets_in}answers {status} to a request without a recipient"

    def _asked(self, total_s: float, fields: dict[str, str]) -> int:
        """The status that it answers with. Raises NotSent."""
        try:
            return within(total_s, self._ask(fields))
        except (httpx.HTTPError, TimeoutError) as error:
            raise NotSent(f"the SMS gateway: {type(error).__name__}") from error

    async def _ask(self, fields: dict[str, str]) -> int:
        """The status of the gateway's answer; nobody waits for what it says beside it."""
        async with (
            httpx.AsyncClient(timeout=None, follow_redirects=False, verify=self._trust) as http,  # noqa: S113 - the whole is bounded
            http.stream("GET", self._url, params=fields) as answer,
        ):
            return answer.status_code
