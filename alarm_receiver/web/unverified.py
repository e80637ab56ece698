"""Emergencies of revoked devices: refused as any frame of theirs, and put before people.

A device is revoked because it was lost, stolen or taken out, and sometimes by mistake. It promises
that a press whose seal holds under the revoked key is on the technical ticket of its site, as not
verified: somebody looks at it and decides. It opens no emergency, with which a thief could send
help wherever he liked. One entry a minute and device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_receiver.store import troubles
from alarm_receiver.store.waiting import Lane, Unavailable
from alarm_wire.frame import SIGNAL_FRAME, WireError, claim, open_signal
from alarm_wire.seal import SIGNAL
from alarm_wire.signal import EMERGENCY, kind_name, urgency

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.registry import Known
    from alarm_receiver.store.writer import Writer
    from alarm_receiver.web.keys import Keys
    from alarm_wire.signal import Signal

APART_MS = 60_000


class Unverified:
    """Call it with every frame that was refused because its device is revoked."""

    def __init__(
        self,
        writer: Writer,
        keys: Keys,
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        policies: Policies,
    ) -> None:
        self._writer = writer
        self._keys = keys
        self._now_ms = now_ms
        self._log = log
        self._policies = policies
        self._told_ms: dict[bytes, int] = {}
        """When people were last told of a device; registered ones only, so it is bounded."""

    def __call__(self, frame: bytes) -> None:
        """Put it before people, if its seal holds and it is an emergency."""
        now_ms = self._now_ms()
        found = self._open(frame, now_ms)
        if found is None:
            return
        known, said = found
        if now_ms - self._told_ms.get(said.device, -APART_MS) < APART_MS:
            return
        detail: dict[str, object] = {
            "reason": "revoked_device",
            "device": known.device,
            "epoch": said.epoch,
            "number": said.number,
            "kind": kind_name(said.kind),
            "zone": said.zone,
        }

        def do(connection: Connection) -> None:
            troubles.security(
                connection,
                known.agency,
                known.site,
                detail,
                policies=self._policies,
                now_ms=now_ms,
            )

        try:
            self._writer.submit(Lane.ALARM, do)
        except Unavailable:
            return  # the keypad keeps its press and sends it again
        self._told_ms[said.device] = now_ms
        self._log("revoked_device_pressed", device=known.device, kind=kind_name(said.kind))

    def _open(self, frame: bytes, now_ms: int) -> tuple[Known, Signal] | None:
        try:
            claimed = claim(frame)
            device = self._keys.get(claimed.device)
            if claimed.kind_of_frame != SIGNAL_FRAME or device is None:
                return None
            said, _ = open_signal(frame, device.holding(frame, SIGNAL, now_ms).signal)
        except WireError:
            return None
        return (device.known, said) if urgency(said.kind) == EMERGENCY else None
