"""Hop lines for benchmarks and the demo. Off in production; a covert keypad has none at all."""

import time

from alarm_wire.signal import device_text


class Trace:
    """Prints one JSON object a line when `on`; otherwise nothing, ever."""

    def __init__(self, device: bytes, on: bool) -> None:
        self.on = on
        self._device = device_text(device)

    def hop(self, hop: str, epoch: int, number: int) -> None:
        """Signal (epoch, number) passed `hop` now."""
        if self.on:
            now_us = time.time_ns() // 1000
            print(
                '{"hop": "%s", "device": "%s", "epoch": %d, "number": %d, "at": %d.%06d}'
                % (hop, self._device, epoch, number, now_us // 1000000, now_us % 1000000)
            )

    def note(self, text: str) -> None:
        """Say something to whoever installs or tests."""
        if self.on:
            print(text)
