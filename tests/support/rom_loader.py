"""The serial loader in an ESP32's ROM, as esptool speaks to it, over a pseudo terminal.

Frames and commands after Espressif's "Serial Protocol" page of esptool's documentation. It holds
the flash as bytes, so that a test sees what the real esptool has really written, and has faults to
order: another chip, silence, a flash that does not keep a bit.
"""

import hashlib
import os
import pty
import select
import struct
import threading
import tty
import zlib

CHIP_IDS = {"esp32s3": 9, "esp32c3": 5}
_SYNC, _MEM_BEGIN, _MEM_END, _MEM_DATA = 0x08, 0x05, 0x06, 0x07
_READ_REG, _SECURITY_INFO = 0x0A, 0x14
_BEGIN, _DATA = 0x02, 0x03
_DEFL_BEGIN, _DEFL_DATA, _MD5 = 0x10, 0x11, 0x13
_SPI_W0 = 0x60002058
_FLASH_ID_8MB = 0x1740C8


class RomLoader:
    """A chip in its download mode, at `port`."""

    def __init__(self, chip="esp32s3", *, silent=False, bad_bit_at=None):
        self.flash = bytearray(b"\xff" * 8 * 1024 * 1024)
        self._chip = chip
        self._silent = silent
        self._bad_bit_at = bad_bit_at
        self._stub = False
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._unzip = None
        self._place = 0
        self._ended = False
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended = True
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _live(self):
        rest = b""
        while not self._ended:
            if not select.select([self._master], [], [], 0.1)[0]:
                continue
            rest += os.read(self._master, 65536)
            *frames, rest = rest.split(b"\xc0")
            for frame in frames:
                if frame and not self._silent:
                    plain = frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
                    self._heard(plain)

    def _say(self, data):
        data = data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        os.write(self._master, b"\xc0" + data + b"\xc0")

    def _answer(self, command, value=0, data=b""):
        status = b"\0\0" if self._stub else b"\0\0\0\0"
        body = data + status
        self._say(struct.pack("<BBHI", 1, command, len(body), value) + body)

    def _heard(self, frame):
        _, command, length, _ = struct.unpack_from("<BBHI", frame)
        data = frame[8 : 8 + length]
        value, answer = 0, b""
        if command == _SYNC:
            value = 0 if self._stub else 0x20120707  # 0 is how a running stub is known
            for _ in range(7):
                self._answer(command, value)
        elif command == _READ_REG:
            value = _FLASH_ID_8MB if struct.unpack("<I", data)[0] == _SPI_W0 else 0
        elif command == _SECURITY_INFO:
            answer = struct.pack("<IB7sII", 0, 0, bytes(7), CHIP_IDS[self._chip], 0)
        elif command in {_BEGIN, _DEFL_BEGIN}:
            self._place = struct.unpack_from("<IIII", data)[3]
            self._unzip = zlib.decompressobj()
        elif command == _DATA:
            self._write(data[16:])
        elif command == _DEFL_DATA:
            self._write(self._unzip.decompress(data[16:]))
        elif command == _MD5:
            place, size = struct.unpack_from("<II", data)
            held = self.flash[place : place + size]
            answer = hashlib.md5(held).digest()  # noqa: S324  # esptool asks for it
        self._answer(command, value, answer)
        if command == _MEM_END:
            self._stub = True
            self._say(b"OHAI")

    def _write(self, content):
        self.flash[self._place : self._place + len(content)] = content
        self._place += len(content)
        if self._bad_bit_at is not None and self._place > self._bad_bit_at:
            self.flash[self._bad_bit_at] &= 0xFE
