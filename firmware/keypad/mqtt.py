"""A small MQTT 3.1.1 client: QoS 1, one write per packet, nothing kept in memory for the broker.

It promises that a connection that no longer answers is given up within 3 s plus the time
between two pings, and that a session the broker kept is used, not fought. It does not store or
repeat anything by itself: who publishes again under the same token gets the same packet identifier
and the DUP flag. It knows no Wi-Fi: a dead broker must not touch the link.

Figures (prototype): header and body in separate writes took 45 ms to PUBACK (Nagle against delayed
acknowledgements), in one write 0.08 ms; a client that polls each 100 ms took 100 ms.
"""

import asyncio
import struct

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.clock import Uptime

_CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBACK = const(0x40)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_TEND_MS = const(1000)
_ANSWER_MS_MAX = const(3000)
_LOOK_MS = const(5)
_RECEIVE_BYTES = const(176)
"""A body of this length is taken; a longer PUBLISH is read past and answered."""
_SKIP_BYTES_MAX = const(262144)
_SHORT_BYTES = const(2)
_SUBACK_BYTES = const(3)
_LENGTH_SHIFT_MAX = const(21)
_IPPROTO_TCP = const(6)
_TCP_NODELAY = const(1)


class MqttError(Exception):
    """The broker broke the protocol, refused us or fell silent: what it did."""


class Client:
    """One connection at a time. `taken(topic, body)` is called for all that arrives."""

    def __init__(
        self,
        taken: "Callable[[bytes, bytes], None]",
        uptime: "Uptime",
    ) -> None:
        self._taken = taken
        self._uptime = uptime
        self._stream: "Any" = None
        self._pid = 0
        self._in_flight: "dict[object, int]" = {}
        self._asked_ms: "int | None" = None
        self._tend_ms = 0
        self._body = bytearray(_RECEIVE_BYTES)
        self._writing = False
        self._why: "Exception | None" = None
        self._runner: "asyncio.Task[Any] | None" = None
        self.connected = False

    async def connect(
        self,
        address: "tuple[str, int]",
        login: bytes,
        topics: "tuple[str, ...]",
        tls: "Any" = None,
        name: "str | None" = None,
    ) -> None:
        """Connect, log in, subscribe. OSError, MqttError; call `close` after either.

        `login` is what `login_packet` makes; `tls` is a context or None, `name` what the broker's
        certificate must say. None of them is kept.
        """
        try:
            self._writing = False
            self._why = None
            self._stream = await _open(address, tls, name)
            await self._log_in(login, topics)
        except ValueError as error:
            # how Mbed TLS says that a certificate does not hold
            raise MqttError("TLS: %s" % str(error).strip())

    async def _log_in(self, login: bytes, topics: "tuple[str, ...]") -> None:
        await self._write(login)
        await self._fill(1)
        head = self._body[0]
        length = await self._length()
        if head != _CONNACK or length != _SHORT_BYTES:
            raise MqttError("no CONNACK came, but 0x%02x" % head)
        await self._fill(length)
        if self._body[1]:
            raise MqttError("the broker refused the login with code %d" % self._body[1])
        if not self._body[0] & 1:  # the broker has no session of ours
            self._in_flight.clear()
        pid = struct.pack("!H", self._next_pid())
        wanted = b""
        for topic in topics:
            wanted += _text(topic) + b"\x01"
        await self._write(_packet(0x82, pid, wanted))
        self._asked_ms = self._uptime.now_ms()
        self._tend_ms = self._asked_ms + _TEND_MS
        self.connected = True

    async def run(self) -> None:
        """Take what arrives until the connection ends; then raises OSError or MqttError.

        Somebody else calls `tend` meanwhile.
        """
        self._runner = asyncio.current_task()
        stream = self._stream
        first = memoryview(self._body)[:1]
        try:
            while self._why is None:
                # this is where a quiet keypad waits: no call deeper, each holds a frame
                count = await stream.readinto(first)
                if count:
                    await self._take(first[0])
                elif count is not None:
                    raise MqttError("the broker closed the connection")
            raise self._why
        except asyncio.CancelledError:
            if self._why is None:
                raise
            raise self._why
        finally:
            self._runner = None
            self.connected = False

    def give_up(self, why: "Exception | None" = None) -> None:
        """The way is gone, as another part knows: `run` ends, with `why`. Not for `taken`."""
        self._why = why or MqttError("given up")
        if self._runner is not None:
            self._runner.cancel()

    async def tend(self, now_ms: int) -> int:
        """Ping while it is quiet; MqttError when an answer is overdue.

        Returns how many milliseconds later it wants to be called again, at the latest.
        """
        if now_ms >= self._tend_ms:
            self._tend_ms = now_ms + _TEND_MS
            self._overdue(now_ms)
            if self._asked_ms is None:
                self._asked_ms = now_ms
                await self._write(b"\xc0\x00")
        return max(1, self._tend_ms - now_ms)

    async def publish(
        self, topic: str, body: bytes, token: object, *, retain: bool = False
    ) -> None:
        """Hand `body` to the broker, QoS 1; does not wait for PUBACK. OSError when it cannot."""
        if not self.connected:
            raise OSError("not connected")
        flags = 0x32 | (1 if retain else 0)
        pid = self._in_flight.get(token)
        if pid is None:
            pid = self._in_flight[token] = self._next_pid()
        else:
            flags |= 0x08
        if self._asked_ms is None:
            self._asked_ms = self._uptime.now_ms()
        await self._write(_packet(flags, _text(topic), struct.pack("!H", pid), body))

    def forget(self, token: object) -> None:
        """Nobody will publish under `token` again."""
        self._in_flight.pop(token, None)

    def close(self) -> None:
        """Drop the connection at once, without a farewell: the last will is to be published."""
        self.connected = False
        self._asked_ms = None
        self._why = None
        if self._stream is not None:
            # MicroPython's stream closes nothing: the chip has few sockets, and memory for one TLS
            self._stream.s.close()
            self._stream = None

    # ***** inside *****

    def _next_pid(self) -> int:
        while True:
            self._pid = self._pid % 0xFFFF + 1
            if self._pid not in self._in_flight.values():
                return self._pid

    def _overdue(self, now_ms: int) -> None:
        """MqttError when the broker owes an answer for too long."""
        if self._asked_ms is not None and now_ms - self._asked_ms >= _ANSWER_MS_MAX:
            raise MqttError("the broker did not answer for %d ms" % (now_ms - self._asked_ms))

    async def _take(self, head: int) -> None:
        length = await self._length()
        kind = head & 0xF0
        if kind == _PUBLISH:
            await self._arrived(head, length)
            self._asked_ms = None  # whoever sends is alive
            return
        if length > _RECEIVE_BYTES:
            raise MqttError("packet 0x%02x with %d bytes" % (head, length))
        await self._fill(length)
        if kind == _PUBACK and length == _SHORT_BYTES:
            pid = self._body[0] << 8 | self._body[1]
            for token, known in self._in_flight.items():
                if known == pid:
                    del self._in_flight[token]
                    break
        elif kind not in (_PUBACK, _SUBACK, _PINGRESP):
            raise MqttError("a broker does not send 0x%02x" % head)
        elif kind == _SUBACK and length >= _SUBACK_BYTES and max(self._body[2:length]) & 0x80:
            raise MqttError("the broker refused the subscription; check its ACL")
        self._asked_ms = None

    async def _arrived(self, head: int, length: int) -> None:
        taken = min(length, _RECEIVE_BYTES)
        await self._fill(taken)
        body = self._body
        topic_end = 2 + (body[0] << 8 | body[1])
        start = topic_end + (2 if head & 6 else 0)
        if start > taken:
            raise MqttError("a topic of %d bytes" % (topic_end - 2))
        answer = b""
        if head & 6:
            answer = b"\x40\x02" + bytes(body[topic_end:start])
        if length > taken:
            await self._skip(length - taken)
        else:
            self._taken(bytes(body[2:topic_end]), bytes(body[start:length]))
        if answer:
            await self._write(answer)

    async def _skip(self, length: int) -> None:
        if length > _SKIP_BYTES_MAX:
            raise MqttError("%d bytes more than fit" % length)
        while length:
            part = min(length, _RECEIVE_BYTES)  # over the body, which nobody asks for any more
            await self._fill(part)
            length -= part

    async def _length(self) -> int:
        length = shift = 0
        while True:
            await self._fill(1)
            byte = self._body[0]
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return length
            shift += 7
            if shift > _LENGTH_SHIFT_MAX:
                raise MqttError("a length of more than four bytes")

    async def _fill(self, length: int) -> None:
        """Read so many bytes into the body."""
        view = memoryview(self._body)
        got = 0
        while got < length:
            if self._stream is None:
                raise MqttError("the connection was given up: the broker does not answer")
            count = await self._stream.readinto(view[got:length])
            if count is not None:  # None: of a TLS record not all is there yet
                if not count:
                    raise MqttError("the broker closed the connection")
                got += count

    async def _write(self, packet: bytes) -> None:
        """One packet at a time. A broker that takes nothing is looked at again and again.

        Not asyncio's `drain`, which waits for it without an end and holds up whoever watches it.
        """
        while self._writing:
            await asyncio.sleep_ms(_LOOK_MS)
        self._writing = True
        try:
            while packet:
                if self._stream is None:
                    raise OSError("not connected")
                packet = packet[self._stream.s.write(packet) or 0 :]
                if packet and self.connected:  # until then whoever connects sets the limit
                    now_ms = self._uptime.now_ms()
                    if self._asked_ms is None:
                        self._asked_ms = now_ms
                    self._overdue(now_ms)
                # also when all is gone: whoever sends many packets in a row lets others have turns
                await asyncio.sleep_ms(_LOOK_MS if packet else 0)
        finally:
            self._writing = False


def login_packet(
    client: str, user: str, password: str, *, will_topic: str, keepalive_s: int
) -> bytes:
    """Who we are to the broker, and that it says 0 on `will_topic` when we are gone."""
    flags = 0x04 | 0x08 | 0x20 | 0xC0  # will, QoS 1, retained; user and password; session kept
    return _packet(
        0x10,
        b"\x00\x04MQTT\x04",
        struct.pack("!BH", flags, keepalive_s),
        _text(client),
        _text(will_topic),
        _text("0"),
        _text(user),
        _text(password),
    )


async def _open(address: "tuple[str, int]", tls: "Any", name: "str | None") -> "Any":
    # on MicroPython reader and writer are one stream
    stream: "Any" = (
        await asyncio.open_connection(
            address[0], address[1], ssl=tls, server_hostname=name if tls else None
        )
    )[0]
    if tls is None:
        # two packets in a row must not wait for each other's acknowledgement
        stream.s.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
    return stream


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data


def _packet(head: int, *parts: bytes) -> bytes:
    """The whole packet as one piece, for one write."""
    body = b"".join(parts)
    length = len(body)
    first = bytearray((head,))
    while True:
        byte = length & 0x7F
        length >>= 7
        first.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(first) + body
