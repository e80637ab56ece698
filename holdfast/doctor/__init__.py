"""One line for each thing that can be wrong, with its remedy, before it matters.

It promises to change nothing, and that each line stands for something that was really looked at:
a check that cannot be made here says so instead of passing.

    machine.py    this machine: versions, tools, ports, font, token
    line.py       the line: receiver, certificate, clock, database, gateway, broker, spool, disk
    command.py    `holdfast doctor`
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `well` is None for what could not be looked at here."""

    what: str
    well: bool | None
    text: str
