"""Gives a keypad its identity and key, and tells the receiver: one board, or a box of twenty.

It promises that a key is made on the installer's machine, goes to the board over its port and to
the receiver over TLS, and is nowhere else: not on screen, in a log, in shell history, in a process
list, in a file. A keypad that is registered holds its key (the board proves it with a seal), and an
identity is never used twice: provisioning again gives a new one and revokes the old.

    receiver.py   the receiver's API, with an installer's token
    second.py     the second receiver of a site
    keypad.py     what is done on the board
    gateway.py    a gateway's identity and file
    broker.py     the derived key at the broker of the premises
    box.py        the CSV of a box of keypads, and where it stopped
    command.py    `holdfast provision`

Errors:

    ProvisionError    it cannot go on as asked; says what, where and what to do
        AwayError     the receiver does not answer now: the same may go later
"""

from __future__ import annotations


class ProvisionError(Exception):
    """It cannot go on as asked; says what, where and what to do."""


class AwayError(ProvisionError):
    """The receiver does not answer now; the same may go later."""
