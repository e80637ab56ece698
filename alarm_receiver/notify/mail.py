"""Pages by e-mail, over any SMTP relay; TLS when the relay offers it, and always on port 465.

It promises that a password never leaves without TLS, that a certificate which does not fit the
relay's name ends it, that the whole conversation has one deadline, and that a letter which the
relay has taken is not sent again because of what happens after that.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, TypeVar

import aiosmtplib

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.notify.words import letter, line, spoken
from alarm_receiver.within import within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from alarm_receiver.domain.paged import Paged

_T = TypeVar("_T")
TOTAL_S = 25.0
"""How long a relay may take for one mail in all; less than a page's lease."""
GOODBYE_S = 1.0
IMPLICIT_PORT = 465
"""The port on which a relay speaks nothing but TLS (RFC 8314)."""


class _Relay(aiosmtplib.SMTP):
    """A connection that is cut, never closed politely: nobody waits for the other side's TLS."""

    def close(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        super().close()


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
        taken: list[str] = []
        try:
            self._talk(TOTAL_S, self._hand_over(mail, taken))
        except NotSent:
            if not taken:
                raise
        return "accepted"

    def reach(self, total_s: float) -> str:
        """Encrypt and log in as for a page, and send none; how far it went. Raises NotSent."""
        return self._talk(total_s, self._look())

    def _talk(self, total_s: float, talk: Coroutine[Any, Any, _T]) -> _T:
        """One conversation. Raises NotSent."""
        try:
            return within(total_s, talk)
        except (OSError, ValueError, aiosmtplib.SMTPException) as error:
            raise NotSent(f"{self._host}:{self._port}: {_reason(error)}") from error

    async def _hand_over(self, mail: EmailMessage, taken: list[str]) -> None:
        async with self._entered() as relay:
            taken.append((await relay.send_message(mail))[1])

    async def _look(self) -> str:
        async with self._entered() as relay:
            secured = relay.get_transport_info("ssl_object")
            lets_in = f"it lets {self._user!r} in" if self._user else "it was asked for no password"
            return f"{secured.version() if secured else 'no TLS, pages go in clear'}, {lets_in}"

    @asynccontextmanager
    async def _entered(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A relay that is ready for a letter."""
        # No timeout for each step: the deadline of the whole is the only one.
        relay = _Relay(
            hostname=self._host,
            port=self._port,
            timeout=None,
            use_tls=self._port == IMPLICIT_PORT,
            start_tls=None,
        )
        try:
            await relay.connect()
            await self._enter(relay)
            yield relay
            await _leave(relay)
        finally:
            relay.close()

    async def _enter(self, relay: aiosmtplib.SMTP) -> None:
        """Log in, when a user is set and the relay has let us encrypt."""
        if not self._user:
            return
        if relay.get_transport_info("sslcontext") is None:
            raise NotSent(
                f"{self._host}:{self._port} offers no STARTTLS: the password would go in "
                "clear; name another relay, or leave SMTP_USER out"
            )
        await relay.login(self._user, self._password)


async def _leave(relay: aiosmtplib.SMTP) -> None:
    """Say goodbye; what becomes of it changes nothing."""
    with contextlib.suppress(OSError, aiosmtplib.SMTPException):
        await asyncio.wait_for(relay.quit(), GOODBYE_S)


def _reason(error: Exception) -> str:
    """In the words of whoever refused; a single address is refused with the relay's answer."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return str(error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(error.__cause__, OSError):
        return str(error.__cause__)
    return str(error)
