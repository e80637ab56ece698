"""What a latched panel shows, over a start. Loaded only with the setting `latch`."""

import struct

from esp32 import NVS

from keypad.boots import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keypad.panel import Panel

_HELD = "!BII"


class Latch:
    """Shows what was kept at once; `keep` writes what has changed since."""

    def __init__(self, panel: "Panel") -> None:
        self._panel = panel
        kept = bytearray(struct.calcsize(_HELD))
        try:
            NVS(NAMESPACE).get_blob("held", kept)
        except OSError:
            pass  # nothing was ever latched
        panel.hold(*struct.unpack(_HELD, kept))
        self._kept = panel.held

    def keep(self) -> None:
        """Call it often: it writes only when the panel holds something else."""
        held = self._panel.held
        if held != self._kept:
            self._kept = held
            nvs = NVS(NAMESPACE)
            nvs.set_blob("held", struct.pack(_HELD, *held))
            nvs.commit()
