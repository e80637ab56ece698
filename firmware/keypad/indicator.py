"""Lamps on pins. Writes a pin only when it changes; knows nothing of what the lamps mean."""

from machine import Pin

from keypad.panel import HELPED, TAKEN, TOLD, Lamps


class Indicator:
    """White: kept here; white and green: stored at the receiver; green: a person has it."""

    def __init__(self, taken: int, told: int, trouble: int) -> None:
        self._pins = (
            Pin(taken, Pin.OUT, value=0),
            Pin(told, Pin.OUT, value=0),
            Pin(trouble, Pin.OUT, value=0),
        )
        self._shown = (0, 0, 0)

    def show(self, lamps: Lamps) -> None:
        """Light what `lamps` says."""
        wanted = (
            int(lamps.state in (TAKEN, TOLD)),
            int(lamps.state in (TOLD, HELPED)),
            int(lamps.trouble),
        )
        if wanted == self._shown:
            return
        # green comes on before white goes off: nobody sees an idle keypad in between
        for place in (1, 0, 2):
            if wanted[place] != self._shown[place]:
                self._pins[place].value(wanted[place])
        self._shown = wanted
