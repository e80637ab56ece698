"""Decides whether the watchdog may be fed: only while every part makes progress. Pure.

A watchdog that is fed by a timer watches the timer. This one starves when the sampler ignores a
contact, when the courier has not turned for too long though there is a link, or when the link's
own loop stands still.
"""

from micropython import const

WATCHDOG_MS = const(8000)
SAMPLER_MS_MAX = const(2000)
COURIER_MS_MAX = const(20000)
LINK_MS_MAX = const(20000)
GOOD_MS = const(60000)
"""A start that has held for so long was a good one."""
CRASHES_MAX = const(1)
"""After more bad starts in a row only what a press needs is started."""


class Vigil:
    """Told of each part's last turn; says whether to feed."""

    def __init__(self) -> None:
        self._ignored_since_ms: "int | None" = None

    def feed(
        self, now_ms: int, *, ignored: bool, link_up: bool, link_ms: int, courier_ms: int
    ) -> bool:
        """Whether all is well at `now_ms`.

        `ignored`: a contact is not as it was decided, and nobody is deciding. `link_ms` and
        `courier_ms` are the moments of the last turns of their loops.
        """
        if not ignored:
            self._ignored_since_ms = None
        elif self._ignored_since_ms is None:
            self._ignored_since_ms = now_ms
        elif now_ms - self._ignored_since_ms > SAMPLER_MS_MAX:
            return False
        if now_ms - link_ms > LINK_MS_MAX:
            return False
        return not link_up or now_ms - courier_ms <= COURIER_MS_MAX
