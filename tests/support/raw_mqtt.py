"""MQTT 3.1.1 by hand, over plain TCP or a TLS-PSK tunnel by openssl: for attacks."""

import os
import select
import socket
import struct
import subprocess
import time

from needs import needs


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(raw)) + raw


def packet(kind, body):
    size, length = len(body), b""
    while True:
        size, byte = divmod(size, 128)
        length += bytes([byte | (128 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


class Tcp:
    """A plain connection."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.fileno = self._socket.fileno

    def send(self, data):
        self._socket.sendall(data)

    def read(self):
        return self._socket.recv(4096)

    def close(self):
        self._socket.close()


class Tunnel:
    """TLS-PSK, by openssl, which Python's ssl learns only in 3.13."""

    def __init__(self, port, identity, key):
        command = [needs("openssl"), "s_client", "-quiet", "-tls1_2"]
        command += ["-connect", f"127.0.0.1:{port}", "-psk", key, "-psk_identity", identity]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.fileno = self._process.stdout.fileno

    def send(self, data):
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def read(self):
        return os.read(self.fileno(), 4096)

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Mqtt:
    """One client; `connect` gives the return code of CONNACK, or None when it was cut off."""

    def __init__(self, way):
        self._way = way
        self._rest = b""
        self._mid = 0

    def connect(self, client_id, user=None, password=None, will=None):
        flags = 0x02
        body = text(client_id)
        if will:
            flags |= 0x0C
            body += text(will[0]) + text(will[1])
        if user is not None:
            flags |= 0x80
            body += text(user)
        if password is not None:
            flags |= 0x40
            body += text(password)
        head = text("MQTT") + b"\x04" + bytes([flags]) + struct.pack("!H", 60)
        try:
            self._way.send(packet(0x10, head + body))
            answer = self.next(0x20)
        except OSError:
            return None
        return None if answer is None else answer[1]

    def subscribe(self, *filters):
        self._mid += 1
        body = struct.pack("!H", self._mid) + b"".join(text(one) + b"\x01" for one in filters)
        self._way.send(packet(0x82, body))
        return self.next(0x90)

    def publish(self, topic, body, *, retain=False):
        """Publish at QoS 1; whether PUBACK came."""
        self._mid += 1
        frame = text(topic) + struct.pack("!H", self._mid) + body
        try:
            self._way.send(packet(0x32 | retain, frame))
            return self.next(0x40, wait_s=2) is not None
        except OSError:
            return False

    def next(self, kind, wait_s=5):
        """The body of the next packet of `kind`; None when none comes or the connection ends."""
        end = time.monotonic() + wait_s
        while True:
            while True:
                one = self._packet()
                if one is None:
                    break
                if one[0] & 0xF0 == kind:
                    return one[1]
            left_s = end - time.monotonic()
            if left_s <= 0 or not select.select([self._way.fileno()], [], [], left_s)[0]:
                return None
            part = self._way.read()
            if not part:
                return None
            self._rest += part

    def got(self, wait_s=0.5):
        """(topic, body) of the next PUBLISH; None when none comes."""
        body = self.next(0x30, wait_s)
        if body is None:
            return None
        size = struct.unpack("!H", body[:2])[0]
        return body[2 : 2 + size].decode(), body[4 + size :]

    def _packet(self):
        place, size = 1, 0
        while True:
            if place >= len(self._rest):
                return None
            byte = self._rest[place]
            size += (byte & 127) << 7 * (place - 1)
            place += 1
            if not byte & 128:
                break
        if len(self._rest) < place + size:
            return None
        one = self._rest[0], self._rest[place : place + size]
        self._rest = self._rest[place + size :]
        return one

    def close(self):
        self._way.close()
