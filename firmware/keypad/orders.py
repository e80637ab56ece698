"""What the receiver orders: new settings, a new image, and the judging of what is on trial.

Loaded when a piece comes whose seal has held, or while something is on trial, and forgotten after.
It promises that nothing new is taken while something is on trial, that a start waits until nobody's
press is under way, and that what became of an order is told by a signal.
"""

import asyncio
import os

from alarm_wire.frame import IMAGE_FRAME
from alarm_wire.signal import CONFIG_CHANGED, FETCHING, UPDATED
from keypad import forget, version_number
from keypad.boots import number, restart
from keypad.panel import Wish
from keypad.vigil import CRASHES_MAX
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from keypad.fetch import Fetch
    from keypad.pieces import Pieces
    from keypad.settings import Start

_SETTINGS = const(1)
_IMAGE = const(2)
_STAY = const(1)
"""alarm_wire.parcel.STAY: not loaded for one number."""
_NO_ROOM = const(6)
"""alarm_wire.parcel.NO_ROOM."""
_CALM_MS = const(100)
_CALM_TURNS_MAX = const(600)


class Orders:
    """Takes pieces, judges trials; `keep` keeps a wish, `calm` says whether a start may come."""

    def __init__(
        self,
        device: bytes,
        start: "Start",
        keep: "Callable[[Wish], object]",
        calm: "Callable[..., bool]",
        note: "Callable[[str], None]",
    ) -> None:
        self._device = device
        self._start = start
        self._keep = keep
        self._calm = calm
        self._note = note
        self._busy = False
        self._fetch: "Fetch | None" = None
        self._pieces: "Pieces | None" = None

    def take(self, piece: bytes) -> None:
        """A piece whose seal has held. OSError, MemoryError: it is to be sent again."""
        if self._busy or self._start.trial:
            return
        if piece[1] != IMAGE_FRAME:
            if self._pieces is None:
                from keypad.pieces import Pieces

                self._pieces = Pieces(self._device, self._start.counter)
            if self._pieces.take(piece):
                self._busy = True
                asyncio.create_task(self._restart())
            return
        if self._fetch is None:
            from keypad.fetch import Fetch

            self._fetch = Fetch(self._device, max(version_number(), number("release")))
        fetch = self._fetch
        if fetch.take(piece):
            self._keep(Wish(FETCHING, zone=fetch.wanted, value=fetch.version))
        if fetch.whole():
            self._busy = True
            self._fetch = None
            forget("fetch")
            asyncio.create_task(self._install())

    async def _install(self) -> None:
        """The image is here: prove it, put it beside the running one, start it when it is calm."""
        from keypad import install

        try:
            await install.install("update.img")
        except Exception as error:  # noqa: BLE001  # whatever its bytes do, it is refused
            self._note("keypad: update refused: %s" % error)
            why = error.why if isinstance(error, install.ImageError) else _NO_ROOM
            self._keep(Wish(UPDATED, zone=why))
            try:
                os.remove("update.img")
            except OSError:
                pass  # not there, or the file system will not: the next image is written over it
            forget("install", "romfs")
            self._busy = False
            return
        await self._restart()

    async def _restart(self) -> None:
        """Start when nobody's press is under way, and all is told and shown: a minute at most."""
        turns = 0
        while not self._calm(told=turns < _CALM_TURNS_MAX):
            turns += 1
            await asyncio.sleep_ms(_CALM_MS)
        restart()

    def tell(self) -> None:
        """At the start: what became of settings and of an image."""
        told = self._start.settings_told
        if told:
            from keypad.trial import told_settings

            self._note("keypad: new settings refused: %s" % told)
            self._keep(
                Wish(CONFIG_CHANGED, zone=self._start.settings_why, value=-self._start.counter)
            )
            told_settings()
        elif told is not None or self._start.trial & _SETTINGS:
            self._keep(Wish(CONFIG_CHANGED, value=self._start.counter))
        on_trial = self._start.trial & _IMAGE
        if self._start.tried < 0 or (self._start.tried and not on_trial):
            from keypad.trial import told as told_image
        if self._start.tried < 0:
            # the power went beside the switch: on trial, or nothing was tried and it comes again
            self._start.tried = -self._start.tried if on_trial else 0
            told_image(self._start.tried)
        if self._start.tried and not on_trial:
            ours = self._start.tried == version_number()
            self._keep(Wish(UPDATED, value=self._start.tried if ours else -self._start.tried))
            told_image()

    def judge(self, now_ms: int, reached: bool, heard: bool) -> None:
        """What is on trial stays once a receiver has answered, and goes when none has.

        A start after crashes leaves out most of what is on trial: it proves nothing.
        """
        from keypad import trial

        image = self._start.trial & _IMAGE
        if (heard if image else reached) and self._start.crashes <= CRASHES_MAX:
            if image:
                trial.confirm_image(version_number())
            trial.settle()
            if self._start.trial & _SETTINGS:
                self._keep(Wish(CONFIG_CHANGED, zone=_STAY, value=self._start.counter))
            self._start.trial = 0
            self._start.settings_told = None
            self.tell()
            forget("trial")
        elif now_ms > trial.TRIAL_MS and self._calm(told=False):
            if image:
                trial.take_back_image()
            if self._start.trial & _SETTINGS:
                trial.take_back()
            restart()
