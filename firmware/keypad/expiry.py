"""When the keypad's certificates end, as it tells the receiver after each start.

It promises the end that the certificate itself states (RFC 5280, notAfter), and nothing for what is
no certificate. It checks no signature: that is TLS's to do. Loaded only by a keypad that holds
certificates, and thrown away before the application starts.
"""

from alarm_wire.signal import CERTIFICATE_AUTHORITY, CERTIFICATE_OWN

_SEQUENCE = 0x30
_VERSION = 0xA0
_UTC_TIME = 0x17
_TIME = 0x18
_LONG = 0x80
_TIME_BYTES = 15
_MARCH = 3


def first(own: bytes, authority: bytes) -> "tuple[int, int]":
    """Which of our certificates (DER) ends first, and in which hour since 1970; (0, 0): neither."""
    found = [
        (ends, part)
        for part, ends in (
            (CERTIFICATE_OWN, ends_hour(own)),
            (CERTIFICATE_AUTHORITY, ends_hour(authority)),
        )
        if ends
    ]
    if not found:
        return 0, 0
    ends, part = min(found)
    return part, ends


def ends_hour(der: bytes) -> int:
    """The hour since 1970 in which a certificate ends; 0 for what is no certificate."""
    try:
        at, _ = _inside(der, 0, _SEQUENCE)
        at, _ = _inside(der, at, _SEQUENCE)
        if der[at] == _VERSION:
            at = _behind(der, at)
        for _ in range(3):  # serial number, algorithm, issuer
            at = _behind(der, at)
        at, _ = _inside(der, at, _SEQUENCE)
        at = _behind(der, at)  # notBefore
        kind = der[at]
        at, size = _inside(der, at, kind)
        return _hour(kind, der[at : at + size])
    except (IndexError, ValueError):
        return 0


def _inside(der: bytes, at: int, kind: int) -> "tuple[int, int]":
    """Where the content of the element at `at` begins, and its length."""
    if der[at] != kind:
        raise ValueError
    size = der[at + 1]
    at += 2
    if size >= _LONG:
        octets = size - _LONG
        size = int.from_bytes(der[at : at + octets], "big")
        at += octets
    if at + size > len(der):
        raise ValueError
    return at, size


def _behind(der: bytes, at: int) -> int:
    at, size = _inside(der, at, der[at])
    return at + size


def _hour(kind: int, text: bytes) -> int:
    """YYMMDDHHMMSSZ (19YY from 50 on) or YYYYMMDDHHMMSSZ as an hour since 1970."""
    if kind == _UTC_TIME:
        century = b"19" if text[:2] >= b"50" else b"20"
        text = century + text
    elif kind != _TIME:
        raise ValueError
    if len(text) != _TIME_BYTES or text[14:] != b"Z":
        raise ValueError
    year, month, day, hour = (
        int(text[:4]),
        int(text[4:6]),
        int(text[6:8]),
        int(text[8:10]),
    )
    if month < _MARCH:  # a year that begins in March has its leap day at its end
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day
    return max(1, (days - 719469) * 24 + hour)
