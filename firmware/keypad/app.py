"""Builds the keypad out of its parts and keeps them going. The only place that knows them all."""

import asyncio
import gc
import sys

import machine

from alarm_wire import seal
from alarm_wire.frame import HEAD_BYTES, content_of
from alarm_wire.outbox import Outbox
from alarm_wire.receipt import STATE_NAMES, Receipt
from alarm_wire.signal import (
    CERTIFICATE,
    CLOCK_KNOWN,
    EMERGENCY,
    LOOP_FAULT,
    LOOP_RESTORED,
    SELF_TEST_FAILED,
    SILENT,
    STARTED,
    TEST_ENDED,
    TROUBLE_LOOP,
    TROUBLE_ON_TEST,
    TROUBLE_PATH,
    TROUBLE_STORE,
    Heartbeat,
    Signal,
    urgency,
)
from keypad import forget
from keypad.boots import put
from keypad.buttons import Button
from keypad.clock import Uptime, Wall
from keypad.courier import Courier
from keypad.health import Pulse
from keypad.indicator import Indicator
from keypad.keeper import Keeper
from keypad.link import Link
from keypad.panel import HELPED, Panel, Wish
from keypad.trace import Trace
from keypad.trigger import DUAL, Trigger
from keypad.vigil import CRASHES_MAX, GOOD_MS, Vigil
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from keypad.extras import Extras
    from keypad.latch import Latch
    from keypad.orders import Orders
    from keypad.settings import Settings, Start
    from keypad.sounder import Sounder

IMAGE = b"\x06"
_TEND_MS = const(100)
_COLLECT_ROUNDS = const(20)
_BOOT = const(0)
"""The chip's own strap; on every board a button for the workshop."""
_PATH_TROUBLE_MS = const(10000)
"""Without a broker for this long: trouble."""


class Keypad:
    """The running keypad. `traced`: Ctrl-C may stop it."""

    def __init__(self, config: "Settings", start: "Start", keeper: Keeper) -> None:
        self._config = config
        self._start = start
        self._keeper = keeper
        self._path_ms = 0
        self._uptime = Uptime()
        self._wall = Wall()
        self._vigil = Vigil()
        self._pulse = Pulse(self._uptime)
        self.traced = config.trace
        traced = config.trace and not config.covert
        self._panel = Panel(zone=config.zone, covert=config.covert, latch=config.latch)
        self._trigger = Trigger(config.mode, config.hold_ms, start.jammed)
        board = start.board
        self._trace = Trace(config.device, board.STROBE, on=traced)
        self._boot = machine.Pin(_BOOT, machine.Pin.IN, machine.Pin.PULL_UP)
        self._asked = False
        self._indicator = Indicator(board.LAMP_TAKEN, board.LAMP_TOLD, board.LAMP_TROUBLE)
        self._buttons = [self._make_button(0, board.PANIC)]
        if config.mode == DUAL:
            self._buttons.append(self._make_button(1, board.SECOND))
        self._latch = self._make_latch()
        self._sounder = self._make_sounder(board)
        self._extras = self._make_extras(board)
        self._orders: "Orders | None" = None
        self._link = Link(config, board, self._link_lost)
        self._courier = self._make_courier()
        self._lid = board.TAMPER
        start.board = None  # the pins have their owners now: the table of their numbers can go
        sys.modules.pop("boards." + config.board, None)
        sys.modules.pop("boards", None)

    def _make_button(self, place: int, pin: int) -> Button:
        jammed = bool(self._start.jammed >> place & 1)
        return Button(place, pin, self._uptime, self._button, closed=jammed)

    def _make_extras(self, board: "Any") -> "Extras | None":
        config = self._config
        wanted = config.loop or config.tamper or config.supplies or config.codes
        if not wanted or self._start.crashes > CRASHES_MAX:
            return None
        from keypad.extras import Extras

        heard = None if self._sounder is None else self._sounder.code
        return Extras(
            config, board, self._uptime, self._panel, self._keep, press=self._press, heard=heard
        )

    def _make_latch(self) -> "Latch | None":
        if not self._config.latch:
            return None
        from keypad.latch import Latch

        return Latch(self._panel)

    def _make_sounder(self, board: "Any") -> "Sounder | None":
        """Nothing on a covert keypad ever touches that pin: its resistor keeps it mute."""
        if self._config.covert or not self._config.sounder:
            return None
        from keypad.sounder import Sounder

        return Sounder(board.SOUNDER, self._config.siren_s, self._uptime)

    def _make_courier(self) -> Courier:
        config = self._config
        return Courier(
            config,
            self._start.epoch,
            self._start.tls,
            Outbox(self._keeper, wait_ms_min=config.retry_ms_min, wait_ms_max=config.retry_ms_max),
            uptime=self._uptime,
            wall=self._wall,
            link=self._link,
            beat=self._heartbeat,
            confirmed=self._confirmed,
            sent=self._sent,
            ordered=self._ordered,
            note=self._trace.note,
        )

    async def run(self) -> None:
        """Go on for ever: everything that can wait, such as upkeep, lamps, trouble, garbage."""
        self._begin()
        turns = link_ms = rounds = 0
        good = False
        try:
            while True:
                now_ms = self._uptime.now_ms()
                ignored = self._ignored()
                if not self._busy():
                    self._keeper.tend()
                    rounds += 1
                    if rounds == _COLLECT_ROUNDS:
                        rounds = 0
                        gc.collect()
                if self._courier.connected:
                    self._path_ms = now_ms
                self._show()
                if turns != self._link.turns:
                    turns = self._link.turns
                    link_ms = now_ms
                if self._vigil.feed(
                    now_ms,
                    ignored=ignored,
                    link_up=self._link.up.is_set(),
                    link_ms=link_ms,
                    courier_ms=self._courier.turned_ms,
                ):
                    self._start.watchdog.feed()
                if self._start.trial:
                    self._open_orders().judge(now_ms, self._courier.reached, self._courier.heard)
                if not good and now_ms > GOOD_MS:
                    good = True
                    self._start.started_well()
                await asyncio.sleep_ms(_TEND_MS)
        except Exception as error:  # noqa: BLE001  # as any other task
            self._failed(None, {"exception": error})

    def _begin(self) -> None:
        """Tell what the start found, and start the parts. Not in `run`, whose frame stays."""
        self._show_pending()
        self._trace.note(
            "keypad epoch %d, %d pending, %d lost by damage, reset cause %d"
            % (self._start.epoch, len(self._keeper), self._start.damaged, machine.reset_cause())
        )
        if self._start.crashes <= CRASHES_MAX:
            self._started()
        elif self._start.crashes == CRASHES_MAX + 1:
            # told once: a loop of crashes must not fill the ring
            self._keep(Wish(SELF_TEST_FAILED, value=self._start.crashes))
        if self._start.trial or self._start.settings_told is not None or self._start.tried:
            self._open_orders().tell()
            if not self._start.trial:
                self._orders = None
                forget("orders", "trial")
        if self._start.opened:
            from keypad.service import tell

            tell(self._keep)
            forget("service")
        self._told_trouble()
        self._run_parts()

    def _run_parts(self) -> None:
        """Not in `run` itself, whose frame would keep what it calls them by for ever."""
        asyncio.get_event_loop().set_exception_handler(self._failed)
        parts: "list[Any]" = [self._link, self._courier, self._pulse, self._extras, self._sounder]
        for part in self._buttons + parts:
            if part is not None:
                asyncio.create_task(part.run())

    def _show_pending(self) -> None:
        """A press from before the start that nobody has confirmed is still shown as taken.

        Never what was silent: a duress code looks like a reset, also when power has gone since.
        """
        for number in self._keeper.first(8):
            content = self._keeper.read(number)
            if urgency(content[HEAD_BYTES]) == EMERGENCY and not content[HEAD_BYTES + 1] & SILENT:
                self._panel.kept(int.from_bytes(content[10:14], "big"), number)

    def _told_trouble(self) -> None:
        if self._keeper.trouble:
            self._trace.note("keypad: %s" % self._keeper.trouble)

    def _failed(self, _: object, context: "dict[str, Any]") -> None:
        """An error that nobody foresaw, in whatever task: the board starts again, and counts it.

        The event loop's own handler would print it, on a covert keypad too, and go on without it.
        """
        if self._trace.on:
            sys.print_exception(context["exception"])
        machine.reset()

    def _busy(self) -> bool:
        """Whether a contact is being decided."""
        for button in self._buttons:  # noqa: SIM110  # `any` would keep a closure on the heap
            if button.busy:
                return True
        return False

    def _trouble(self) -> int:
        bits = 0
        damaged = self._keeper.trouble or self._start.damaged or self._keeper.lost
        if damaged or self._start.crashes > CRASHES_MAX:
            bits |= TROUBLE_STORE
        now_ms = self._uptime.now_ms()
        if now_ms - self._path_ms > _PATH_TROUBLE_MS or self._courier.answers.silent(now_ms):
            bits |= TROUBLE_PATH
        if self._extras is not None:
            bits |= self._extras.trouble
        if self._trigger.jammed:
            bits |= TROUBLE_LOOP
        if self._panel.marking:
            bits |= TROUBLE_ON_TEST
        return bits

    def _ignored(self) -> bool:
        """Look at the contacts; whether one is not as it was decided, and nobody is deciding."""
        if not (self._boot.value() or self._asked):
            asyncio.create_task(self._serve())
        ignored = False
        for place, button in enumerate(self._buttons):
            ignored = button.look() or ignored
            if self._trigger.jams(place, button.closed, self._uptime.now_ms()):
                put("jammed", self._trigger.jammed)
                kind = LOOP_FAULT if self._trigger.jammed >> place & 1 else LOOP_RESTORED
                self._keep(Wish(kind, value=place + 1))
        return ignored

    async def _serve(self) -> None:
        """Somebody holds BOOT: an installer, if the lid is open."""
        self._asked = True
        from keypad.service import open_service

        await open_service(self._boot, self._lid, self._keep, self._calm)
        forget("service")
        self._asked = False

    def _show(self) -> None:
        if self._panel.test_over(self._uptime.now_ms()):
            self._keep(Wish(TEST_ENDED))
            put("testing", 0)
        self._panel.trouble(self._trouble())
        self._indicator.show(self._panel.lamps(self._uptime.now_ms()))
        if self._latch is not None:
            self._latch.keep()

    def _button(self, button: int, closed: bool) -> None:
        now_ms = self._uptime.now_ms()
        if self._trigger.changed(button, closed, now_ms):
            self._press()
        wait_ms = self._trigger.wait_ms(now_ms)
        if wait_ms is not None:
            asyncio.create_task(self._held(wait_ms))

    async def _held(self, wait_ms: int) -> None:
        await asyncio.sleep_ms(wait_ms)
        if self._trigger.tick(self._uptime.now_ms()):
            self._press()

    def _press(self) -> None:
        """The press is complete: keep it, then show it, then tell."""
        self._trace.strobe(0)
        number, durable = self._keep(self._panel.press())
        if durable:
            self._panel.kept(self._start.epoch, number)
        self._show()
        if self._sounder is not None:
            self._sounder.press(testing=self._panel.testing, taken=durable)
        if durable:
            self._trace.hop("taken", self._start.epoch, number)
        else:
            self._told_trouble()

    def _keep(self, wish: Wish) -> "tuple[int, bool]":
        """Number it, keep it, have it sent; its number and whether it is durable."""
        number = self._keeper.next_number()
        now_ms = self._uptime.now_ms()
        utc_ms = self._wall.utc_ms(now_ms)
        signal = Signal(
            self._config.device,
            self._start.epoch,
            number,
            wish.kind,
            flags=wish.flags | (CLOCK_KNOWN if utc_ms else 0),
            zone=wish.zone,
            value=wish.value,
            pressed_ms=now_ms,
            pressed_utc_ms=utc_ms,
        )
        durable = self._keeper.add(number, content_of(signal))
        self._courier.wake()
        return number, durable

    def _link_lost(self) -> None:
        self._courier.link_lost()

    def _sent(self, content: bytes) -> None:
        if urgency(content[HEAD_BYTES]) == EMERGENCY:
            self._trace.strobe(1)
        epoch, number = content[10:14], content[14:18]
        self._trace.hop("published", int.from_bytes(epoch, "big"), int.from_bytes(number, "big"))

    def _confirmed(self, told: Receipt) -> None:
        now_ms = self._uptime.now_ms()
        before = self._panel.lamps(now_ms).state
        self._panel.receipt(told, now_ms)
        self._show()
        after = self._panel.lamps(now_ms).state
        # what the lamps do not show, such as duress, makes no sound either
        if self._sounder is not None and after != before:
            self._sounder.told(helped=after == HELPED)
        self._trace.hop(STATE_NAMES[told.state], told.epoch, told.number)

    def _ordered(self, piece: bytes) -> None:
        """A piece of settings or of an image: what takes it is loaded for a seal that holds."""
        purpose = seal.UPDATE if piece[1:2] == IMAGE else seal.CONFIG
        signer = seal.Signer(self._config.key, purpose)
        if signer.holds(piece[: -seal.SEAL_BYTES], piece[-seal.SEAL_BYTES :]):
            try:
                self._open_orders().take(piece)
            except (MemoryError, OSError):  # a button comes first; they are sent again
                self._orders = None
                forget("orders", "pieces", "fetch")

    def _open_orders(self) -> "Orders":
        if self._orders is None:
            from keypad.orders import Orders

            self._orders = Orders(
                self._config.device, self._start, self._keep, self._calm, self._trace.note
            )
        return self._orders

    def _started(self) -> None:
        self._keep(Wish(STARTED, value=machine.reset_cause()))
        if self._start.certificate is not None:
            which, hour = self._start.certificate
            self._keep(Wish(CERTIFICATE, zone=which, value=hour))

    def _calm(self, *, told: bool = True) -> bool:
        """Whether a start now cuts nobody's press short; `told`: nor what it has to tell."""
        for place, button in enumerate(self._buttons):
            if button.busy or (button.closed and not self._trigger.jammed >> place & 1):
                return False
        return not told or not (len(self._keeper) or self._panel.lamps(self._uptime.now_ms()).state)

    def _heartbeat(self, number: int) -> Heartbeat:
        who = (self._config.device, self._start.epoch, number)
        state = (len(self._keeper), self._link.rssi_dbm(), self._trouble())
        supplies_mv = (0, 0) if self._extras is None else self._extras.supplies_mv
        return self._pulse.beat(who, state, supplies_mv)
