"""Settings from NVS, each checked. It promises that nothing out of range gets past it.

NVS namespace `holdfast`: `device` (8 bytes), `key` (32 bytes), `config` (a JSON object with the
settings below), `epoch` (boot counter); if wanted `psk`, `ca`, `cert`, `cert_key` (DER).
An unknown setting is refused: a typing error must not
become a default.
"""

import json

import esp32

from alarm_wire.seal import KEY_BYTES
from alarm_wire.signal import DEVICE_BYTES
from keypad.address import is_address
from keypad.dns import is_name
from keypad.link import CABLE, JOINTS
from keypad.settings import Settings
from keypad.trigger import Trigger
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMESPACE = "holdfast"
_BLOB_BYTES_MAX = const(1024)
_CERTIFICATE_BYTES_MAX = const(2048)
"""Room for any certificate and for a private key of RSA-3072; those of curves are far smaller."""
SIREN_S_MAX = const(900)
_OWN = ("127.0.0.1", "")

# name: (type, default, least, most); for a text least and most are lengths. None: required.
SETTINGS: "dict[str, tuple[type, Any, int, int]]" = {
    "board": (str, "esp32_s3", 1, 32),
    "host": (str, None, 1, 253),
    "port": (int, 1883, 1, 65535),
    "host_2": (str, "", 0, 253),
    "port_2": (int, 1883, 1, 65535),
    "tls": (str, "", 0, 4),
    "user": (str, "", 0, 64),
    "password": (str, "", 0, 128),
    "link": (str, "wifi", 1, 8),
    "wifi_ssid": (str, "holdfast", 1, 32),
    "wifi_password": (str, "", 0, 64),
    "address": (str, "", 0, 15),
    "netmask": (str, "", 0, 15),
    "router": (str, "", 0, 15),
    "dns": (str, "", 0, 15),
    "zone": (int, 1, 0, 65535),
    "mode": (str, "single", 1, 6),
    "hold_ms": (int, 1000, 100, 3000),
    "latch": (bool, False, 0, 1),
    "loop": (bool, False, 0, 1),
    "tamper": (bool, False, 0, 1),
    "supplies": (bool, False, 0, 1),
    "codes": (list, (), 0, 20),
    "sounder": (bool, False, 0, 1),
    "siren_s": (int, 0, 0, SIREN_S_MAX),
    "covert": (bool, False, 0, 1),
    "trace": (bool, False, 0, 1),
    "heartbeat_s": (int, 10, 1, 3600),
    "retry_ms_min": (int, 1000, 50, 60000),
    "retry_ms_max": (int, 30000, 50, 600000),
}


class ConfigError(Exception):
    """A setting that cannot be used: which, what it is, and what is allowed."""


def check(device: bytes, key: bytes, values: "dict[str, Any]") -> Settings:
    """The settings in `values`, each in its range, defaults filled in. Raises ConfigError."""
    settings = Settings()
    settings.device = device
    settings.key = key
    for name in values:
        if name not in SETTINGS:
            raise ConfigError("setting %s is not known; provision again without it" % name)
    for name, (kind, default, least, most) in SETTINGS.items():
        value = values.get(name, default)
        if value is None:
            raise ConfigError("setting %s is missing; provision the keypad with it" % name)
        kind_found = type(value)
        if kind_found is not kind and value is not default:
            raise ConfigError("setting %s must be %s" % (name, kind.__name__))
        _check_range(name, value, least, most)
        setattr(settings, name, value)
    _check_together(settings)
    return settings


def blob(name: str) -> bytes:
    """A key or certificate of the NVS (psk, ca, cert, cert_key), or nothing."""
    from keypad.boots import has

    return _blob(esp32.NVS(NAMESPACE), name, _CERTIFICATE_BYTES_MAX) if has(name) else b""


def _check_range(name: str, value: "str | list[Any] | int", least: int, most: int) -> None:
    what = "value"
    size = value
    if isinstance(size, (str, list, tuple)):
        what = "length"
        size = len(size)
    if not least <= size <= most:
        raise ConfigError(
            "setting %s: %s %d, allowed are %d to %d" % (name, what, size, least, most)
        )


def _check_together(settings: Settings) -> None:
    """What no range can say."""
    own = all(host in _OWN for host in (settings.host, settings.host_2))
    if not settings.tls:
        settings.tls = "none" if own else "x509" if blob("ca") else "psk"
    if settings.tls not in ("psk", "x509", "none"):
        raise ConfigError("setting tls is %s, allowed are psk, x509, none" % settings.tls)
    if settings.tls == "x509" and not blob("ca"):
        raise ConfigError("setting tls is x509, but ca is missing in the NVS; provision it")
    if settings.tls == "none" and not own:
        raise ConfigError("a broker on another machine needs TLS: leave out tls, or psk, x509")
    _check_network(settings)
    _check_pairs(settings)
    _check_image(settings)
    try:
        Trigger(settings.mode)
        if settings.codes:
            from keypad.slips import check as check_codes

            check_codes([(code, duress) for code, duress in settings.codes])
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError("settings mode and codes: %s" % error)


def _check_image(settings: Settings) -> None:
    """What this image can do: finding out at the start would be too late."""
    try:
        __import__("boards." + settings.board)
    except (ImportError, ValueError):
        raise ConfigError("setting board is %s, of which this image has no pins" % settings.board)
    if settings.link == CABLE and not hasattr(__import__("network"), "PHY_W5500"):
        raise ConfigError("setting link is ethernet, but this image cannot drive a W5500")


def _check_pairs(settings: Settings) -> None:
    """Settings of which one needs or forbids the other."""
    if settings.sounder and settings.covert:
        raise ConfigError("settings covert and sounder: a covert keypad may not sound; choose one")
    if settings.latch and not settings.codes:
        raise ConfigError("setting latch needs the setting codes: nothing else could reset it")
    if settings.retry_ms_min > settings.retry_ms_max:
        raise ConfigError("setting retry_ms_min is above retry_ms_max; choose a smaller one")
    if settings.siren_s and not settings.sounder:
        raise ConfigError("setting siren_s needs the setting sounder")


def _check_network(settings: Settings) -> None:
    if settings.link not in JOINTS:
        raise ConfigError("setting link is %s, allowed are %s" % (settings.link, ", ".join(JOINTS)))
    fixed = (settings.address, settings.netmask, settings.router, settings.dns)
    if any(fixed) and not all(is_address(text) for text in fixed):
        raise ConfigError(
            "settings address, netmask, router, dns: all four as a.b.c.d, or none for DHCP"
        )
    for host in (settings.host, settings.host_2 or settings.host):
        if not is_name(host):
            raise ConfigError("setting host: %s is no name and no address" % host)


def load() -> Settings:
    """The settings of this keypad. Raises ConfigError."""
    nvs = esp32.NVS(NAMESPACE)
    device = _blob(nvs, "device")
    key = _blob(nvs, "key")
    if len(device) != DEVICE_BYTES or len(key) != KEY_BYTES:
        raise ConfigError("device identity or key has a wrong length; provision the keypad again")
    try:
        values = json.loads(_blob(nvs, "config"))
    except ValueError:
        raise ConfigError("the settings are not JSON; provision the keypad again")
    if not isinstance(values, dict):
        raise ConfigError("the settings are not a JSON object; provision the keypad again")
    return check(device, key, values)


def _blob(nvs: esp32.NVS, name: str, bytes_max: int = _BLOB_BYTES_MAX) -> bytes:
    buffer = bytearray(bytes_max)
    try:
        length = nvs.get_blob(name, buffer)
    except OSError:
        raise ConfigError(
            "%s is missing in the NVS, or has more than %d bytes; provision the keypad"
            % (name, bytes_max)
        )
    return bytes(buffer[:length])
