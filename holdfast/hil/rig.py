"""The rig's verbs, spoken to the program on the Pico (hardware/hil_rig/rig.py) over its port."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from holdfast.serial_board import Board

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM = Path(__file__).resolve().parents[2] / "hardware" / "hil_rig" / "rig.py"


class Rig:
    """One rig. Puts its program on the Pico anew each time: both ends are of one version."""

    def __init__(self, port: str) -> None:
        self._board = Board(port)
        self._board.write_file("rig.py", PROGRAM.read_bytes(), lambda _: None)
        self._board.run("import rig; rig.quiet()")

    def quiet(self) -> None:
        """A keypad at rest, with power."""
        self._do("quiet()")

    def press(self, ms: int = 80, *, second: bool = False) -> None:
        """Press a button for `ms` milliseconds; comes back when it is released."""
        self._do(f"press({ms}, {second})")

    def press_both(self, ms: int = 80, apart_ms: int = 50) -> None:
        """Press both buttons, the second `apart_ms` after the first."""
        self._do(f"press_both({ms}, {apart_ms})")

    def bounce(self, train_us: Iterable[int]) -> list[int]:
        """Close and open the contact by turns for these microseconds; how long each really took."""
        took: list[int] = self._board.value(f"rig.bounce({list(train_us)!r})")
        return took

    def loop(self, state: str) -> None:
        """Put the loop in one of its states: short, normal, alarm, open."""
        self._do(f"loop({state!r})")

    def contact(self, name: str, *, shut: bool) -> None:
        """Open or shut the tamper contact `lid` or `wall`."""
        self._do(f"contact({name!r}, {shut})")

    def power(self, *, on: bool) -> None:
        """Cut or give both supplies at once."""
        self._do(f"power({on}, {on})")

    def lamps(self) -> dict[str, int]:
        """Levels now: taken, told, trouble, sounder, strobe."""
        found: dict[str, int] = self._board.value("rig.lamps()")
        return found

    def forget(self) -> None:
        """Forget the edges seen so far."""
        self._do("forget()")

    def edges(self) -> list[tuple[int, str]]:
        """Every edge since `forget`: microseconds of the rig's clock, and which lamp or strobe."""
        found: list[tuple[int, str]] = self._board.value("rig.edges()")
        return found

    def press_to_publish_ms(self, hold_ms: int = 80, timeout_ms: int = 5000) -> float | None:
        """Contact closed to publish strobe, by the rig's clock alone; None when none came."""
        took_us: int = self._board.value(f"rig.press_to_strobe({hold_ms}, {timeout_ms})")
        return None if took_us < 0 else took_us / 1000

    def close(self) -> None:
        """Leave the keypad at rest and let go of the port."""
        self.quiet()
        self._board.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, call: str) -> None:
        self._board.run(f"rig.{call}")
