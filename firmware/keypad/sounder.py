"""The sounder on its pin, a piezo that is swung. Loaded only for a keypad that may be heard."""

import asyncio

from machine import PWM, Pin

from keypad.sounds import HELPED, SOUNDER_HZ, STORED, Sounds
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keypad.clock import Uptime

_STEP_MS = const(20)
_HALF = const(32768)


class Sounder:
    """Swings the pin as `sounds` says; asleep between sounds."""

    def __init__(self, number: int, siren_s: int, uptime: "Uptime") -> None:
        self._uptime = uptime
        self._sounds = Sounds(siren_s)
        self._wake = asyncio.Event()
        self._swing = PWM(Pin(number, Pin.OUT, value=0), freq=SOUNDER_HZ, duty_u16=0)

    async def run(self) -> None:
        """Sound for ever, when there is something to."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            shown = False
            while not self._sounds.over():
                level = self._sounds.level(self._uptime.now_ms())
                if level != shown:
                    shown = level
                    self._swing.duty_u16(_HALF if level else 0)
                await asyncio.sleep_ms(_STEP_MS)
            self._swing.duty_u16(0)

    def press(self, *, testing: bool, taken: bool) -> None:
        """The red button was pressed."""
        self._sounds.press(self._uptime.now_ms(), testing=testing, taken=taken)
        self._wake.set()

    def told(self, *, helped: bool) -> None:
        """A receipt changed what the lamps show: stored, or acknowledged."""
        self._sounds.once(HELPED if helped else STORED, self._uptime.now_ms())
        self._wake.set()

    def code(self, *, good: bool) -> None:
        """A code was entered."""
        self._sounds.code(self._uptime.now_ms(), good=good)
        self._wake.set()
