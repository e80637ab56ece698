"""A lean MQTT 3.1.1 publisher for benchmarks: frames made before, QoS 1, many under way."""

import socket
import struct
import threading
import time


def text(value):
    raw = value.encode()
    return struct.pack("!H", len(raw)) + raw


def length(size):
    parts = bytearray()
    while True:
        size, byte = divmod(size, 128)
        parts.append(byte | (128 if size else 0))
        if not size:
            return bytes(parts)


class Flood:
    """One connection; `publish` blocks while `under_way_max` have no PUBACK."""

    def __init__(self, port, name, under_way_max=500):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = text("MQTT") + b"\x04\x02" + struct.pack("!H", 600) + text(name)
        self._socket.sendall(b"\x10" + length(len(body)) + body)
        assert self._socket.recv(4)[3] == 0
        self._room = threading.Semaphore(under_way_max)
        self._mid = 0
        self.pubacks = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while part := self._socket.recv(65536):
            rest += part
            whole = len(rest) // 4
            rest = rest[whole * 4 :]
            self.pubacks += whole
            self._room.release(whole) if whole else None

    def publish(self, topic, body, qos=1):
        self._room.acquire()
        self._mid = self._mid % 65535 + 1
        packet = text(topic) + struct.pack("!H", self._mid) + body
        self._socket.sendall(bytes([0x30 | qos << 1]) + length(len(packet)) + packet)

    def settle(self, count, wait_s=60):
        """Wait until `count` PUBACKs have come."""
        end = time.monotonic() + wait_s
        while self.pubacks < count:
            assert time.monotonic() < end, f"{self.pubacks} of {count} PUBACKs"
            time.sleep(0.002)

    def close(self):
        self._socket.close()
