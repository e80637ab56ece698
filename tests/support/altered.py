"""Firmware with a seeded bug, on an emulated board."""

import shutil

from hardware.emulated_board import EmulatedBoard
from hardware.emulated_board.board import ROOT


class Altered(EmulatedBoard):
    """A board whose firmware has a seeded bug: (file, text, text instead)."""

    def __init__(self, folder, *changes, **how):
        super().__init__(folder, **how)
        self._altered = self.folder / "altered"
        shutil.copytree(ROOT / "firmware", self._altered)
        for name, before, after in changes:
            path = self._altered / "keypad" / name
            text = path.read_text("utf-8")
            assert text.count(before) == 1, f"{name} has changed; mend the seeded bug"
            path.write_text(text.replace(before, after), "utf-8")

    def _firmware_path(self):
        return [self._altered, ROOT]
