"""Starts the keypad. Nothing else may stand here."""

from keypad.start import run

run()
