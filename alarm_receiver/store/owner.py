"""Whose the files are that root writes for a receiver which runs as somebody else.

It promises that a command which root types leaves nothing behind that the receiver cannot read: a
key file that was rotated or a store that was restored belongs to whom its place belongs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def hand_over(fresh: Path, place: Path) -> None:
    """Before `fresh` goes to `place`: give it to whose the file there is, else whose the folder is.

    Only root can, and only root needs to. Raises OSError.
    """
    if os.geteuid() != 0:
        return
    found = (place if place.exists() else place.parent).stat()
    if found.st_uid != 0:
        os.chown(fresh, found.st_uid, found.st_gid)
