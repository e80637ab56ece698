"""The file system behind forgetful_disk.py: `python forgetful_fs.py BACKING MOUNT`."""

import errno
import os
import random
import signal
import sys
import threading
from pathlib import Path

import mfusepy as fuse

PAGE = 4096
STAT = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size")


class File:
    """One file: what is on disk, and over it the pages that were written and not synced."""

    def __init__(self, backing):
        self.backing = backing
        self.pages = {}
        self.size = Path(backing).stat().st_size

    def page(self, number):
        if number not in self.pages:
            with open(self.backing, "rb") as file:
                file.seek(number * PAGE)
                self.pages[number] = bytearray(file.read(PAGE).ljust(PAGE, b"\0"))
        return self.pages[number]

    def read(self, size, offset):
        end = min(offset + size, self.size)
        if end <= offset:
            return b""
        out = bytearray(end - offset)
        with open(self.backing, "rb") as file:
            file.seek(offset)
            found = file.read(end - offset)
        out[: len(found)] = found
        for number in range(offset // PAGE, (end - 1) // PAGE + 1):
            page = self.pages.get(number)
            if page is not None:
                first, last = max(offset, number * PAGE), min(end, (number + 1) * PAGE)
                out[first - offset : last - offset] = page[
                    first - number * PAGE : last - number * PAGE
                ]
        return bytes(out)

    def write(self, data, offset):
        place = 0
        while place < len(data):
            number, inside = divmod(offset + place, PAGE)
            part = data[place : place + PAGE - inside]
            self.page(number)[inside : inside + len(part)] = part
            place += len(part)
        self.size = max(self.size, offset + len(data))

    def truncate(self, length):
        for number in [number for number in self.pages if number * PAGE >= length]:
            del self.pages[number]
        if length < self.size and length % PAGE:
            self.page(length // PAGE)[length % PAGE :] = bytes(PAGE - length % PAGE)
        for number in range((length + PAGE - 1) // PAGE, (self.size + PAGE - 1) // PAGE):
            self.pages[number] = bytearray(PAGE)
        self.size = length

    def sync(self, survives=None):
        """Write the pages to disk: all, or in a power cut those that `survives` picks."""
        with open(self.backing, "r+b") as file:
            for number, page in sorted(self.pages.items()):
                if survives is None or survives(number):
                    file.seek(number * PAGE)
                    file.write(page)
            file.flush()
            if survives is None:
                os.ftruncate(file.fileno(), self.size)
        self.pages.clear()


class Disk(fuse.Operations):
    """The FUSE operations over the folder `backing`."""

    use_ns = True

    def __init__(self, backing):
        self.backing = backing
        self.files = {}
        self.guard = threading.RLock()
        self.failing = self.dead = False
        self.handles = 0

    def at(self, path, *, writing=False):
        if self.failing and not self.dead:
            self.lose()
        if self.dead:
            raise fuse.FuseOSError(errno.EIO)
        if writing:
            fault = self.fault()
            if fault in {"ENOSPC", "EROFS"}:
                raise fuse.FuseOSError(getattr(errno, fault))
        return self.backing + path

    def fault(self):
        try:
            return Path(self.backing + ".fault").read_text()
        except OSError:
            return ""

    def file(self, path):
        if path not in self.files:
            self.files[path] = File(self.at(path))
        return self.files[path]

    def cut(self, *_):
        """The power fails before the next call. In the midst of one, an fsync would then find
        nothing to write and tell that all is written."""
        self.failing = True

    def lose(self):
        """What is not synced is gone, or torn."""
        with self.guard:
            self.dead = True
            seed = int(Path(self.backing + ".torn").read_text() or 0)
            chance = random.Random(seed)
            if seed:
                for file in self.files.values():
                    file.sync(lambda _: chance.random() < 0.5)
            self.files.clear()

    def getattr(self, path, _fh=None):
        try:
            found = os.lstat(self.at(path))
        except OSError as error:
            raise fuse.FuseOSError(error.errno) from error
        told = {name: getattr(found, name) for name in STAT}
        for name in ("mtime", "atime", "ctime"):
            told[f"st_{name}"] = getattr(found, f"st_{name}_ns")
        if path in self.files:
            told["st_size"] = self.files[path].size
        return told

    def readdir(self, path, _fh):
        return [".", "..", *(one.name for one in Path(self.at(path)).iterdir())]

    def create(self, path, mode, _fi=None):
        os.close(os.open(self.at(path, writing=True), os.O_CREAT | os.O_TRUNC | os.O_RDWR, mode))
        self.files[path] = File(self.backing + path)
        self.handles += 1
        return self.handles

    def open(self, path, flags):
        writing = bool(flags & (os.O_WRONLY | os.O_RDWR))
        self.at(path, writing=writing and self.fault() == "EROFS")
        if flags & os.O_TRUNC:
            self.truncate(path, 0)
        self.handles += 1
        return self.handles

    def read(self, path, size, offset, _fh):
        with self.guard:
            self.at(path)
            return self.file(path).read(size, offset)

    def write(self, path, data, offset, _fh):
        with self.guard:
            self.at(path, writing=True)
            self.file(path).write(data, offset)
            return len(data)

    def truncate(self, path, length, _fh=None):
        with self.guard:
            self.at(path)
            self.file(path).truncate(length)

    def fsync(self, path, _datasync, _fh):
        with self.guard:
            self.at(path)
            if self.fault() == "fsync":
                raise fuse.FuseOSError(errno.EIO)
            if path in self.files:
                self.files[path].sync()
        return 0

    def fsyncdir(self, path, _datasync, _fh):
        self.at(path)
        return 0

    def unlink(self, path):
        with self.guard:
            Path(self.at(path)).unlink()
            self.files.pop(path, None)

    def link(self, new, old):
        """A second name; what is not synced yet belongs to both."""
        with self.guard:
            os.link(self.at(old, writing=True), self.at(new))
            if old in self.files:
                self.files[new] = self.files[old]
                self.files[new].backing = self.backing + new

    def rename(self, old, new):
        with self.guard:
            Path(self.at(old, writing=True)).rename(self.at(new))
            for path in [one for one in self.files if one == old]:
                file = self.files.pop(path)
                file.backing = self.backing + new
                self.files[new] = file

    def mkdir(self, path, mode):
        Path(self.at(path, writing=True)).mkdir(mode)

    def statfs(self, path):
        found = os.statvfs(self.at(path) if path != "/" else self.at(""))
        names = (
            "f_bavail",
            "f_bfree",
            "f_blocks",
            "f_bsize",
            "f_files",
            "f_ffree",
            "f_namemax",
        )
        return {name: getattr(found, name) for name in names}


def main():
    backing, mount = sys.argv[1:3]
    disk = Disk(backing)
    signal.signal(signal.SIGUSR1, disk.cut)
    options = {"attr_timeout": 0, "entry_timeout": 0, "foreground": True, "nothreads": True}
    fuse.FUSE(disk, mount, **options)


if __name__ == "__main__":
    main()
