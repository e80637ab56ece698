"""The tables [[dc09]] of the gateway's file: receivers of other makers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.dc09 import CONTACT_ID, SIA, Line

if TYPE_CHECKING:
    from gateway.check import Check

OUTSIDER_NAMES = (
    "name",
    "host",
    "port",
    "transport",
    "format",
    "account",
    "receiver",
    "line",
    "key_file",
    "poll_s",
)
OUTSIDERS_MAX = 4
KEY_BYTES = (16, 24, 32)


@dataclass(frozen=True, slots=True)
class Outsider:
    """A receiver of another maker, spoken to by SIA DC-09."""

    name: str
    host: str
    port: int
    transport: str
    poll_s: int
    line: Line


def outsiders_of(check: Check, taken: tuple[str, ...]) -> tuple[Outsider, ...]:
    """Every [[dc09]]; faults go to `check`. Names in `taken` are in use already."""
    listed = check.tables.get("dc09", [])
    if not isinstance(listed, list) or len(listed) > OUTSIDERS_MAX:
        check.fault("dc09", "", f"write up to {OUTSIDERS_MAX} tables [[dc09]]")
        return ()
    found = [_outsider(check, one, nth) for nth, one in enumerate(listed) if isinstance(one, dict)]
    names = [*taken, *(one.name for one in found)]
    for nth, one in enumerate(found):
        if names.count(one.name) > 1:
            check.fault("dc09", "name", f"{one.name!r} twice; give each its own", nth)
    return tuple(found)


def _outsider(check: Check, one: dict[str, Any], nth: int) -> Outsider:
    def text(name: str, default: str, pattern: str, want: str) -> str:
        value = one.get(name, default)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            check.fault("dc09", name, f"{value!r}; write {want}", nth)
            return default
        return value

    def number(name: str, default: int, least: int, most: int) -> int:
        value = one.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            check.fault("dc09", name, f"{value!r}; write {least} to {most}", nth)
            return default
        return value

    line = Line(
        account=text("account", "", r"[0-9A-Fa-f]{3,16}", "3 to 16 hexadecimal digits"),
        token=text("format", SIA, f"{SIA}|{CONTACT_ID}", f'"{SIA}" or "{CONTACT_ID}"'),
        receiver=text("receiver", "", r"[0-9A-Fa-f]{0,6}", "up to 6 hexadecimal digits"),
        line=text("line", "0", r"[0-9A-Fa-f]{1,6}", "1 to 6 hexadecimal digits"),
        key=_key(check, one.get("key_file", ""), nth),
    )
    return Outsider(
        name=text("name", "", r"[a-z0-9-]{1,20}", "up to 20 of a-z, 0-9, -"),
        host=text("host", "", r"\S{1,253}", "a host name or address"),
        port=number("port", 0, 1, 65535),
        transport=text("transport", "tcp", "tcp|udp", '"tcp" or "udp"'),
        poll_s=number("poll_s", 60, 1, 86_400),
        line=line,
    )


def _key(check: Check, name: object, nth: int) -> bytes:
    """An AES key of 16, 24 or 32 bytes, as hexadecimal digits in a file; b'' for none."""
    if not name:
        return b""
    path = check.path.parent / str(name)
    try:
        if path.stat().st_mode & 0o077:
            check.fault("dc09", "key_file", f"{path}: others may read it; chmod 600 {path}", nth)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        check.fault("dc09", "key_file", f"{path}: {error.strerror}; name a file that is there", nth)
        return b""
    except ValueError:
        key = b""
    if len(key) not in KEY_BYTES:
        check.fault("dc09", "key_file", f"{path}: 32, 48 or 64 hexadecimal digits are a key", nth)
    return key
