"""How an engine in a process of its own is watched: /health, /ready and /metrics, nothing else."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alarm_receiver.config import url_at

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from alarm_receiver.wiring import Receiver


@contextmanager
def watched(receiver: Receiver, listening: socket.socket | None) -> Iterator[None]:
    """Answer at `listening`, if there is such a socket, as long as the engine runs."""
    if listening is None:
        yield
        return
    import uvicorn

    from alarm_receiver.web import app
    from alarm_receiver.web.hurry import hurried

    config = uvicorn.Config(
        app.make(receiver.context, "engine"),
        http=hurried(None),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="watched", daemon=True
    )
    thread.start()
    host, port = listening.getsockname()[:2]
    receiver.log("engine_watched", url=f"{url_at(host, port)}/metrics")
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)
