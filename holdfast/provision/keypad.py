"""What is done on the board: read who it is, write identity, key and settings, prove the key.

The key travels inside one line that the board runs and forgets; it is never read back. That the
right key is there is proven by a seal over a fresh number, made on the board from what its NVS
holds, by the code that will seal its presses.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarm_wire.seal import KEY_BYTES, Signer
from alarm_wire.signal import DEVICE_BYTES
from holdfast.provision import ProvisionError
from holdfast.serial_board import BoardRefused

if TYPE_CHECKING:
    from holdfast.serial_board import Board

_PROOF = b"provision"
"""The purpose of the proof: no seal on the wire is ever made for it."""
_WHO = """
import esp32
_b = bytearray(64)
try:
    _n = esp32.NVS('holdfast').get_blob('device', _b)
    print(''.join('%02x' % _c for _c in _b[:_n]))
except OSError:
    print('')
"""
_CLEAN = """
import esp32
_nvs = esp32.NVS('holdfast')
for _k in ('key', 'device', 'config', 'epoch', 'psk', 'ca', 'cert', 'cert_key', 'crashes',
           'parcel', 'counter', 'trial', 'before', 'starts', 'jammed', 'inputs', 'held'):
    try:
        _nvs.erase_key(_k)
    except OSError:
        pass
_nvs.commit()
_found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label='ring')
for _p in _found:
    for _block in range(_p.ioctl(4, 0)):
        _p.ioctl(6, _block)
print(len(_found))
"""


@dataclass(frozen=True)
class Identity:
    """A new identity. Its repr shows no key, so no traceback or log can."""

    device: bytes
    key: bytes = field(repr=False)


def make_identity() -> Identity:
    """A device and a key nobody has had before, from this machine's random source."""
    return Identity(secrets.token_bytes(DEVICE_BYTES), secrets.token_bytes(KEY_BYTES))


def who(board: Board) -> str:
    """The device that the board is provisioned as, 16 hexadecimal digits; empty for a new one."""
    return board.run(_WHO).strip()


def check_application(board: Board) -> None:
    """Refuse a board that has not got the application."""
    try:
        board.run("import keypad.config, alarm_wire.seal")
    except BoardRefused as error:
        raise ProvisionError(
            f"the board at {board.port} has no keypad application ({error}); first: make flash"
        ) from None


def check_settings(board: Board, settings: dict[str, object]) -> None:
    """Have the board's own code judge the settings, with a made-up identity."""
    try:
        board.run(
            "from keypad.config import check; "
            f"check(bytes({DEVICE_BYTES}), bytes({KEY_BYTES}), {settings!r})"
        )
    except BoardRefused as error:
        reason = str(error).rsplit("ConfigError: ", maxsplit=1)[-1]
        raise ProvisionError(f"these settings will not do: {reason}") from None


def clean(board: Board) -> None:
    """Forget identity, key, settings and every kept signal. ProvisionError without a ring."""
    if board.run(_CLEAN).strip() == "0":
        raise ProvisionError(
            f"the board at {board.port} has no partition named ring to keep presses in; write the "
            "image again with our partition table: make flash IMAGE=...bin"
        )


def write(
    board: Board, identity: Identity, settings: dict[str, object], maker: bytes = b""
) -> None:
    """Write everything in one commit, then have the board prove that it holds the key.

    `maker`: the public key of whose images it shall take over the air; empty: what it has stays.
    """
    config = json.dumps(settings).encode()
    board.run(
        "import esp32\n"
        "_nvs = esp32.NVS('holdfast')\n"
        f"_nvs.set_blob('device', {identity.device!r})\n"
        f"_nvs.set_blob('key', {identity.key!r})\n"
        f"_nvs.set_blob('config', {config!r})\n"
        + (f"_nvs.set_blob('maker', {maker!r})\n" if maker else "")
        + "_nvs.commit()\n"
    )
    nonce = secrets.token_bytes(16)
    proof = board.value(
        "(lambda b: __import__('alarm_wire.seal', None, None, ('Signer',)).Signer("
        "bytes(b[:__import__('esp32').NVS('holdfast').get_blob('key', b)]), "
        f"{_PROOF!r}).seal({nonce!r}))(bytearray({KEY_BYTES}))"
    )
    if proof != Signer(identity.key, _PROOF).seal(nonce):
        clean(board)
        raise ProvisionError(
            f"the board at {board.port} does not hold the key it was given; do the same again, and "
            "if it stays so its flash is worn: take another board"
        )
