"""The test rig's sheets in the order of their pages."""

from hardware.drawing.project import Board, Page
from hardware.sheets.hil_rig import contacts, pico, supplies

BOARD = Board(
    "hil_rig",
    "Hardware-in-the-loop rig",
    (
        Page("pico", "Pico and sense lines", "Pico, and what it hears of the keypad.", pico.draw),
        Page(
            "contacts", "Contacts", "Buttons, loop states, tamper: PhotoMOS relays.", contacts.draw
        ),
        Page("supplies", "Supplies", "The keypad's mains and cell, cut by relays.", supplies.draw),
    ),
)
