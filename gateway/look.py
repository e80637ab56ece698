"""Looks at a running gateway and writes down what it sees, for `status` and for the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_wire.signal import device_text
from alarm_wire.supervision import STANDING_NAMES
from gateway.paths import BROKER
from gateway.writer import monotonic_ms

if TYPE_CHECKING:
    from gateway.shell import Gateway
    from gateway.status import PathState, State


def look(gateway: Gateway) -> State:
    """The state of `gateway` now; called in its event loop."""
    paths = gateway.paths
    standings = gateway.watch.standings()
    return {
        "device": device_text(gateway.own.device),
        "epoch": gateway.own.epoch,
        "uptime_s": gateway.own.uptime_ms() // 1000,
        "broker": _broker(gateway),
        "spool": {
            "waiting": gateway.writer.waiting(),
            "places": gateway.writer.places(),
            "trouble": gateway.writer.in_trouble(),
        },
        "paths": [_path(gateway, path) for path in range(1, len(paths))],
        "keypads": [
            {"device": device_text(device), "standing": STANDING_NAMES[standing]}
            for device, standing in sorted(standings.items())
        ],
        "refused": gateway.refusals.recent(monotonic_ms()),
        "last": gateway.downlink.last(),
        "counts": dict(gateway.counts),
    }


def _broker(gateway: Gateway) -> str:
    steady = BROKER not in gateway.paths.lost()
    return "stands" if gateway.premises.up() and steady else _standing(gateway, BROKER)


def _path(gateway: Gateway, path: int) -> PathState:
    return {
        "name": gateway.paths.name(path),
        "standing": _standing(gateway, path),
        "text": gateway.paths.failing().get(path, ""),
        "owed": gateway.relay.owed(gateway.paths.receiver(path)),
        "skew_ms": gateway.body.skew_ms(path),
    }


def _standing(gateway: Gateway, path: int) -> str:
    if path in gateway.paths.lost():
        return "lost"
    return "failing" if path in gateway.paths.failing() else "stands"
