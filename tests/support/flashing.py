"""`holdfast flash` as a person runs it, and an image that looks like one of MicroPython."""

import os
import struct
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent


def flash(*words, code=0):
    command = [BIN / "holdfast", "flash", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def make_image(path, chip_number=9, version=b"v1.29.0", *, table=True):
    content = bytearray(os.urandom(300_000))
    content[0] = 0xE9
    struct.pack_into("<H", content, 12, chip_number)
    content[0x8000:0x8020] = (b"\xaa\x50" if table else b"\0\0") + bytes(30)
    content[0x10020:0x10024] = struct.pack("<I", 0xABCD5432)
    content[0x10030:0x10050] = version.ljust(32, b"\0")
    path.write_bytes(content)
    return path
