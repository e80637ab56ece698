"""Hop lines for benchmarks and the demo. Off in production; a covert keypad has none at all."""

import time

from machine import Pin

from alarm_wire.signal import device_text


class Trace:
    """Prints one JSON object a line when `on`, and moves a pin; otherwise nothing, ever."""

    def __init__(self, device: bytes, number: int, *, on: bool) -> None:
        self.on = on
        self._strobe = Pin(number, Pin.OUT, value=0) if on else None
        self._device = device_text(device)

    def hop(self, hop: str, epoch: int, number: int) -> None:
        """Signal (epoch, number) passed `hop` now."""
        if self.on:
            now_us = time.time_ns() // 1000
            print(
                '{"hop": "%s", "device": "%s", "epoch": %d, "number": %d, "at": %d.%06d}'
                % (hop, self._device, epoch, number, now_us // 1000000, now_us % 1000000)
            )

    def strobe(self, level: int) -> None:
        """What a benchmark times by: 0 at a press, 1 once an emergency was published."""
        if self._strobe is not None:
            self._strobe.value(level)

    def note(self, text: str) -> None:
        """Say something to whoever installs or tests."""
        if self.on:
            print(text)
