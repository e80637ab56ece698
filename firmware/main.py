"""Starts the keypad. Nothing else may stand here."""

from keypad.app import run

run()
