"""Carries kept signals to the broker until a sealed receipt confirms each of them.

It promises that a signal is dropped on a receipt whose seal has held, and for no other reason: not
on PUBACK, not on age, not on failure. (Measured with drops on PUBACK: 101 of 321 presses lost when
brokers were killed.) Several signals are under way at once; a lost receipt holds up nobody.
"""

import asyncio
import os

from alarm_wire import receipt, seal
from alarm_wire.backoff import Backoff
from alarm_wire.frame import WireError, seal_heartbeat, seal_sent
from alarm_wire.outbox import Outbox
from alarm_wire.signal import Heartbeat, device_text
from keypad.address import is_address
from keypad.answers import Answers
from keypad.mqtt import Client, MqttError, login_packet
from keypad.ring import RingError
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.clock import Uptime, Wall
    from keypad.link import Link
    from keypad.names import Names
    from keypad.settings import Settings

_CONNECT_MS = const(4000)
_RETRY_MS_MIN = const(100)
_RETRY_MS_MAX = const(2000)
_KEEPALIVE_S = const(15)
_PATIENCE_MS_MIN = const(5000)
_PATIENCE_MS_MAX = const(80000)
"""A signal that no receiver answers for so long goes to the other broker, if there is one: the one
next door takes it, and may have nobody behind it. Longer each time, until a receipt comes."""
_BEAT = const("heartbeat")
_PRESENCE = const("presence")


def jitter() -> float:
    """A number from 0 to 1 that two keypads do not share."""
    return os.urandom(1)[0] / 255


class Courier:
    """Connects, sends what the outbox says is due, takes receipts.

    turned_ms   uptime when the courier last did something
    answers     whether a receiver answers our heartbeats
    reached     a receipt whose seal held has come since the start
    heard       a heartbeat of this start has been answered
    """

    def __init__(
        self,
        config: "Settings",
        epoch: int,
        tls: "Any",
        outbox: Outbox,
        *,
        uptime: "Uptime",
        wall: "Wall",
        link: "Link",
        beat: "Callable[[int], Heartbeat]",
        confirmed: "Callable[[receipt.Receipt], None]",
        sent: "Callable[[bytes], None]",
        ordered: "Callable[[bytes], None]",
        note: "Callable[[str], None]",
    ) -> None:
        self._root = "holdfast/1/" + device_text(config.device) + "/"
        self._config = config
        self._epoch = epoch
        self._outbox = outbox
        self._uptime = uptime
        self._wall = wall
        self._link = link
        self._beat = beat
        self._confirmed = confirmed
        self._sent = sent
        self._ordered = ordered
        self._signal_signer = seal.Signer(config.key, seal.SIGNAL)
        self._receipt_signer = seal.Signer(config.key, seal.RECEIPT)
        self._client = Client(self._arrived, uptime)
        self._tls = tls
        self._names = self._resolver()
        self._sleeper: "asyncio.Task[Any] | None" = None
        self._woken = False
        self._beats = self._beat_ms = 0
        self._asked_ms = self._since_ms = 0
        self._patience_ms = _PATIENCE_MS_MIN
        self.answers = Answers(config.heartbeat_s * 1000)
        self.turned_ms = 0
        self.reached = self.heard = False
        self._why = ""
        self._note = note

    @property
    def connected(self) -> bool:
        """Whether the broker has us."""
        return self._client.connected

    def wake(self) -> None:
        """Something was kept: look now."""
        self._woken = True
        sleeper = self._sleeper
        if sleeper is not None:
            self._sleeper = None  # it knows by that for what it is cancelled
            sleeper.cancel()

    def link_lost(self) -> None:
        """The radio is gone: do not wait for the broker to fall silent."""
        self._client.give_up()

    async def run(self) -> None:
        """Connect and send, for ever; the brokers by turns."""
        backoff = Backoff(_RETRY_MS_MIN, _RETRY_MS_MAX)
        turn = 0
        while True:
            await self._link.up.wait()
            self.turned_ms = self._uptime.now_ms()
            sender = None
            try:
                await self._connect(turn)
                backoff.reset()
                self._outbox.hurry()
                self._asked_ms = 0
                self._since_ms = self._uptime.now_ms()
                sender = asyncio.create_task(self._send())
                await self._client.run()
            except (OSError, MqttError, asyncio.TimeoutError) as error:
                self._failed(str(error) or "no answer")
            finally:
                if sender is not None:
                    sender.cancel()
                self._client.close()
            turn += 1
            await asyncio.sleep_ms(backoff.next_ms(jitter()))

    def _failed(self, why: str) -> None:
        if why != self._why:
            self._why = why
            self._note("keypad: broker: %s" % why)

    def _resolver(self) -> "Names | None":
        """Only for settings with a name in them."""
        config = self._config
        if is_address(config.host) and (not config.host_2 or is_address(config.host_2)):
            return None
        from keypad.names import Names

        return Names(self._link.dns)

    async def _connect(self, turn: int) -> None:
        """To one broker in odd turns and to the other, if there is one, in even ones."""
        config = self._config
        name, port = config.host, config.port
        if config.host_2 and turn & 1:
            name, port = config.host_2, config.port_2
        names = None if is_address(name) else self._names
        host = name if names is None else await names.find(name)
        if names is not None:
            names.bad(name)  # until it has proved good
        connecting = self._client.connect(
            (host, port), self._login(), self._topics(), self._tls, name
        )
        await asyncio.wait_for_ms(connecting, _CONNECT_MS)
        if names is not None:
            names.good(name, host)

    def _login(self) -> bytes:
        """Made for each connection: between two of them it would only take heap."""
        config = self._config
        own = device_text(config.device)
        return login_packet(
            own,
            config.user or own,
            config.password,
            will_topic=self._root + _PRESENCE,
            keepalive_s=_KEEPALIVE_S,
        )

    def _topics(self) -> "tuple[str, ...]":
        return self._root + "receipt", self._root + "config"

    async def _send(self) -> None:
        """Send what is due, and sleep until something is or `wake` says so.

        It waits nowhere deeper, and with no other task: each call and task takes heap meanwhile.
        """
        try:
            await self._client.publish(self._root + _PRESENCE, b"1", _PRESENCE, retain=True)
            while self._client.connected:
                wait_ms = await self._send_due()
                if self._woken or not wait_ms:
                    continue
                self._sleeper = asyncio.current_task()
                try:
                    await asyncio.sleep_ms(wait_ms)
                except asyncio.CancelledError:
                    if self._sleeper is not None:
                        raise  # not woken: the connection has ended
                finally:
                    self._sleeper = None
        except Exception as error:  # noqa: BLE001  # the session ends with it
            self._client.give_up(error)

    async def _send_due(self) -> int:
        """Send one frame that is due; milliseconds until it is to be called again."""
        self._woken = False
        now_ms = self.turned_ms = self._uptime.now_ms()
        if self._config.host_2:
            self._leave_deaf(now_ms)
        number = self._outbox.due(now_ms, jitter())
        if number is not None:
            try:
                content = self._outbox.content(number)
            except RingError:
                return 0  # damaged since it was kept: the ring counts it; the others go on
            frame = seal_sent(content, self._epoch, now_ms, self._signal_signer)
            await self._client.publish(self._root + "signal", frame, number)
            self._asked_ms = self._asked_ms or now_ms
            self._sent(content)
            return 0
        if now_ms >= self._beat_ms:
            self._beat_ms = now_ms + self._config.heartbeat_s * 1000
            self._beats += 1
            # made anew each time: it has the time, and its pads would take 0.2 KB meanwhile
            signer = seal.Signer(self._config.key, seal.HEARTBEAT)
            frame = seal_heartbeat(self._beat(self._beats), signer)
            self._wall.asked(self._beats, now_ms)
            await self._client.publish(self._root + _BEAT, frame, _BEAT)
            return 0
        wait_ms = min(self._beat_ms - now_ms, await self._client.tend(now_ms))
        due_ms = self._outbox.wait_ms(now_ms)
        if due_ms is not None:
            wait_ms = min(wait_ms, due_ms)
        return max(1, wait_ms)

    def _leave_deaf(self, now_ms: int) -> None:
        """MqttError when no receiver answers by way of this broker: the next one is tried."""
        if self._asked_ms and now_ms - self._asked_ms > self._patience_ms:
            self._patience_ms = min(self._patience_ms * 2, _PATIENCE_MS_MAX)
        elif now_ms - self._since_ms < self.answers.silent_ms_max or not self.answers.silent(
            now_ms
        ):
            return
        raise MqttError("no receiver answers")

    def _arrived(self, topic: bytes, body: bytes) -> None:
        if topic.endswith(b"/config"):
            self._ordered(body)
            return
        try:
            told = receipt.open_receipt(body, self._receipt_signer)
        except WireError:
            return
        if told.device != self._config.device:
            return
        self.reached = True
        self._asked_ms = 0
        if told.state == receipt.HEARD:
            if told.epoch == self._epoch:
                now_ms = self._uptime.now_ms()
                self.heard = True
                self.answers.told(told.number, self._beats, now_ms)
                self._wall.told(told.number, told.moment_utc_ms, now_ms)
            return
        self._patience_ms = _PATIENCE_MS_MIN
        try:
            if self._outbox.confirm(told.epoch, told.number):
                self._client.forget(told.number)
        except RingError:
            pass  # it cannot be read any more; the ring counts it
        self._confirmed(told)
        self.wake()
