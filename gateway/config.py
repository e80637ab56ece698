"""The gateway's TOML file, checked whole at start: every fault at once, with line and remedy.

It promises that a gateway that starts has a configuration that can work as far as a file can tell,
and that nothing is guessed: an unknown name is a fault, never ignored. docs/gateway.md lists it.
"""

from __future__ import annotations

import os
import re
import tomllib
from binascii import crc32
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alarm_wire.seal import KEY_BYTES
from alarm_wire.signal import DEVICE_BYTES
from gateway.check import Check, between
from gateway.errors import ConfigError
from gateway.outsiders import OUTSIDER_NAMES, Outsider, outsiders_of
from gateway.paths import PROFILES, Profile
from gateway.trust import is_url, trusting

if TYPE_CHECKING:
    from pathlib import Path

RECEIVERS_MAX = 8
INTERFACE_LENGTH_MAX = 15
DEFAULT_PROFILE = "SP5"
SITE_LENGTH_MAX = 60
DEVICES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Way:
    """One path to a receiver: its address, over one network interface ('': as the routes say)."""

    url: str
    interface: str = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver: a name for people, the profile of its paths, and these, the first first."""

    name: str
    profile: Profile
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker at the premises. Version "5", or "3.1.1" for one that knows no better."""

    host: str = "127.0.0.1"
    port: int = 1883
    version: str = "5"
    client_id: str = "holdfast-gateway"
    username: str = ""
    password_file: str = ""
    keepalive_s: int = 5


@dataclass(frozen=True, slots=True)
class Keypads:
    """How long a keypad may be silent, in seconds; whom to expect, and who is retired.

    Six and eight heartbeats of 10 s may be missing: with 5 % of them lost and 2 s of jitter nobody
    was told late or lost falsely in 7 simulated days of 100 keypads, and a loss is told in 90 s.
    """

    late_s: float = 65.0
    lost_s: float = 90.0
    devices: tuple[bytes, ...] = ()
    retired: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files of the kernel that say how the gateway's body is, and the word that means good."""

    mains_file: str = ""
    mains_good: str = "1"
    tamper_file: str = ""
    tamper_good: str = "1"


@dataclass(frozen=True, slots=True)
class Texting:
    """Who is texted when no receiver can be reached, and how the site is called there."""

    site: str = ""
    numbers: tuple[str, ...] = ()
    gammu_file: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a gateway is told."""

    device: bytes
    key: bytes = field(repr=False)
    folder: Path
    heartbeat_s: float | None
    signals_max: int
    broker: Broker
    keypads: Keypads
    receivers: tuple[Receiver, ...]
    outsiders: tuple[Outsider, ...]
    inputs: Inputs
    texting: Texting
    metrics_port: int
    fingerprint: int


_NAMES = {
    "gateway": {"device", "key_file", "folder", "heartbeat_s"},
    "broker": set(Broker.__dataclass_fields__),
    "keypads": set(Keypads.__dataclass_fields__),
    "spool": {"signals_max"},
    "inputs": set(Inputs.__dataclass_fields__),
    "sms": set(Texting.__dataclass_fields__),
    "metrics": {"port"},
    "dc09": set(OUTSIDER_NAMES),
    "receiver": {"name", "profile", "url", "interface", "ca_file", "path"},
}


def load(path: Path) -> Config:
    """The checked configuration in `path`. Raises ConfigError with every fault found."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}; name the file with --config"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: {error}; see https://toml.io for the form"]) from error
    check = Check(path, text, tables)
    config = _read(check, text)
    if check.faults or config is None:
        raise ConfigError(check.faults)
    return config


def _read(check: Check, text: str) -> Config | None:
    _unknown(check)
    device = _device(check)
    key = _key(check)
    folder = check.get("gateway", "folder", str, None, bool, 'a folder, such as "var/gateway"')
    number = (int, float)
    heartbeat_s = check.get("gateway", "heartbeat_s", number, 0.0, *between(0.05, 3600))
    signals_max = check.get("spool", "signals_max", int, 20_000, *between(10, 200_000))
    broker = _broker(check)
    keypads = _keypads(check, broker)
    receivers = _receivers(check)
    texting = _texting(check)
    outsiders = outsiders_of(check, tuple(receiver.name for receiver in receivers))
    if check.faults:
        return None
    return Config(
        device=device,
        key=key,
        folder=(check.path.parent / folder),
        heartbeat_s=float(heartbeat_s) or None,
        signals_max=signals_max,
        broker=broker,
        keypads=keypads,
        receivers=receivers,
        outsiders=outsiders,
        inputs=_inputs(check),
        texting=texting,
        metrics_port=check.get("metrics", "port", int, 0, *between(1, 65535)),
        fingerprint=crc32(text.encode()),
    )


def _unknown(check: Check) -> None:
    for table, values in check.tables.items():
        if table not in _NAMES:
            check.fault(table, "", f"no such table; there are {', '.join(sorted(_NAMES))}")
            continue
        for nth, one in enumerate(values if isinstance(values, list) else [values]):
            if not isinstance(one, dict):
                check.fault(table, "", f"is no table; write [{table}] before its values")
                continue
            for name in one.keys() - _NAMES[table]:
                known = ", ".join(sorted(_NAMES[table]))
                check.fault(table, name, f"no such name; there are {known}", nth)


def _device(check: Check) -> bytes:
    want = "16 hexadecimal digits in quotes"
    text = check.get("gateway", "device", str, None, _is_device, want)
    return bytes.fromhex(text) if text else b""


def _is_device(text: str) -> bool:
    return bool(re.fullmatch(rf"[0-9a-f]{{{2 * DEVICE_BYTES}}}", text)) and bool(int(text, 16))


def _key(check: Check) -> bytes:
    name = check.get("gateway", "key_file", str, None, bool, "the file with the gateway's key")
    if not name:
        return b""
    path = check.path.parent / name
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
        key = bytes.fromhex(text)
    except OSError as error:
        check.fault(
            "gateway", "key_file", f"{path}: {error.strerror}; make one: holdfast provision gateway"
        )
        return b""
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        want = f"{2 * KEY_BYTES} hexadecimal digits"
        check.fault("gateway", "key_file", f"{path}: holds no key; it should hold {want}")
    if mode & 0o077:
        check.fault("gateway", "key_file", f"{path}: others may read it; chmod 600 {path}")
    return key


def _broker(check: Check) -> Broker:
    get = check.get
    name = Broker()
    return Broker(
        host=get("broker", "host", str, name.host, bool, "a host name or address"),
        port=get("broker", "port", int, name.port, *between(1, 65535)),
        version=get(
            "broker", "version", str, name.version, {"5", "3.1.1"}.__contains__, '"5" or "3.1.1"'
        ),
        client_id=get("broker", "client_id", str, name.client_id, bool, "a name"),
        username=get("broker", "username", str, ""),
        password_file=_file(check, "broker", "password_file"),
        keepalive_s=get("broker", "keepalive_s", int, name.keepalive_s, *between(1, 60)),
    )


def _texting(check: Check) -> Texting:
    numbers = check.get("sms", "numbers", list, [])
    site = check.get(
        "sms", "site", str, "", lambda text: 0 < len(text) <= SITE_LENGTH_MAX, "a name"
    )
    for number in numbers:
        if not isinstance(number, str) or not re.fullmatch(r"\+?[0-9]{3,15}", number):
            check.fault("sms", "numbers", f'{number!r}; write numbers in quotes, "+49301234567"')
    if numbers and not site:
        check.fault("sms", "site", "missing; write the name by which the site is known")
    return Texting(site, tuple(map(str, numbers)), _file(check, "sms", "gammu_file"))


def _inputs(check: Check) -> Inputs:
    plain = Inputs()
    return Inputs(
        **{
            name: check.get("inputs", name, str, getattr(plain, name), bool, "text in quotes")
            for name in Inputs.__dataclass_fields__
        }
    )


def _file(check: Check, table: str, name: str) -> str:
    value = check.get(table, name, str, "")
    if not value:
        return ""
    path = check.path.parent / value
    if not path.is_file():
        check.fault(table, name, f"{path}: no such file; name one that is there")
    elif not os.access(path, os.R_OK):
        check.fault(table, name, f"{path}: may not be read by this user; chown it to this one")
    return str(path)


def _keypads(check: Check, broker: Broker) -> Keypads:
    plain = Keypads()
    number = (int, float)
    late_s = check.get("keypads", "late_s", number, plain.late_s, lambda s: s > 0, "seconds")
    lost_s = check.get("keypads", "lost_s", number, plain.lost_s, lambda s: s > 0, "seconds")
    if late_s >= lost_s:
        check.fault("keypads", "lost_s", f"{lost_s}; write more than late_s = {late_s}")
    if lost_s <= 2 * broker.keepalive_s:
        check.fault(
            "keypads",
            "lost_s",
            f"{lost_s}; write more than 2 x broker.keepalive_s = {2 * broker.keepalive_s}, or a "
            "dead broker would look like dead keypads",
        )
    devices, retired = _devices(check, "devices"), _devices(check, "retired")
    both = set(devices) & set(retired)
    if both:
        check.fault("keypads", "retired", f"{both.pop().hex()} is in devices as well; choose one")
    return Keypads(float(late_s), float(lost_s), devices, retired)


def _devices(check: Check, name: str) -> tuple[bytes, ...]:
    """A list of keypads; what is none is a fault and left out."""
    listed = check.get("keypads", name, list, [])
    good = [one for one in listed if isinstance(one, str) and _is_device(one)]
    for one in listed:
        if one not in good:
            check.fault("keypads", name, f"{one!r}; write 16 hexadecimal digits in quotes")
    if len(listed) > DEVICES_MAX:
        check.fault("keypads", name, f"{len(listed)} keypads; at most {DEVICES_MAX}")
    return tuple(bytes.fromhex(one) for one in good)


def _receivers(check: Check) -> tuple[Receiver, ...]:
    listed = check.tables.get("receiver")
    if not isinstance(listed, list) or not 1 <= len(listed) <= RECEIVERS_MAX:
        check.fault("receiver", "", f"write 1 to {RECEIVERS_MAX} tables [[receiver]]; two is wise")
        return ()
    found: list[Receiver] = []
    for nth, one in enumerate(listed):
        if not isinstance(one, dict):
            continue
        name, profile = one.get("name"), one.get("profile", DEFAULT_PROFILE)
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9-]{1,20}", name):
            check.fault("receiver", "name", f"{name!r}; write up to 20 of a-z, 0-9, -", nth)
        elif any(name == other.name for other in found):
            check.fault("receiver", "name", f"{name!r} twice; give each its own", nth)
        if not isinstance(profile, str) or profile not in PROFILES:
            known = ", ".join(PROFILES)
            check.fault("receiver", "profile", f"{profile!r}; write one of {known}", nth)
            profile = DEFAULT_PROFILE
        ways = _ways(check, one, nth)
        wanted = 2 if PROFILES[profile].second_s else 1
        if len(ways) < wanted:
            check.fault("receiver", "profile", f"{profile} has {wanted} paths; write both", nth)
        found.append(Receiver(str(name), PROFILES[profile], ways))
    return tuple(found)


def _ways(check: Check, one: dict[str, Any], nth: int) -> tuple[Way, ...]:
    """The paths of a receiver: its tables [[receiver.path]], or itself when it has only one."""
    listed = one.get("path", [])
    if not isinstance(listed, list) or not all(isinstance(way, dict) for way in listed):
        check.fault("receiver", "path", "write tables [[receiver.path]]", nth)
        return ()
    if listed and "url" in one:
        check.fault("receiver", "url", "stands beside [[receiver.path]]; write it in those", nth)
    ways: list[Way] = []
    for way in listed or [one]:
        for name in way.keys() - Way.__dataclass_fields__.keys() if listed else ():
            check.fault("receiver", name, "no such name in [[receiver.path]]", nth)
        url, ca_file, interface = (way.get(name, "") for name in ("url", "ca_file", "interface"))
        if not isinstance(url, str) or not is_url(url):
            check.fault("receiver", "url", f"{url!r}; write https://host or http://host:port", nth)
        ca_path = str(check.path.parent / str(ca_file)) if ca_file else ""
        try:
            trusting(ca_path)
        except ValueError as error:
            check.fault("receiver", "ca_file", str(error), nth)
        if not isinstance(interface, str) or len(interface) > INTERFACE_LENGTH_MAX:
            check.fault("receiver", "interface", f"{interface!r}; write a name such as eth0", nth)
        ways.append(Way(str(url).rstrip("/"), str(interface), ca_path))
    return tuple(ways)
