"""The keypad's key at the broker of the premises: mosquitto's psk_file, one line each.

The file stays its owner's: mosquitto has given root up when it reads it, and one that it cannot
read keeps it from starting, with every keypad of the site.

The keypad derives its TLS key from its own (firmware/keypad/secure.py); what is written here is the
derived one, from which nobody can get back to the key that seals.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from alarm_wire.seal import derive
from holdfast.provision import ProvisionError

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.provision.keypad import Identity

PURPOSE = b"psk"


def add(path: Path, identity: Identity, before: str = "") -> None:
    """Put the line of `identity` into `path`, take that of `before` out; durably, for its owner."""
    line = f"{identity.device.hex()}:{derive(identity.key, PURPOSE).hex()}"
    try:
        there = path.read_text("ascii").splitlines() if path.exists() else []
        kept = [one for one in there if one and one.partition(":")[0] != before]
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        end = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(end, "w", encoding="ascii") as file:
            if os.geteuid() == 0:
                owner = (path if path.exists() else path.parent).stat()
                os.fchown(end, owner.st_uid, owner.st_gid)
            file.write("\n".join([*kept, line, ""]))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ProvisionError(
            f"the broker's keys {path} cannot be written ({error}); give the psk_file of the "
            "gateway's mosquitto with --broker-keys, as a user who may write it"
        ) from None
