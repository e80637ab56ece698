"""A real systemd as process 1 of namespaces of its own: units start, freeze and die as on a site.

It has nothing but the units it is given and empty stand-ins for the targets that every service
depends on. Its control groups are a folder of their own; whatever runs inside ends with it.
"""

import os
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from needs import needs
from premises import until

SYSTEMD = "/lib/systemd/systemd"
TARGETS = ("sysinit", "basic", "shutdown", "network-online", "multi-user")
NAMESPACES = ("--fork", "--pid", "--mount", "--uts", "--ipc", "--kill-child", "--mount-proc")
# The box's own control groups become /sys/fs/cgroup; /run is empty, so nothing of the host's
# systemd is seen or reached.
BOOT = """\
set -e
mount --make-rprivate /
mkdir -p {box}/cgroup
mount -t cgroup2 none {box}/cgroup
mkdir -p {box}/cgroup/{name}
echo $$ > {box}/cgroup/{name}/cgroup.procs
exec unshare --cgroup sh -c '
set -e
umount {box}/cgroup
mount -t tmpfs tmpfs /run
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other SYSTEMD_UNIT_PATH={box}/units \\
    {systemd} --system --log-target=console --show-status=0'
"""


class SystemdBox:
    """`folder` holds units and log, outside /tmp, which units may have of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.name = f"holdfast-{os.getpid()}-{folder.name}"
        self.units = folder / "units"
        self.units.mkdir()
        for target in TARGETS:
            self.unit(f"{target}.target", f"[Unit]\nDescription={target}\nDefaultDependencies=no\n")
        self._process = self._inside = None

    def unit(self, name, text):
        place = self.units / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def start(self, wanted):
        """Boot; `wanted` is the service that its default target pulls in."""
        self.unit("default.target", f"[Unit]\nDefaultDependencies=no\nWants={wanted}\n")
        boot = BOOT.format(box=self.folder, name=self.name, systemd=SYSTEMD)
        with (self.folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                ["unshare", *NAMESPACES, "sh", "-c", boot], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        self._inside = until(lambda: children.read_text().split(), "process 1", 60)[0]
        until(lambda: self.ctl("show", "-p", "Version").returncode == 0, "systemd", 60)
        return self

    def ctl(self, *words):
        """systemctl inside; the finished process."""
        return self.run("systemctl", "--no-pager", *words)

    def run(self, *words):
        """A program inside."""
        enter = ["nsenter", "-t", self._inside, "-m", "-u", "-i", "-p", "-C"]
        return subprocess.run(
            [*enter, *map(str, words)], capture_output=True, text=True, check=False, timeout=120
        )

    def show(self, unit, what):
        return self.ctl("show", "-p", what, "--value", unit).stdout.strip()

    def log(self):
        return (self.folder / "log").read_text("utf-8", "replace")

    def stop(self):
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # takes process 1 along, and so all
            self._process.wait(20)
        self._sweep()

    def _sweep(self):
        """Take our control groups away again."""
        script = (
            f"mkdir -p {self.folder}/cgroup && mount -t cgroup2 none {self.folder}/cgroup && "
            f"find {self.folder}/cgroup/{self.name} -depth -type d -exec rmdir {{}} +"
        )
        command = ["unshare", "--mount", "sh", "-c", script]
        until(lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0)


@cache
def may_boot():
    """Whether this machine lets us have namespaces and control groups of our own."""
    with tempfile.TemporaryDirectory() as place:
        probe = f"mount --make-rprivate / && mount -t cgroup2 none {place} && mkdir {place}/probe-{os.getpid()} && rmdir {place}/probe-{os.getpid()}"  # noqa: E501 - one line of shell
        done = subprocess.run(
            ["unshare", *NAMESPACES, "sh", "-c", probe], capture_output=True, check=False
        )
    return done.returncode == 0


def needs_systemd():
    """Skip where the machine forbids it; fail in CI when only the package is missing."""
    for program in ("systemctl", "nsenter", "unshare"):
        needs(program)
    if os.geteuid() != 0:
        pytest.skip("a systemd of its own needs root: run the tests as root to see it")
    if not may_boot():
        pytest.skip("this machine gives no namespaces or control groups: systemd cannot be booted")
