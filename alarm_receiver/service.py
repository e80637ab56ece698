"""As a service of systemd: readiness, the watchdog, and the units that sandbox our processes.

It promises that systemd counts a process as started once it takes signals (or raises what is due),
and that the watchdog is fed from the loop that answers: a process that hangs is started anew.
Without systemd it says nothing to nobody.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from alarm_receiver.admin_help import Data, fail, plainly, settings_of
from alarm_receiver.store.parts import PARTS

WATCHDOG_S = 30
ALIVE_S = 5
"""How often a process says that it lives."""
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - looked at alone
ENVIRONMENT = Path("/etc/holdfast/receiver.env")

# No `~@resources`: Python asks how many files it may open with a call of that group.
UNIT = """\
# Written by `holdfast receiver unit`.
[Unit]
Description=Holdfast alarm receiver ({part})
Documentation=man:systemd.service(5)
After=network-online.target postgresql.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
EnvironmentFile=-{environment}
ExecStart={program} receiver {command} --data {data}{port}
{credential}Restart=always
RestartSec=2
WatchdogSec={watchdog_s}
TimeoutStartSec=900
TimeoutStopSec=30
LimitNOFILE=65536
User={user}
Group={user}
WorkingDirectory={data}
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
ReadWritePaths={data}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
"""


@plainly
def unit(  # noqa: PLR0917 - typer's options are arguments
    data: Data = None,
    part: Annotated[str, typer.Option(help=f"Which process: {', '.join(PARTS)}")] = "all",
    port: Annotated[int | None, typer.Option(help="Its port; without: as the settings say")] = None,
    user: Annotated[str, typer.Option(help="Whom it runs as")] = "holdfast",
    environment: Annotated[
        Path, typer.Option(help="File with HOLDFAST_RECEIVER_NAME=VALUE lines; may be missing")
    ] = ENVIRONMENT,
    credential: Annotated[
        Path | None, typer.Option(help="Key file that systemd-creds has encrypted")
    ] = None,
) -> None:
    """Print a systemd unit for a process of the receiver."""
    if part not in PARTS:
        fail(f"--part {part} is none of {', '.join(PARTS)}")
    place = settings_of(data).data.absolute()
    program = Path(sys.prefix, "bin", "holdfast")
    sealed = credential and f"LoadCredentialEncrypted=holdfast-key:{credential.absolute()}\n"
    typer.echo(
        UNIT.format(
            part=part,
            program=program,
            command="engine" if part == "engine" else f"serve --part {part}",
            data=place,
            port="" if port is None else f" --port {port}",
            credential=sealed or "",
            environment=environment.absolute(),
            user=user,
            watchdog_s=WATCHDOG_S,
        ),
        nl=False,
    )
    for one in (program, place):
        if any(one.is_relative_to(folder) for folder in HIDDEN):
            typer.echo(
                f"holdfast receiver: {one} is where the unit cannot see it (ProtectHome, "
                "PrivateTmp); have it elsewhere, such as in /opt or /var/lib",
                err=True,
            )


def notify(*words: str) -> bool:
    """Tell systemd, as sd_notify(3) does: READY=1, WATCHDOG=1, STOPPING=1. False without it."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if not where:
        return False
    address = "\0" + where[1:] if where.startswith("@") else where
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.sendto("\n".join(words).encode(), address)
        return True
    return False
