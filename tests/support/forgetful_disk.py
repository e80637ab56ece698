"""A disk whose power can be cut: a FUSE file system that keeps what was not synced in memory.

SIGUSR1 is the power cut: everything unsynced is gone, or torn (each unsynced page survives with
probability one half) when BACKING.torn holds a seed; after that every call fails with EIO. The file
BACKING.fault may name an errno (ENOSPC, EROFS) that every write meets, or "fsync" for an fsync that
fails. Names are durable at once, which is kinder than a real disk: what a missing fsync of a folder
would cost is not shown. The idea is that of LazyFS (VLDB 17(11)).
"""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest


class ForgetfulDisk:
    """The harness's end: `mount`, use `folder`, `cut`, `mount` again."""

    def __init__(self, place):
        self.backing = place / "disk"
        self.folder = place / "mount"
        self.backing.mkdir()
        self.folder.mkdir()
        self._process = None

    def mount(self):
        """Begin, or begin again with what is on disk; whoever had files open must be gone."""
        self.unmount()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                str(Path(__file__).with_name("forgetful_fs.py")),
                str(self.backing),
                str(self.folder),
            ]
        )
        end = time.monotonic() + 20
        while not os.path.ismount(self.folder):
            assert self._process.poll() is None, "the file system did not start"
            assert time.monotonic() < end
            time.sleep(0.005)

    def cut(self, torn_seed=0):
        """The power fails now; `torn_seed` decides which unsynced pages survive, 0: none."""
        torn = self.backing.with_suffix(".torn")
        torn.write_text(str(torn_seed))
        self._process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 20
        with contextlib.suppress(OSError):
            while time.monotonic() < end:
                os.statvfs(self.folder)  # a call lets Python see the signal; EIO says it is done
                time.sleep(0.001)

    def fault(self, name):
        """What every write meets from now on; '' for nothing."""
        self.backing.with_suffix(".fault").write_text(name)

    def unmount(self):
        if self._process is not None:
            program = "fusermount3"
            subprocess.run([program, "-u", "-z", str(self.folder)], check=False)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def needs_fuse():
    """Skip where the kernel offers no FUSE; fail in CI when only the package is missing."""
    from needs import needs

    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("no /dev/fuse here: power cuts of a disk cannot be shown")
    needs("fusermount3")
    if not may_mount():
        pytest.skip("this machine does not let us mount: power cuts of a disk cannot be shown")


@functools.cache
def may_mount():
    """Whether a mount works at all here; a container may have /dev/fuse and still forbid it."""
    with tempfile.TemporaryDirectory() as place:
        disk = ForgetfulDisk(Path(place))
        try:
            disk.mount()
        except AssertionError:
            return False
        finally:
            disk.unmount()
    return True
