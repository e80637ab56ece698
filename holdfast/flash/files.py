"""What is missing, wrong or too much on the board, and putting it right. The board tells hashes."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.flash import FlashError
from holdfast.flash.build import LAST

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.serial_board import Board

FOLDERS = ("keypad", "boards", "alarm_wire")
"""Ours on the board: what lies there and does not belong there is removed."""
_HASHES = """
import os, hashlib
def _hashes(folder):
    try:
        names = os.listdir(folder or '.')
    except OSError:
        return
    for name in names:
        path = folder + '/' + name if folder else name
        if os.stat(path)[0] & 0x4000:
            if folder or name in {folders!r}:
                _hashes(path)
            continue
        if not folder and name not in ('boot.py', 'main.py'):
            continue
        h = hashlib.sha256()
        with open(path, 'rb') as f:
            while True:
                piece = f.read(512)
                if not piece:
                    break
                h.update(piece)
        print(repr((path, ''.join('%02x' % b for b in h.digest()))))
_hashes('')
"""


@dataclass(frozen=True)
class Plan:
    """What is to be done: files to write and to remove, and how many are right already."""

    write: list[str]
    remove: list[str]
    right: int

    @property
    def half(self) -> bool:
        """Whether an earlier run was interrupted: some files are right, and main.py is not."""
        return self.right > 0 and LAST in self.write


def hashes(board: Board) -> dict[str, str]:
    """Path -> SHA-256 (hexadecimal) of our files as they are on the board."""
    lines = board.run(_HASHES.replace("{folders!r}", repr(FOLDERS))).splitlines()
    return dict(ast.literal_eval(line) for line in lines if line.startswith("("))


def plan(wanted: dict[str, bytes], there: dict[str, str]) -> Plan:
    """The steps from `there` to `wanted`, main.py last."""
    wrong = [path for path, content in wanted.items() if there.get(path) != sha256(content)]
    order = sorted(wrong, key=lambda path: (path == LAST, path))
    return Plan(order, sorted(set(there) - set(wanted)), len(wanted) - len(wrong))


def put_right(
    board: Board, wanted: dict[str, bytes], steps: Plan, moved: Callable[[str, int], None]
) -> None:
    """Do the plan. main.py goes first and comes back last. `moved` hears path and bytes."""
    if steps.write or steps.remove:
        stop_application(board)
    for path in steps.remove:
        if path != LAST:
            board.run(f"import os; os.remove({path!r})")
    order = [path for path in steps.write if path != LAST]
    if steps.write or steps.remove:
        order.append(LAST)
    for path in order:
        board.write_file(path, wanted[path], lambda count, path=path: moved(path, count))  # type: ignore[misc]


def stop_application(board: Board) -> None:
    """Without main.py nothing feeds a watchdog, and it bites in mid-file: so start anew."""
    if board.value(f"{LAST!r} in __import__('os').listdir()"):
        board.run(f"import os; os.remove({LAST!r})")
        board.restart()


def verify(board: Board, wanted: dict[str, bytes]) -> None:
    """Every file on the board has the hash it must have. Raises FlashError by name."""
    left = plan(wanted, hashes(board))
    if left.write or left.remove:
        names = ", ".join([*left.write, *left.remove][:3])
        raise FlashError(
            f"{len(left.write) + len(left.remove)} files on the board are not as written ({names} "
            "...); do the same again, and if it stays so the flash is worn: take another board"
        )


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()
