"""Where this machine's monotonic clock stands against our time, kept beside the store.

It promises that a process which starts while somebody has set the system clock wrong goes on with
the time of the one before it, and that processes over one data folder agree: deadlines are
lengths of time, promised to people. It holds for one boot of the machine; after the next one the
monotonic clock counts anew and the wall clock is all there is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
MOVED_NS = 20_000_000
"""A correction smaller than this is not worth a write."""


class Anchor:
    """One file: the boot it holds for, and our time minus the monotonic clock."""

    def __init__(self, path: Path, boot_id: Path = BOOT_ID) -> None:
        self._path = path
        self._kept_ns: int | None = None
        try:
            self._boot = boot_id.read_text().strip()
        except OSError:
            self._boot = ""  # no Linux: each start takes the wall clock

    def offset_ns(self) -> int | None:
        """What was kept during this boot of the machine, if anything."""
        try:
            found = json.loads(self._path.read_text())
            boot, offset_ns = found["boot"], found["offset_ns"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return offset_ns if boot == self._boot != "" and isinstance(offset_ns, int) else None

    def keep(self, offset_ns: int) -> None:
        """Keep it for whoever starts next; a file that cannot be written changes nothing.

        Nothing is synced: after a power cut it is another boot.
        """
        if self._kept_ns is not None and abs(offset_ns - self._kept_ns) < MOVED_NS:
            return
        self._kept_ns = offset_ns
        new = self._path.with_suffix(f".{os.getpid()}")
        try:
            new.write_text(json.dumps({"boot": self._boot, "offset_ns": offset_ns}))
            new.replace(self._path)
        except OSError:
            new.unlink(missing_ok=True)
