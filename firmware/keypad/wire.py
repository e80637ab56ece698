"""The cable: a W5500 on SPI, driven by the chip's own network stack. Loaded when settings say so.

The radio stays off. The W5500 has no address of its own: the port gives it the one that the chip
keeps for Ethernet. It needs a MicroPython image with SPI Ethernet (`network.PHY_W5500`).
"""

import network
from machine import SPI, Pin

from keypad.link import Joint
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPI = const(1)
_HZ = const(20000000)
"""W5500 data sheet: up to 33.3 MHz guaranteed; the cable joins itself as soon as it is plugged."""


class Wire(Joint):
    """The socket in the wall."""

    def __init__(self, board: "Any") -> None:
        lan: "Any" = network.LAN
        spi = SPI(
            _SPI,
            baudrate=_HZ,
            sck=Pin(board.ETHERNET_SCK),
            mosi=Pin(board.ETHERNET_MOSI),
            miso=Pin(board.ETHERNET_MISO),
        )
        self.nic = lan(
            0,
            spi=spi,
            cs=Pin(board.ETHERNET_CS),
            int=Pin(board.ETHERNET_INT),
            phy_type=network.PHY_W5500,
            phy_addr=0,
        )

    def start(self) -> None:
        """Nothing to ask: the card joins while it is active."""

    def stop(self) -> None:
        """Leave, so that `start` starts afresh."""
        self.nic.active(False)

    def rssi_dbm(self) -> int:
        """A cable has none to tell."""
        return 0
