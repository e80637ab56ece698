"""The state of a gateway as data: for `holdfast gateway status`, and as Prometheus metrics.

Pure: it formats what it is given. The data is one JSON object; names are stable, new ones may come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator


class PathState(TypedDict):
    """One path: standing is stands, failing or lost; `skew_ms`: our clock less its receiver's."""

    name: str
    standing: str
    text: str
    owed: int
    skew_ms: int


class KeypadState(TypedDict):
    """One supervised keypad: standing is on_time, late or lost."""

    device: str
    standing: str


class RefusedState(TypedDict):
    """A device that a receiver has refused lately, why, and what to do."""

    receiver: str
    device: str
    reason: str
    remedy: str


class State(TypedDict):
    """Everything that is told."""

    device: str
    epoch: int
    uptime_s: int
    broker: str
    spool: dict[str, Any]
    paths: list[PathState]
    keypads: list[KeypadState]
    refused: list[RefusedState]
    last: list[dict[str, Any]]
    counts: dict[str, int]


def worries(state: State) -> list[str]:
    """What somebody should look at, in words; [] when all is well."""
    found = []
    if state["broker"] != "stands":
        found.append(f"broker {state['broker']}")
    if state["spool"]["trouble"]:
        found.append(f"spool: {state['spool']['trouble']}")
    found += [
        f"path {path['name']} {path['standing']}: {path['text']}"
        for path in state["paths"]
        if path["standing"] != "stands"
    ]
    found += [
        f"keypad {keypad['device']} {keypad['standing']}"
        for keypad in state["keypads"]
        if keypad["standing"] != "on_time"
    ]
    found += [refused(one) for one in state["refused"]]
    return found


def refused(one: RefusedState) -> str:
    """A refusal in words."""
    return f"receiver {one['receiver']} refuses {one['device']} ({one['reason']}): {one['remedy']}"


def lines(state: State) -> list[str]:
    """What a person reads."""
    spool = state["spool"]
    told = [
        f"gateway  {state['device']}  start {state['epoch']}, up {_span(state['uptime_s'])}",
        f"broker   {state['broker']}",
        f"spool    {spool['waiting']} of {spool['places']} signals wait"
        + (f"; {spool['trouble']}" if spool["trouble"] else ""),
    ]
    told += [
        f"path     {path['name']:<12} {path['standing']:<8} {path['owed']} owed  {path['text']}"
        for path in state["paths"]
    ]
    told += [f"keypad   {keypad['device']}  {keypad['standing']}" for keypad in state["keypads"]]
    told += [
        f"signal   {one['device']} {one['epoch']}.{one['number']} {one['kind']} {one['state']}"
        for one in state["last"]
    ]
    found = worries(state)
    told.append("all is well" if not found else f"{len(found)} to look at: " + "; ".join(found))
    return [line.rstrip() for line in told]


def metrics(state: State) -> str:
    """Prometheus text format, version 0.0.4."""
    return "".join(f"{line}\n" for line in _metrics(state))


def _metrics(state: State) -> Iterator[str]:
    spool = state["spool"]
    yield from _gauge("up_seconds", "Seconds since the start", [("", state["uptime_s"])])
    yield from _gauge("start", "Number of this start (epoch)", [("", state["epoch"])])
    broker = [("", int(state["broker"] == "stands"))]
    yield from _gauge("broker_up", "1 while the broker's subscription stands", broker)
    yield from _gauge("spool_signals", "Signals that wait for a receiver", [("", spool["waiting"])])
    yield from _gauge("spool_places", "Signals that the spool can hold", [("", spool["places"])])
    trouble = [("", int(bool(spool["trouble"])))]
    yield from _gauge("spool_trouble", "1 while the spool cannot keep", trouble)
    for what, help_text, wanted in (
        ("path_up", "1 while a path to a receiver stands", "stands"),
        ("path_lost", "1 while a path is told lost", "lost"),
    ):
        values = [
            (f'{{path="{path["name"]}"}}', int(path["standing"] == wanted))
            for path in state["paths"]
        ]
        yield from _gauge(what, help_text, values)
    standings = [keypad["standing"] for keypad in state["keypads"]]
    values = [
        (f'{{standing="{name}"}}', standings.count(name)) for name in ("on_time", "late", "lost")
    ]
    yield from _gauge("keypads", "Supervised keypads by standing", values)
    yield "# HELP holdfast_gateway_count_total Things that happened since the start"
    yield "# TYPE holdfast_gateway_count_total counter"
    for name, count in sorted(state["counts"].items()):
        yield f'holdfast_gateway_count_total{{what="{name}"}} {count}'


def _gauge(name: str, help_text: str, values: list[tuple[str, int]]) -> Iterator[str]:
    yield f"# HELP holdfast_gateway_{name} {help_text}"
    yield f"# TYPE holdfast_gateway_{name} gauge"
    for label, value in values:
        yield f"holdfast_gateway_{name}{label} {value}"


def _span(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return (f"{days} d " if days else "") + f"{hour:02}:{minute:02}:{second:02}"
