"""How many status signals one device may send: the rest is refused, kept by its gateway, told.

It promises that no alarm is ever counted or held back here, and that one device which sends without
end (a loose contact, stolen keys, a fault in a program) fills neither the store nor anybody else's
way. What is refused is no loss: the gateway keeps it and sends it again as it gets through. People
read of it on the technical ticket of the device's site, once an hour.

Only what is sealed counts, so nobody uses up the share of somebody else's device.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from alarm_receiver.store import troubles
from alarm_receiver.store.waiting import Lane, Unavailable
from alarm_receiver.web.limits import Allowance
from alarm_wire.frame import REASON_NAMES, TOO_MANY, WireError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.registry import Known
    from alarm_receiver.web.context import Context

GATEWAY_TIMES = 20
"""A gateway may say this much more than a keypad: it reports of each keypad that comes back."""
APART_MS = 3_600_000


class Floods:
    """Call `check` with each status signal whose seal has held."""

    def __init__(self, context: Context) -> None:
        self._context = context
        limits = context.rules.limits
        per_second, burst = limits.status_per_second, limits.status_burst
        self._keypads = Allowance(per_second, burst)
        self._gateways = Allowance(per_second * GATEWAY_TIMES, burst * GATEWAY_TIMES)
        self._told_ms: dict[bytes, int] = {}

    def check(self, device: bytes, known: Known, now_ms: int) -> None:
        """Count one. Raises WireError TOO_MANY when it is beyond what the device may send."""
        allowance = self._gateways if known.kind == "gateway" else self._keypads
        if allowance.take(device, now_ms):
            return
        if now_ms - self._told_ms.get(device, -APART_MS) >= APART_MS:
            self._tell(device, known, now_ms)
        raise WireError(TOO_MANY, "more status signals than one device may send; send it later")

    def _tell(self, device: bytes, known: Known, now_ms: int) -> None:
        self._context.log("too_many", device=known.device, remedy="see docs/operate.md, Floods")
        try:
            self._context.writer.submit(Lane.PEOPLE, partial(self._put, known, now_ms))
        except Unavailable:
            return  # the next one that is refused tells
        self._told_ms[device] = now_ms

    def _put(self, known: Known, now_ms: int, connection: Connection) -> None:
        detail: dict[str, object] = {"reason": REASON_NAMES[TOO_MANY], "device": known.device}
        policies = self._context.policies
        troubles.security(
            connection, known.agency, known.site, detail, policies=policies, now_ms=now_ms
        )
