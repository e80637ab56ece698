"""A gateway's identity and file: made once, registered at one receiver after the other.

It promises that key and file are on disk, the key for their owner alone, before a receiver is told:
whatever is interrupted, the same command goes on with the same identity. What stands in the file
already is kept; a receiver that is new to it is added at its end.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.config import Broker, load
from gateway.errors import ConfigError
from holdfast.provision import ProvisionError
from holdfast.provision.keypad import Identity, make_identity

if TYPE_CHECKING:
    from pathlib import Path

FILE = "gateway.toml"
KEY_FILE = "gateway.key"
PASSWORD_FILE = "broker-password"  # noqa: S105 - the name of a file
NAMES = "abcdefgh"
"""What receivers are called in the file, in their order."""


@dataclass(frozen=True)
class Leads:
    """To which receiver, by which authority; where the gateway keeps its spool."""

    url: str
    ca_file: Path | None
    folder: str


def prepared(out: Path, leads: Leads) -> Identity:
    """The identity in `out`, made if there is none; its file leads to the receiver."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = out / FILE
        if not file.exists():
            identity = make_identity()
            _write(out / KEY_FILE, identity.key.hex() + "\n", 0o600)
            _write(out / PASSWORD_FILE, secrets.token_urlsafe(32) + "\n", 0o600)
            _write(file, _text(identity, leads), 0o644)
            return identity
        loaded = load(file)
        if leads.url not in {way.url for one in loaded.receivers for way in one.ways}:
            if len(loaded.receivers) >= len(NAMES):
                raise ProvisionError(f"{file} names {len(NAMES)} receivers, and no more go in")
            more = _receiver(NAMES[len(loaded.receivers)], leads)
            _write(file, f"{file.read_text('utf-8').rstrip()}\n{more}", 0o644)
            load(file)
    except ConfigError as error:
        raise ProvisionError(f"{'; '.join(error.faults)}; put it right, then again") from None
    except OSError as error:
        raise ProvisionError(
            f"{out}: {error.strerror}; name a folder that this user may write with --out"
        ) from None
    return Identity(loaded.device, loaded.key)


def _text(identity: Identity, leads: Leads) -> str:
    return (
        f'[gateway]\ndevice = "{identity.device.hex()}"\nkey_file = "{KEY_FILE}"\n'
        f"folder = {json.dumps(leads.folder)}\n"
        f'\n[broker]\nusername = "{Broker().client_id}"\npassword_file = "{PASSWORD_FILE}"\n'
        + _receiver(NAMES[0], leads)
    )


def _receiver(name: str, leads: Leads) -> str:
    ca_file = f"ca_file = {json.dumps(str(leads.ca_file.resolve()))}\n" if leads.ca_file else ""
    return f'\n[[receiver]]\nname = "{name}"\nurl = {json.dumps(leads.url)}\n{ca_file}'


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all, durably, with this mode from its first byte on."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
