"""Pages by SMS, over an HTTP gateway that speaks Kannel's sendsms."""

from __future__ import annotations

import httpx

from alarm_receiver.domain.paged import NotSent, Paged
from alarm_receiver.notify.words import clip, line

TIMEOUT_S = 10.0
TAKEN = 202


class Sms:
    """GETs `url` as Kannel documents: 202 is accepted for delivery, anything else is not."""

    def __init__(self, url: str, user: str, password: str, sender: str) -> None:
        self._url = url
        self._user = user
        self._password = password
        self._sender = sender
        self._http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)

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
        try:
            answer = self._http.get(self._url, params=fields)
        except httpx.HTTPError as error:
            raise NotSent(f"the SMS gateway: {type(error).__name__}") from error
        if answer.status_code != TAKEN:
            raise NotSent(f"the SMS gateway answered {answer.status_code}")
        return "accepted"

    def close(self) -> None:
        """Close connections."""
        self._http.close()
