"""The receiver's commands; mounted as `holdfast receiver`."""

from __future__ import annotations

import errno
import gc
import os
import resource
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from alarm_receiver import config_check
from alarm_receiver.admin import add_to
from alarm_receiver.admin_help import Data  # noqa: TC001 - typer reads annotations when it runs
from alarm_receiver.config import Misconfigured, Settings, read_settings, url_at
from alarm_receiver.log import Log
from alarm_receiver.service import ALIVE_S, notify
from alarm_receiver.store.database import StoreError
from alarm_receiver.watched import watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    import uvicorn

    from alarm_receiver.wiring import Receiver


class Part(StrEnum):
    """What one serving process does."""

    ALL = "all"
    INTAKE = "intake"
    CONSOLE = "console"


app = typer.Typer(no_args_is_help=True, help="The alarm receiver.")
EXIT_SETTING = 2
SWITCH_S = 0.0002
FILES_MAX = 65_536
COLLECT_AFTER = 50_000
"""Objects made and kept before the cycle collector looks; Python's 700 are one request's."""


add_to(app)


@app.callback()
def _group() -> None:
    """The alarm receiver."""


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one [8480]")
    ] = None,
    part: Annotated[Part, typer.Option(help="Both doors and the engine, or one door")] = Part.ALL,
) -> None:
    """Take signals, keep tickets, show the page.

    `--part intake` and `--part console` are processes of their own over one store: a storm of
    browsers then delays no commit. They need at least one `engine` beside them.
    """
    log = Log()
    with _settings_named(log):
        settings = read_settings(data=data, host=host, port=port)
        _doubt(log, settings)
        listening = _listen(settings)
        receiver = _receiver(settings, log, part)
    ending = _told_to_end()
    _announce(receiver, listening)
    _run(receiver, listening, ending)
    log("stopped")
    log.flush()


@app.command()
def engine(
    data: Data = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port for /health, /ready and /metrics; 0 takes a free one [none]"),
    ] = None,
) -> None:
    """Raise what is due, send pages, notice silence: any number of engines over one store.

    Each step of a ticket is raised once, whoever gets there first; a dead engine is on a ticket
    within fifteen seconds as long as another one lives.
    """
    log = Log()
    with _settings_named(log):
        settings = read_settings(data=data, engine_port=port)
        _doubt(log, settings)
        receiver = _receiver(settings, log, "engine")
    listening = _watching(settings, log)
    ending = _told_to_end()
    receiver.start()
    log("engine_runs", id=receiver.upkeep.me.id, host=receiver.upkeep.me.host)
    notify("READY=1")
    with watched(receiver, listening):
        while receiver.writer.alive and not ending.wait(1.0):
            notify("WATCHDOG=1")
    notify("STOPPING=1")
    receiver.stop()
    log("stopped")
    log.flush()


def _told_to_end() -> threading.Event:
    """Set by SIGTERM and SIGINT from now on, until uvicorn has handlers of its own and after.

    Whoever is told twice, or while he starts or stops, ends in order all the same.
    """
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_said: ending.set())
    return ending


def _doubt(log: Log, settings: Settings) -> None:
    """Say what cannot work of settings that no alarm waits for: it must not keep us from serving.

    `check-config` ends with the same.
    """
    for fault in config_check.faults(settings) + config_check.unknown(os.environ):
        log("setting_cannot_work", fault=fault, remedy="see docs/operate.md, Settings")


def _receiver(settings: Settings, log: Log, part: str) -> Receiver:
    from alarm_receiver.wiring import Receiver

    return Receiver(settings, log, str(part))


@contextmanager
def _settings_named(log: Log) -> Iterator[None]:
    """End with what is wrong, where, and what to do."""
    try:
        yield
    except (Misconfigured, StoreError, ValueError) as error:
        log.flush()
        typer.echo(f"holdfast receiver: {error}", err=True)
        raise typer.Exit(EXIT_SETTING) from None


def _watching(settings: Settings, log: Log) -> socket.socket | None:
    """Where an engine is watched. One that nobody can watch works on: no alarm waits for that."""
    if settings.engine_port is None:
        return None
    try:
        return _listen(settings.model_copy(update={"port": settings.engine_port}))
    except Misconfigured as error:
        log("engine_not_watched", error=str(error))
        return None


def _listen(settings: Settings) -> socket.socket:
    """A listening socket. Raises Misconfigured with what to do."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        where = f"{settings.host} port {settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise Misconfigured(
                f"{where} is taken by another program; stop it, or choose another port with "
                "--port (0 takes a free one)"
            ) from None
        raise Misconfigured(
            f"cannot listen on {where}: {error.strerror}; --host names an address of this machine "
            "(127.0.0.1 behind a proxy), and --port one that this user may take (1024 or more)"
        ) from None
    listening.setblocking(False)
    return listening


def _announce(receiver: Receiver, listening: socket.socket) -> None:
    """Start, and say where the receiver is and how the first account is made."""
    host, port = listening.getsockname()[:2]
    url = receiver.settings.public_url or url_at(host, port)
    token = receiver.start()
    receiver.log("listening", host=host, port=port, url=url)
    if token is not None:
        link = f"{url}/setup/{token}"
        receiver.log("setup", link=link)
        sys.stdout.write(f"No account exists yet. Make the first one at  {link}\n")
        sys.stdout.flush()


def _open_many() -> None:
    """As many connections as the system lets us have, not the few that a shell begins with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, FILES_MAX) if hard != resource.RLIM_INFINITY else FILES_MAX
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _keep_what_is_loaded() -> None:
    """What was loaded stays, and need not be looked through again while an alarm waits."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _server(receiver: Receiver, ending: threading.Event) -> type[uvicorn.Server]:
    """Uvicorn's server as systemd and those who wait for us need it."""
    import uvicorn

    context = receiver.context

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
            """End in order, and do not die of the signal afterwards as uvicorn would."""
            context.log("stopping", signal=sig)
            notify("STOPPING=1")
            context.stopping.set()  # streams and waiting gateways end by themselves
            context.feed.release()
            context.pieces.release()
            self.should_exit = True

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Start, and end at once when we were told to before we had our handlers."""
            await super().startup(sockets=sockets)
            notify("READY=1")
            if ending.is_set():
                self.handle_exit(signal.SIGTERM, None)

        async def on_tick(self, counter: int) -> bool:
            """Ten times a second; a loop that hangs, or that nobody commits for, says nothing."""
            if counter % (10 * ALIVE_S) == 0 and receiver.writer.alive:
                notify("WATCHDOG=1")
            return await super().on_tick(counter)

    return Server


def _run(receiver: Receiver, listening: socket.socket, ending: threading.Event) -> None:
    import uvicorn

    from alarm_receiver.web.hurry import hurried

    _open_many()
    # The writer takes the interpreter lock back after every statement; with Python's 5 ms it
    # waited behind the event loop each time (measured: 32 clients, 3 times slower).
    sys.setswitchinterval(SWITCH_S)
    _keep_what_is_loaded()
    context = receiver.context
    # uvloop and asyncio both set TCP_NODELAY on what they accept.
    app = receiver.app()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=hurried(context.intake),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        forwarded_allow_ips=receiver.settings.trusted_proxies,
        timeout_keep_alive=receiver.settings.keep_alive_s,
        timeout_graceful_shutdown=5,
        backlog=1024,
    )
    try:
        _server(receiver, ending)(config).run(sockets=[listening])
    finally:
        receiver.stop()
