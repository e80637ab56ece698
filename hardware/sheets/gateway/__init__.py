"""The gateway carrier's sheets in the order of their pages."""

from hardware.drawing.project import Board, Page
from hardware.sheets.gateway import modem, module, supply, usb, watch

BOARD = Board(
    "gateway",
    "Gateway carrier for Compute Module 4",
    (
        Page("supply", "Supply", "12 V in, 5 V out, early warning of power failure.", supply.draw),
        Page(
            "module", "Module and Ethernet", "Compute Module 4, boot jumper, Ethernet.", module.draw
        ),
        Page("usb", "USB", "The module's one USB: modem, or USB-C for flashing.", usb.draw),
        Page(
            "watch", "Watchdog, relay, tamper", "Watchdog, relay output, tamper, lamp.", watch.draw
        ),
        Page("modem", "LTE modem", "Modem on USB with a supply that can be cut.", modem.draw),
    ),
)
