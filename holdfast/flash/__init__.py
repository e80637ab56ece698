"""Puts MicroPython and the keypad's application on a board.

It promises that a board either runs exactly the files of this version, each checked by its SHA-256
on the board, or does not start the keypad at all (main.py goes on last), and that doing it again
after any interruption goes on where it stopped.

    image.py        the MicroPython image: which chip, which version, how large
    partitions.py   partitions.csv -> the table that the chip reads
    build.py        mpy-cross: sources -> what belongs on the board
    files.py        what is missing, wrong or too much on the board; writes it
    rom.py          the same into the partition romfs, where MicroPython runs it in place
    chip.py         esptool
    command.py      `holdfast flash`

Errors:

    FlashError       it cannot go on as asked; says what, where and what to do
"""

from __future__ import annotations


class FlashError(Exception):
    """It cannot go on as asked; says what, where and what to do."""
