"""The boards, and where their files live."""

from __future__ import annotations

from pathlib import Path

from hardware.sheets.gateway import BOARD as GATEWAY
from hardware.sheets.hil_rig import BOARD as HIL_RIG
from hardware.sheets.keypad import BOARD as KEYPAD

ROOT = Path(__file__).resolve().parents[1]
SCHEMATICS = ROOT / "schematics"
BOARDS = {board.name: board for board in (KEYPAD, GATEWAY, HIL_RIG)}
KEYPAD_CODE = ROOT / "firmware/keypad"
FIRMWARE = {
    "keypad": ROOT / "firmware/boards/esp32_s3.py",
    "hil_rig": ROOT / "hardware/hil_rig/rig.py",
}
