"""Pages by e-mail, over any SMTP relay; TLS when the relay offers it.

It promises that a password never leaves without TLS, and that a certificate which does not fit the
relay's name ends it. The standard library speaks: a channel blocks, in a thread of its own.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import TYPE_CHECKING

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.notify.ending import ending
from alarm_receiver.notify.words import letter, line, spoken

if TYPE_CHECKING:
    from alarm_receiver.domain.paged import Paged

TIMEOUT_S = 15.0
TOTAL_S = 25.0
"""How long a relay may take for one mail in all; less than a page's lease."""


class Mail:
    """Hands pages to the relay at `host`:`port`; "accepted" is the relay's word, not a reader's."""

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        user: str = "",
        password: str = "",
        *,
        public_url: str = "",
    ) -> None:
        self._public_url = public_url
        self._host = host
        self._port = port
        self._sender = sender
        self._user = user
        self._password = password

    def send(self, paged: Paged) -> str:
        """Hand it to the relay. Raises NotSent."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = paged.address
        # A line break in a site's name must not become a header.
        mail["Subject"] = " ".join(line(paged).split())
        mail["Message-ID"] = f"<{paged.page}@holdfast.invalid>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter(paged, self._public_url))
        mail["Content-Language"] = spoken(paged)
        try:
            relay = smtplib.SMTP(timeout=TIMEOUT_S)
            with ending(TOTAL_S, lambda: relay.sock), relay:
                relay.connect(self._host, self._port)
                relay.ehlo()
                if relay.has_extn("starttls"):
                    relay.starttls(context=ssl.create_default_context())
                elif self._user:
                    raise NotSent(
                        f"{self._host}:{self._port} offers no STARTTLS: the password would go in "
                        "clear; name another relay, or leave SMTP_USER out"
                    )
                if self._user:
                    relay.login(self._user, self._password)
                relay.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"{self._host}:{self._port}: {error}") from error
        return "accepted"
