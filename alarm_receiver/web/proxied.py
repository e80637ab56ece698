"""Notices proxies that nobody has named: behind one, all people have one address.

It promises to say so once an address, a few addresses in all: whoever sends such a header himself
shall not fill the log. It changes no request; uvicorn has put in place what trusted proxies say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HEADER = b"x-forwarded-for"
TOLD_MAX = 20


class Proxied:
    """Logs `proxy_not_trusted` when a request was forwarded by an address that is not believed."""

    def __init__(self, app: Callable[..., Awaitable[None]], log: Callable[..., None]) -> None:
        self._app = app
        self._log = log
        self._told: set[str] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and len(self._told) < TOLD_MAX:
            self._look(scope)
        await self._app(scope, receive, send)

    def _look(self, scope: dict[str, Any]) -> None:
        said = b",".join(value for name, value in scope["headers"] if name == HEADER)
        host = scope["client"][0] if scope.get("client") else ""
        if not said or host in self._told:
            return
        # A trusted proxy's word was put in place: the client is then one of those in the header.
        if host not in [one.strip() for one in said.decode("latin-1").split(",")]:
            self._told.add(host)
            self._log(
                "proxy_not_trusted",
                address=host,
                remedy="if it is your proxy, name it in HOLDFAST_RECEIVER_TRUSTED_PROXIES",
            )
