"""SIA DC-09 on the wire: our signals for receivers of other makers, and their answers. Pure.

Frames are <LF> CRC, length, body <CR>; the body is a token, a sequence number, an account and data,
in the clear or under AES-CBC with a timestamp. Formats SIA-DCS and ADM-CID. Source: ANSI/SIA
DC-09-2013 and -2021; checked against frames of real panels and pysiaalarm (tests/gateway).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from alarm_wire.codes import code_of
from alarm_wire.signal import ITSELF, TEST, Signal, device_text
from gateway.errors import AnswerError

SIA = "SIA-DCS"
CONTACT_ID = "ADM-CID"
NULL = "NULL"
FRAME_BYTES_MAX = 1_024
SEQUENCE_MAX = 9_999
_POINT_MAX = 999
_BLOCK = 16
_FRAME = re.compile(rb"\n([0-9A-F]{4})([0-9A-F]{4})(.*)\r", re.DOTALL)
# Receivers disagree on what stands between sequence and data, so only an account is looked for.
_BODY = re.compile(rb'"(\*?)(ACK|NAK|DUH)"(\d{4})([^\[]{0,48})\[(.*)$', re.DOTALL)
_ACCOUNT = re.compile(rb"#([0-9A-Fa-f]{3,16})$")
_STAMP = re.compile(rb"_(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{4})")


@dataclass(frozen=True, slots=True)
class Line:
    """How one receiver wants to be spoken to: account, format, its numbers, and the AES key."""

    account: str
    token: str = SIA
    receiver: str = ""
    line: str = "0"
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """ACK, NAK or DUH to frame `sequence`; a NAK tells the receiver's time, seconds since 1970."""

    kind: str
    sequence: int
    utc_s: float | None


def event(signal: Signal, token: str) -> str:
    """The data of a signal, without its account: Nri1/HA01 or 1122 01 001."""
    code = code_of(signal.kind)
    point = min(signal.zone, _POINT_MAX)
    if token == CONTACT_ID:
        return f"{code.contact_id()} 01 {point:03d}"
    about = f"^{device_text(signal.about)}^" if signal.about != ITSELF else ""
    on_test = "^TEST^" if signal.flags & TEST else ""
    return f"Nri1/{code.sia}{point:02d}{about}{on_test}"


def encode(  # noqa: PLR0917 - the parts of a frame, in its order
    line: Line, token: str, sequence: int, data: str, utc_s: float, pad: bytes
) -> bytes:
    """One frame. `data` as `event` makes it, '' for NULL; `pad` are 16 random bytes for AES."""
    stamp = datetime.fromtimestamp(utc_s, UTC).strftime("_%H:%M:%S,%m-%d-%Y")
    receiver = f"R{line.receiver}" if line.receiver else ""
    head = f"{sequence:04d}{receiver}L{line.line}#{line.account}"
    content = f"#{line.account}|{data}" if data else ""
    if not line.key:
        return framed(f'"{token}"{head}[{content}]{stamp}'.encode("ascii"))
    # What is to be hidden begins after the padding and a bar, and is a whole number of blocks.
    plain = f"|{content}]{stamp}".encode("ascii")
    letters = bytes(ord("A") + byte % 20 for byte in pad)
    sealed = _aes(line.key, letters[: -len(plain) % _BLOCK] + plain, encrypt=True)
    return framed(f'"*{token}"{head}['.encode("ascii") + sealed.hex().upper().encode("ascii"))


def framed(body: bytes) -> bytes:
    """Line feed, checksum, length, `body`, carriage return."""
    return b"\n%04X%04X%s\r" % (crc16(body), len(body), body)


def decode(raw: bytes, line: Line) -> Answer:
    """The answer in `raw`. Raises AnswerError for anything else.

    An ACK in the clear where a key was agreed is anybody's, and none.
    """
    frame = _FRAME.fullmatch(raw)
    if frame is None:
        raise AnswerError(f"no DC-09 frame but {raw[:40]!r}; is this a DC-09 receiver?")
    if int(frame[1], 16) != crc16(frame[3]) or int(frame[2], 16) != len(frame[3]):
        raise AnswerError("a DC-09 frame whose checksum or length is wrong; a bad line?")
    body = _BODY.match(frame[3])
    if body is None:
        raise AnswerError(f"neither ACK, NAK nor DUH but {frame[3][:40]!r}")
    account = _ACCOUNT.search(body[4])
    if account is not None and account[1].upper() != line.account.upper().encode("ascii"):
        raise AnswerError(f"an answer for account {account[1].decode('ascii')}, not ours")
    kind, rest = body[2].decode("ascii"), body[5]
    if body[1]:
        rest = _opened(rest, line)
    elif line.key and kind == "ACK":
        raise AnswerError("an ACK in the clear though a key is set; set the same key on both sides")
    return Answer(kind, int(body[3]), _stamp(rest))


def crc16(data: bytes) -> int:
    """CRC-16 as DC-09 wants it: polynomial 0x8005 reflected, start 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def _opened(rest: bytes, line: Line) -> bytes:
    whole = re.fullmatch(rb"(?:[0-9A-Fa-f]{32})+", rest) is not None
    if not line.key or not whole:
        raise AnswerError("an encrypted answer that cannot be opened; do the keys match?")
    plain = _aes(line.key, bytes.fromhex(rest.decode("ascii")), encrypt=False)
    if b"]" not in plain or _stamp(plain) is None:
        raise AnswerError("an encrypted answer that makes no sense; do the keys match?")
    return plain[plain.index(b"]") :]


def _stamp(rest: bytes) -> float | None:
    found = _STAMP.search(rest)
    if found is None:
        return None
    hour, minute, second, month, day, year = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _aes(key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    """AES-CBC with the zero vector that the standard wants."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK)))
    worker = cipher.encryptor() if encrypt else cipher.decryptor()
    return worker.update(data) + worker.finalize()
