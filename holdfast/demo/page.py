"""The demo's own page: a red button, a lamp, and the five hops of each press.

It speaks to the demo in this process only, binds to loopback, and holds no secret.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

FILES = Path(__file__).parent / "page"
QUIET_S = 3.0
"""A heartbeat on the stream after so long without news, so that the page sees a dead demo."""
WATCHERS_MAX = 20
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Page:
    """Serves the page in a thread of its own; `show` sends news to every open page."""

    def __init__(self, press: Callable[[], None], facts: dict[str, Any]) -> None:
        self._press = press
        self._facts = facts
        self._watchers: set[asyncio.Queue[str]] = set()
        self._news: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        routes = [
            Route("/", self._index),
            Route("/facts", self._tell),
            Route("/press", self._pressed, methods=["POST"]),
            Route("/stream", self._stream),
            Mount("/page", StaticFiles(directory=FILES)),
        ]
        app = Starlette(routes=routes)
        config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._run, name="demo-page", daemon=True)

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End the page; open streams are closed."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(5)
        self._socket.close()

    def show(self, topic: str, news: dict[str, Any]) -> None:
        """Send `news` to every open page, and keep the newest of `topic` for pages to come."""
        text = json.dumps(news)
        loop = self._loop
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(self._spread, topic, text)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._socket])

    def _spread(self, topic: str, text: str) -> None:
        self._news.pop(topic, None)
        self._news[topic] = text
        while len(self._news) > WATCHERS_MAX:
            self._news.pop(next(iter(self._news)))
        for watcher in list(self._watchers):
            if watcher.full():
                self._watchers.discard(watcher)
            else:
                watcher.put_nowait(text)

    async def _index(self, _request: Request) -> Response:
        return FileResponse(FILES / "index.html", headers=HEADERS)

    async def _tell(self, _request: Request) -> Response:
        return JSONResponse(self._facts, headers=HEADERS)

    async def _pressed(self, request: Request) -> Response:
        # A foreign page cannot set this header without asking first, so it cannot press.
        if request.headers.get("x-demo") != "press":
            return Response("The page's own button presses.", 403)
        await asyncio.to_thread(self._press)
        return Response(status_code=204)

    async def _stream(self, _request: Request) -> Response:
        if len(self._watchers) >= WATCHERS_MAX:
            return Response("Too many open pages; close one.", 503)
        return StreamingResponse(self._follow(), media_type="text/event-stream", headers=HEADERS)

    async def _follow(self) -> AsyncIterator[str]:
        mine: asyncio.Queue[str] = asyncio.Queue(100)
        for text in self._news.values():
            mine.put_nowait(text)
        self._watchers.add(mine)
        try:
            while mine in self._watchers:
                try:
                    yield f"data: {await asyncio.wait_for(mine.get(), QUIET_S)}\n\n"
                except TimeoutError:
                    yield "event: quiet\ndata: 1\n\n"
        finally:
            self._watchers.discard(mine)
