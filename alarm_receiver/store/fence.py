"""Keeps the receiver from an old primary that came back: PostgreSQL only.

After a failover the new primary counts a higher timeline. It promises that nobody here connects to
a primary whose timeline is lower than the highest that was ever seen, this process's or an earlier
one's of the same data folder; that of several hosts in the URL the true one is taken, whichever
stands first; that a connection which turns out to lead to an old one is cut, a COMMIT that waits
there included (nobody is told that it was done); and that another cluster is not taken for ours.

It cannot know of a promotion that no host it reaches has told: against that stands synchronous
replication, without which the old primary commits nothing. docs/decisions/0028.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import asdict, dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import make_url

from alarm_receiver.store.database import Unfit, engine_url
from alarm_receiver.store.owner import hand_over

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

FILE = "primary.json"
ASK_S = 3
PORT = "5432"
_QUERY = """
SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_walfile_name(pg_current_wal_lsn()) END,
       (SELECT system_identifier::text FROM pg_control_system())
"""
REMEDY = (
    "stop it and make it a standby of the new one (pg_rewind); if it is the right one on purpose, "
    "run `holdfast receiver confirm-store`. See docs/operate.md, Failover"
)


@dataclass(frozen=True, slots=True)
class Primary:
    """A server that takes writes: which cluster, and after how many promotions."""

    system: str
    timeline: int


class Fence:
    """One for each process; `path` keeps what was seen, None: for this process alone."""

    def __init__(
        self, url: str, path: Path | None, log: Callable[..., None] = lambda *_, **__: None
    ) -> None:
        self._url = make_url(engine_url(url))
        self._path = path
        self._log = log
        self._lock = Lock()
        self._known = self._read()
        self._open: WeakKeyDictionary[Any, Primary] = WeakKeyDictionary()
        self._told: set[str] = set()
        self.old: dict[str, Primary] = {}
        """Old primaries that take writes just now, by their HOST:PORT."""

    def guard(self, engine: Engine) -> None:
        """Let `engine` connect to the true primary only."""
        event.listen(engine, "do_connect", self._connect)

    def look(self) -> None:
        """Ask every host of the URL; what is seen counts at once, and old connections are cut."""
        dialect = self._url.get_dialect()()
        dialect.dbapi = dialect.import_dbapi()
        _, given = dialect.create_connect_args(self._url)
        seen = {}
        for where, parameters in _hosts(given):
            parameters |= {"connect_timeout": ASK_S, "target_session_attrs": "any"}
            with contextlib.suppress(dialect.dbapi.Error):
                connection = dialect.dbapi.connect(**parameters)
                try:
                    primary = _ask(connection, dialect.dbapi.Error)
                finally:
                    connection.close()
                if primary is not None:
                    seen[where] = primary
        for primary in seen.values():
            self._learn(primary)
        self.old = {where: one for where, one in seen.items() if self._why_not(one)}
        for where, one in self.old.items():
            self._tell(where, one)
        self._told &= set(self.old)
        self._cut()

    def preferred(self, url: str) -> str:
        """`url` for those who connect by themselves: without the hosts that are old primaries."""
        query = dict(self._url.query)
        hosts = query.get("host")
        if isinstance(hosts, str) or hosts is None or not self.old:
            return url
        query["host"] = tuple(one for one in hosts if _where(one) not in self.old) or hosts
        return self._url.set(query=query).render_as_string(hide_password=False)

    def forget(self) -> None:
        """An operator has confirmed what is there now."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._known = None

    def _connect(self, dialect: Any, _record: object, _cargs: object, given: Any) -> Any:
        """A connection to the first host that serves and is no old primary (do_connect)."""
        said: list[str] = []
        for where, parameters in _hosts(given):
            try:
                connection = dialect.connect(**parameters)
            except dialect.loaded_dbapi.Error as error:
                said.append(f"{where}: {error}")
                continue
            primary = _ask(connection, dialect.loaded_dbapi.Error)
            why = "" if primary is None else self._why_not(primary)
            if primary is not None and not why:
                self._learn(primary)
                with self._lock:
                    self._open[connection] = primary
            if not why:
                return connection
            connection.close()
            said.append(f"{where} {why}")
        raise dialect.loaded_dbapi.OperationalError("; ".join(said))

    def _why_not(self, one: Primary) -> str:
        known = self._known
        if known is None or (one.system == known.system and one.timeline >= known.timeline):
            return ""
        if one.system != known.system:
            return f"is another cluster ({one.system}, known is {known.system}): {REMEDY}"
        newer = f"timeline {one.timeline}, {known.timeline} was seen since"
        return f"is an old primary ({newer}): {REMEDY}"

    def _learn(self, one: Primary) -> None:
        with self._lock:
            latest = self._read() or self._known
            newer = latest is None or (
                one.system == latest.system and one.timeline > latest.timeline
            )
            self._known = one if newer else latest
            if newer and self._path is not None:
                with contextlib.suppress(OSError):  # a full disk keeps nobody from the store
                    write_safely(self._path, json.dumps(asdict(one)))
        if newer:
            self._log("primary", system=one.system, timeline=one.timeline)

    def _read(self) -> Primary | None:
        if self._path is None or not self._path.exists():
            return None
        try:
            return Primary(**json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise Unfit(f"{self._path} cannot be read ({error}); {REMEDY}") from error

    def _tell(self, where: str, one: Primary) -> None:
        if where not in self._told:
            self._told.add(where)
            self._log("old_primary", where=where, timeline=one.timeline, remedy=REMEDY)

    def _cut(self) -> None:
        """Shut the lines that lead to old primaries; whoever waits there sees them break."""
        with self._lock:
            old = [one for one, primary in self._open.items() if self._why_not(primary)]
        for connection in old:
            with contextlib.suppress(Exception):  # closed meanwhile
                with socket.socket(fileno=os.dup(connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)
                self._log("old_primary_cut")


def write_safely(path: Path, text: str) -> None:
    """Write a small file so that a power cut leaves the old one or the new one. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    hand_over(fresh, path)
    fresh.replace(path)


def _hosts(given: Any) -> list[tuple[str, dict[str, Any]]]:
    """What to connect with, once for each host of the URL."""
    hosts = str(given.get("host", "")).split(",")
    ports = str(given.get("port") or PORT).split(",")
    if len(hosts) == 1:
        return [(f"{hosts[0]}:{ports[0]}", dict(given))]
    ports *= len(hosts) if len(ports) == 1 else 1
    return [
        (f"{host}:{port or PORT}", {**given, "host": host, "port": port or PORT})
        for host, port in zip(hosts, ports, strict=True)
    ]


def _where(host: str) -> str:
    """HOST:PORT of a host as the URL has it."""
    return host if ":" in host else f"{host}:{PORT}"


def _ask(connection: Any, errors: type[Exception]) -> Primary | None:
    """What the server behind `connection` is; None: a standby, or no PostgreSQL that says it."""
    try:
        name, system = connection.execute(_QUERY).fetchone()
    except errors:
        return None
    finally:
        connection.rollback()
    return Primary(system, int(name[:8], 16)) if name else None
