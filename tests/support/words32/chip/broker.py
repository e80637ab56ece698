"""A broker with a receiver behind it, and the way there: what a connection needs, and no socket.

This port has no sockets. `open_connection` gives objects as large as a board's own: a stream with
its three attributes, a socket of six words (modsocket.c of MicroPython's ESP32 port, 24 bytes; with
TLS one more object), and, while somebody waits to read, an entry in a table and one in a poller.
What passes is answered as a broker and a receiver do, with true seals; nothing of that is kept.
"""

import asyncio
import hashlib
import io
import select
import struct
from asyncio import core

import esp32
import machine
import network

COUNT = [0, 0, 0]
"""Signals receipted, heartbeats answered, and what the last of these said is still kept."""
INBOX = [b""]
KEY = [b""]
NOTHING = {}


def hmac(key, data):
    inner = bytes([byte ^ 0x36 for byte in key + bytes(64 - len(key))])
    outer = bytes([byte ^ 0x5C for byte in key + bytes(64 - len(key))])
    return hashlib.sha256(outer + hashlib.sha256(inner + data).digest()).digest()


def begin():
    """There is a network from now on, and this broker on it, which knows the key of the device."""
    key = bytearray(32)
    esp32.NVS("holdfast").get_blob("key", key)
    KEY[0] = hmac(bytes(key), b"holdfast/1/receipt")
    asyncio.open_connection = open_connection  # this port has none
    network.WLAN.near = True


def press(*pins):
    """These contacts are closed, all others open."""
    machine.Pin.closed = pins


def tell():
    """What has passed: a figure of a keypad that got nothing through would be worth nothing."""
    print("receipted", COUNT[0])
    print("answered", COUNT[1])
    print("pending", COUNT[2])


class Waiting:
    """Who waits to read: as the event loop of a board has it."""

    def __init__(self):
        self.poller = select.poll()
        self.map = {}

    def to_read(self, socket):
        self.map[id(socket)] = [core.cur_task, None, None, socket]
        self.poller.register(socket, select.POLLIN)
        core.cur_task.data = self
        self.wake()

    def wake(self):
        while INBOX[0] and self.map:
            task, _, _, socket = self.map.popitem()[1]
            self.poller.unregister(socket)
            core._task_queue.push(task)

    def remove(self, task):
        for number in self.map:
            if self.map[number][0] is task:
                self.poller.unregister(self.map.pop(number)[3])
                return


class Socket(io.IOBase):
    def ioctl(self, request, argument):
        return 0

    def setsockopt(self, level, option, value):
        pass

    def read(self, count):
        data = INBOX[0][:count]
        INBOX[0] = INBOX[0][count:]
        return data

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        serve(bytes(data))
        WAITING.wake()
        return len(data)

    def close(self):
        INBOX[0] = b""


class Stream:
    def __init__(self, socket):
        self.s = socket
        self.e = NOTHING
        self.out_buf = b""

    def read(self, count):
        yield WAITING.to_read(self.s)
        return self.s.read(count)

    def readinto(self, buffer):
        yield WAITING.to_read(self.s)
        return self.s.readinto(buffer)

    def readexactly(self, count):
        data = b""
        while count:
            yield WAITING.to_read(self.s)
            more = self.s.read(count)
            data += more
            count -= len(more)
        return data

    def write(self, data):
        self.s.write(data)

    def drain(self):
        return (yield from core.sleep_ms(0))


WAITING = Waiting()


async def open_connection(host, port, ssl=None, server_hostname=None):
    await core.sleep_ms(0)
    stream = Stream(Socket())
    return stream, stream


def serve(data):
    """Answer what the keypad writes: one packet."""
    kind = data[0] & 0xF0
    start = 2 if data[1] < 0x80 else 3
    if kind == 0x10:
        INBOX[0] += b"\x20\x02\x00\x00"
    elif kind == 0x80:
        INBOX[0] += b"\x90\x04" + data[start : start + 2] + b"\x01\x01"
    elif kind == 0xC0:
        INBOX[0] += b"\xd0\x00"
    elif kind == 0x30:
        end = start + 2 + (data[start] << 8 | data[start + 1])
        INBOX[0] += b"\x40\x02" + data[end : end + 2]
        answer(data[start + 2 : end], data[end + 2 :])


def answer(topic, frame):
    """As a receiver: a sealed receipt for a signal, a sealed answer to a heartbeat."""
    name = topic.rsplit(b"/", 1)[1]
    if name not in (b"signal", b"heartbeat"):
        return
    stored = name == b"signal"
    COUNT[0 if stored else 1] += 1
    if not stored:
        COUNT[2] = frame[27] << 8 | frame[28]
    body = b"\x01\x03" + frame[2:18] + struct.pack("!B16sQ", 1 if stored else 3, bytes(16), 1 << 40)
    topic = topic[: -len(name)] + b"receipt"
    packet = struct.pack("!H", len(topic)) + topic + b"\x00\x07" + body
    packet += hmac(KEY[0], body)[:16]
    head = bytes((0x32, len(packet))) if len(packet) < 0x80 else None
    INBOX[0] += (head or bytes((0x32, len(packet) & 0x7F | 0x80, len(packet) >> 7))) + packet
