"""As a service of systemd: readiness, the watchdog, and the unit that sandboxes us.

It promises that the watchdog is fed only while every thread of ours makes progress, so that a
gateway which hangs is started anew. Without systemd it says nothing to nobody.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WATCHDOG_S = 30

# A call that the filter refuses fails with EPERM and does not kill: seen as root, SQLite's fchown
# ended the gateway with SIGSYS at each start; a relay of alarms must not die of a library's whim.
UNIT = """\
# Written by `holdfast gateway unit`.
[Unit]
Description=Holdfast gateway: carries alarms from the keypads of this site to their receivers
Documentation=man:systemd.service(5)
After=network-online.target mosquitto.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} gateway run --config {config}
Restart=always
RestartSec=1
WatchdogSec={watchdog_s}
TimeoutStopSec=20
User={user}
Group={user}
WorkingDirectory={folder}
StateDirectory=holdfast
StateDirectoryMode=0700
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
ReadWritePaths={folder}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
MemoryMax=256M
TasksMax=64
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
"""


def unit(*, program: str, config: str, folder: str, user: str) -> str:
    """The unit's text."""
    return UNIT.format(
        program=program,
        config=config,
        folder=folder,
        user=user,
        watchdog_s=WATCHDOG_S,
    )


def unseen(*paths: Path) -> list[str]:
    """Which of these a sandboxed unit cannot see, and why; for ProtectHome and PrivateTmp."""
    hidden = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - looked at alone
    return [
        f"{path} lies below {folder}, which the unit cannot see; have it elsewhere, such as in /opt"
        for path in paths
        for folder in hidden
        if path.is_relative_to(folder)
    ]


def notify(*words: str) -> bool:
    """Tell systemd, as sd_notify(3) does: READY=1, WATCHDOG=1, STATUS=... False without it."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if not where:
        return False
    address = "\0" + where[1:] if where.startswith("@") else where
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.sendto("\n".join(words).encode(), address)
        return True
    return False
