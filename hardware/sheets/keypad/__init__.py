"""The keypad's sheets in the order of their pages."""

from hardware.drawing.project import Board, Page
from hardware.sheets.keypad import battery, ethernet, inputs, module, panel, secure, supply

BOARD = Board(
    "keypad",
    "Keypad",
    (
        Page(
            "inputs",
            "Inputs",
            "What a person touches: hold-up loop, red button, second button, tamper switches.",
            inputs.draw,
        ),
        Page(
            "module", "Module", "ESP32-S3 module, start, USB, the test rig's header.", module.draw
        ),
        Page(
            "supply",
            "Supply",
            "12-24 V in, 5 V out; mains or USB; the sense of mains.",
            supply.draw,
        ),
        Page(
            "battery",
            "Battery and 3.3 V",
            "Charger with power path, hold-up capacitor, 3.3 V, supervisor.",
            battery.draw,
        ),
        Page(
            "panel", "Panel", "Code keypad, lamps, sounder: dark and mute by default.", panel.draw
        ),
        Page("ethernet", "Ethernet (option)", "Wired path over a W5500.", ethernet.draw),
        Page(
            "secure", "Secure element (option)", "Keeps the device key; bus pull-ups.", secure.draw
        ),
    ),
)
