"""The ESP32's modules for MicroPython's Unix port, and the board's power switch for CPython.

shims/     machine, network, esp32, socket: first on MICROPYPATH, so that the very files that go on
           the ESP32 run here
board.py   EmulatedBoard: starts, presses, watches and kills such a board
terminal.py, terminal_board.py   its serial port for mpremote, and a board with files of its own
"""

from hardware.emulated_board.board import BoardError, BoardEvent, EmulatedBoard

__all__ = ["BoardError", "BoardEvent", "EmulatedBoard"]
