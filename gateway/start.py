"""What a start does before anything can come in: open the spool, settle epoch and numbers.

It promises that epoch and numbers are durable before the first use, that a gateway starts also when
its disk refuses (then it carries from memory, unanswered, and says so), and that no second one
starts on the folder of one that runs: they would cut each other off from the broker all the time.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.errors import FolderHeldError, SpoolError
from gateway.own import Own, next_epoch
from gateway.paths import PROFILES, Path
from gateway.spool import Group, Spool

if TYPE_CHECKING:
    import pathlib

    from gateway.acts import Frame
    from gateway.config import Config
    from gateway.journal import Journal


@dataclass(slots=True)
class Start:
    """What was found; `spool` is None when the disk refuses for now."""

    spool: Spool | None
    own: Own
    kept: list[tuple[Frame, int]] = field(default_factory=list)
    keypads: dict[bytes, int] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    confirmed: dict[str, int] = field(default_factory=dict)
    config_changed: bool = False


def hold(folder: pathlib.Path) -> int | None:
    """Hold `folder` for this process until it ends; None where nothing can be held.

    Raises FolderHeldError when another gateway has it. The lock is the folder's own, so that a full
    or read-only disk is no obstacle.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None  # the spool will say what is wrong with it
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise FolderHeldError(
            f"another gateway runs on {folder}; end that one, or give this one a folder and an "
            "identity of its own"
        ) from None
    except OSError:
        os.close(handle)
        return None  # a file system without locks
    return handle


def start(config: Config, journal: Journal) -> Start:
    """Open the spool in `config.folder`. Raises FolderHeldError and SpoolBroken only."""
    hold(config.folder)
    spool = _open(config, journal)
    number = spool.counter("number") if spool else 0
    own = Own(config.device, config.key, next_epoch(spool), number)
    if spool is None:
        return Start(None, own)
    before = spool.counter("config")
    counters = {
        "epoch": own.epoch,
        "number": own.number_high,
        "config": config.fingerprint,
    }
    try:
        spool.commit(Group(counters=counters))
    except SpoolError as error:
        journal.say("store_trouble", text=str(error))
        own = Own(config.device, config.key, next_epoch(None), number)
    sequences = {r.name: spool.counter(f"sequence/{r.name}") for r in config.receivers}
    changed = bool(before) and before != config.fingerprint
    confirmed = {r.name: spool.counter(f"confirmed/{r.name}") for r in config.receivers}
    return Start(spool, own, spool.kept(), spool.keypads(), sequences, confirmed, changed)


def _open(config: Config, journal: Journal) -> Spool | None:
    try:
        spool = Spool(config.folder)
    except SpoolError as error:
        journal.say("store_trouble", text=str(error))
        return None
    if spool.set_aside:
        journal.say(
            "spool_set_aside",
            file=spool.set_aside,
            text="unreadable; a new one is in use. Keep the file for whoever looks into it",
        )
    return spool


def paths_of(config: Config) -> list[Path]:
    """Every way to every receiver, then those of other makers, in the order of the file."""
    poll_ms = int((config.heartbeat_s or 0) * 1000)
    return [
        Path(
            receiver.name if not nth else f"{receiver.name}/{nth + 1}",
            index,
            nth,
            receiver.profile,
            poll_ms,
        )
        for index, receiver in enumerate(config.receivers)
        for nth, _ in enumerate(receiver.ways)
    ] + [
        Path(one.name, len(config.receivers) + nth, 0, PROFILES["SP4"], one.poll_s * 1000)
        for nth, one in enumerate(config.outsiders)
    ]
