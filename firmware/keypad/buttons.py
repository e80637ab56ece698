"""Contacts on pins: an edge wakes the sampler, the debounce decides. Between presses it sleeps."""

import asyncio

from machine import Pin

from keypad.debounce import CLOSED, Debounce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from keypad.clock import Uptime


class Button:
    """One contact to ground. `changed(place, closed)` is called at each debounced change.

    `closed`: it is known to be, and that is not to be told again.
    """

    def __init__(
        self,
        place: int,
        number: int,
        uptime: "Uptime",
        changed: "Callable[[int, bool], None]",
        *,
        closed: bool = False,
    ) -> None:
        self._place = place
        self._pin = Pin(number, Pin.IN, Pin.PULL_UP)
        self._uptime = uptime
        self._changed = changed
        self._debounce = Debounce(closed=closed)
        self._edge = asyncio.ThreadSafeFlag()
        self._idle = True
        self.busy = False

    async def run(self) -> None:
        """Sample from each edge until the contact has settled, for ever."""
        # soft interrupts may be lost in a storm of edges: this one only wakes; `look` is the net
        self._pin.irq(self._on_edge, Pin.IRQ_FALLING | Pin.IRQ_RISING)
        self._edge.set()  # a contact that is closed while the board starts is a press too
        while True:
            await self._edge.wait()
            self.busy = True
            while True:
                closed = not self._pin.value()
                self._idle = False
                change = self._debounce.sample(self._uptime.now_ms(), closed)
                if change:
                    self._changed(self._place, change == CLOSED)
                if self._debounce.settled(closed):
                    break
                await asyncio.sleep_ms(1)
            self._debounce.rest()
            self.busy = False

    @property
    def closed(self) -> bool:
        """As it was decided last."""
        return self._debounce.closed

    def look(self) -> bool:
        """Wake the sampler when the contact is not as it was decided: an edge was lost.

        True when the contact differs and nobody has sampled since the last look.
        """
        differs = (not self._pin.value()) != self._debounce.closed
        idle = self._idle
        self._idle = True  # until it is sampled again
        if differs and not self.busy:
            self._edge.set()
        return differs and idle

    def _on_edge(self, _: Pin) -> None:
        self._edge.set()
