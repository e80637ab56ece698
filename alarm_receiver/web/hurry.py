"""HTTP connections on which requests arrive in time, or that are closed.

It promises that nobody holds a connection for nothing: a request's head has HEAD_S to arrive, its
body BODY_S more, counted from the first byte and not anew with each one. Idle connections between
requests keep the server's own limit; the intake door gives up slow bodies sooner (`web.intake`).
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0
BODY_S = 60.0


class Hurried(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for what comes in."""

    _arriving = True
    _headed = False
    _stage_s = 0.0
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect(0)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request is here."""
        self._arriving, self._headed = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is here."""
        self._headed = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._arriving = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Parse, then see what is still owed."""
        super().data_received(data)
        if self._arriving:
            stage_s = BODY_S if self._headed else HEAD_S
        else:
            # Bytes that begin no request ended uvicorn's wait for the next one.
            answered = self.cycle is not None and self.cycle.response_complete
            stage_s = HEAD_S if answered and self.timeout_keep_alive_task is None else 0
        if stage_s != self._stage_s:
            self._expect(stage_s)

    def _expect(self, stage_s: float) -> None:
        """Close the connection after `stage_s`; 0: no more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._stage_s = stage_s
        if stage_s:
            self._due = self.loop.call_later(stage_s, self._too_slow)

    def _too_slow(self) -> None:
        self._due = None
        if not self.transport.is_closing():
            self.transport.abort()
