"""A bound on how long a carrier may take in all, however slowly it answers.

Timeouts of sockets bound each single read: who sends a byte now and then is waited for without
end. It promises that the line is cut when the time is up, so that whoever reads there is told.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def ending(total_s: float, line: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut what `line` gives when the block has not ended within `total_s` seconds."""

    def cut() -> None:
        open_ = line()
        if open_ is not None:
            with contextlib.suppress(OSError):  # closed meanwhile
                open_.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(total_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
