"""The set-up of mosquitto at a site: generated, so that it can be checked.

It promises that nobody gets in without a key or a password, that a keypad can publish and read
under its own name alone and cannot take another's connection over, and that mosquitto saves what it
has answered for. It may not be edited by hand: `holdfast gateway doctor` tells when it was. What
it cannot promise: mosquitto answers with PUBACK before it saves, so nothing here is delivery.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarm_wire.signal import device_text
from gateway.errors import ConfigError
from gateway.premises import RECEIVE_MAX

if TYPE_CHECKING:
    from pathlib import Path

PSK_BYTES = 32
SALT_BYTES = 12
HASH_ROUNDS = 20_000
QUEUED_MAX = 100_000
INPUT_BYTES_MAX = 512
KEYPADS_MAX = 1_000

CONF = """\
# Written by `holdfast gateway setup`. Do not edit: run it again, then restart mosquitto.
per_listener_settings true
persistence true
persistence_location {folder}/store/
# Saved at each change: the defaults forget after a crash what was answered with PUBACK.
autosave_on_changes true
autosave_interval 1
max_queued_messages {queued}
max_inflight_messages {under_way}
message_size_limit {bytes}
set_tcp_nodelay true
connection_messages true
log_type error
log_type warning
log_type notice
log_dest stderr

# Keypads: TLS with a key of their own, no clock and no certificates needed.
listener {port} {address}
allow_anonymous false
psk_hint holdfast
psk_file {folder}/keypads.psk
use_identity_as_username true
# A keypad that gives another's client id gets its own all the same: no take-over.
use_username_as_clientid true
acl_file {folder}/keypads.acl
tls_version tlsv1.2
ciphers ECDHE-PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384:PSK-AES128-GCM-SHA256
max_connections {keypads}
max_qos 1

# The gateway, on this machine alone.
listener {own_port} 127.0.0.1
allow_anonymous false
password_file {folder}/gateway.pw
use_username_as_clientid true
acl_file {folder}/gateway.acl
max_qos 1
"""
KEYPADS_ACL = """\
pattern write holdfast/1/%u/signal
pattern write holdfast/1/%u/heartbeat
pattern write holdfast/1/%u/presence
pattern read holdfast/1/%u/receipt
pattern read holdfast/1/%u/config
"""
GATEWAY_ACL = """\
user {user}
topic read holdfast/1/+/signal
topic read holdfast/1/+/heartbeat
topic read holdfast/1/+/presence
topic write holdfast/1/+/receipt
topic write holdfast/1/+/config
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is asked for: keypads' listener on `address`:`port`, the gateway's on `own_port`."""

    folder: Path
    address: str
    port: int
    own_port: int
    user: str
    devices: tuple[bytes, ...]


def texts(setup: Setup) -> dict[str, str]:
    """The files without secrets, by name: what they must hold."""
    return {
        "mosquitto.conf": CONF.format(
            folder=setup.folder,
            port=setup.port,
            address=setup.address,
            own_port=setup.own_port,
            queued=QUEUED_MAX,
            under_way=RECEIVE_MAX,
            bytes=INPUT_BYTES_MAX,
            keypads=KEYPADS_MAX,
        ),
        "keypads.acl": KEYPADS_ACL,
        "gateway.acl": GATEWAY_ACL.format(user=setup.user),
    }


def listener_of(folder: Path) -> tuple[str, int] | None:
    """Address and port of the keypads' listener as it was written last; None when it was not."""
    try:
        text = (folder / "mosquitto.conf").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r"^listener (\d{1,5}) (\S+)$", text, re.MULTILINE)
    return (found[2], int(found[1])) if found else None


def write(setup: Setup, password: str, more: dict[str, str] | None = None) -> list[str]:
    """Write everything; a keypad that has a key keeps it. The devices that got a new one.

    `more`: keys that keypads have from their provisioning; they take the place of others. Raises
    ConfigError when the folder cannot be written.
    """
    try:
        setup.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        (setup.folder / "store").mkdir(exist_ok=True, mode=0o750)
        keys = read_keys(setup.folder / "keypads.psk") | (more or {})
        fresh = [name for name in map(device_text, setup.devices) if name not in keys]
        keys |= {name: secrets.token_hex(PSK_BYTES) for name in fresh}
        lines = "".join(f"{name}:{key}\n" for name, key in sorted(keys.items()))
        _private(setup.folder / "keypads.psk", lines)
        _private(setup.folder / "gateway.pw", f"{setup.user}:{hashed(password)}\n")
        for name, text in texts(setup).items():
            _private(setup.folder / name, text)
    except OSError as error:
        raise ConfigError(
            [f"{setup.folder}: {error.strerror}; choose a folder that we may write, or become root"]
        ) from error
    _give_to_mosquitto(setup.folder)
    return fresh


def faults(setup: Setup) -> list[str]:
    """What in the folder is not as it was written, with the remedy; [] when all is well."""
    again = "run `holdfast gateway setup` again and restart mosquitto"
    found = []
    for name, text in texts(setup).items():
        path = setup.folder / name
        try:
            if path.read_text("utf-8") != text:
                found.append(f"{path}: is not what was written; {again}")
        except OSError as error:
            found.append(f"{path}: {error.strerror}; {again}")
    for name in ("keypads.psk", "gateway.pw"):
        path = setup.folder / name
        try:
            if path.stat().st_mode & 0o077:
                found.append(f"{path}: others may read it; chmod 600 {path}")
        except OSError as error:
            found.append(f"{path}: {error.strerror}; {again}")
    keys = read_keys(setup.folder / "keypads.psk")
    lacking = [
        name for name in map(device_text, setup.devices) if len(keys.get(name, "")) != 2 * PSK_BYTES
    ]
    return found + [f"{setup.folder}/keypads.psk: no key for {name}; {again}" for name in lacking]


def read_keys(path: Path) -> dict[str, str]:
    """Device -> key, both hexadecimal, of a file of keys; empty when there is none."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError:
        return {}
    return dict(line.split(":", 1) for line in lines if ":" in line)


def hashed(password: str) -> str:
    """`password` as mosquitto 2 keeps it: PBKDF2 with SHA-512."""
    salt = os.urandom(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
    parts = (base64.b64encode(salt).decode(), base64.b64encode(digest).decode())
    return f"$7${HASH_ROUNDS}${parts[0]}${parts[1]}"


def _private(path: Path, text: str) -> None:
    """Write for the owner alone, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _give_to_mosquitto(folder: Path) -> None:
    """As root: hand the files to the user that mosquitto becomes."""
    if os.geteuid() != 0:
        return
    import pwd

    try:
        user = pwd.getpwnam("mosquitto")
    except KeyError:
        return
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
