"""Keypads on time, late, lost and restored, from their heartbeats; durable across restarts.

Pure. It promises that each keypad's silence is told once for each standing, that a restart of the
gateway or the death of the broker gives everyone one full term of grace and never a false loss, and
that an old heartbeat sent again proves nothing. It knows what has been told already (`told`), so a
keypad that was lost before a restart is told restored after it, and not lost twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from alarm_wire.signal import DEVICE_LATE, DEVICE_LOST, DEVICE_RESTORED
from alarm_wire.supervision import LATE, LOST, ON_TIME, Supervision, Term

KIND_OF = {ON_TIME: DEVICE_RESTORED, LATE: DEVICE_LATE, LOST: DEVICE_LOST}


@dataclass(frozen=True, slots=True)
class Told:
    """A change to report: `kind` of signal, `device` it is about, silent for `silent_ms`."""

    kind: int
    device: bytes
    standing: int
    silent_ms: int


class Watch:
    """The keypads of one gateway, at most `devices_max`."""

    def __init__(self, term: Term, devices_max: int, known: dict[bytes, int], now_ms: int) -> None:
        self.told = dict(known)
        self._term = term
        self._supervision = Supervision(devices_max)
        self._newest: dict[bytes, tuple[int, int]] = {}
        self._link_up = False
        for device in known:
            self._supervision.expect(device, term, now_ms)

    def expect(self, device: bytes, now_ms: int) -> bool:
        """Supervise `device` from now on. False when it is known already or there is no room."""
        if device in self.told or len(self.told) >= self._supervision.devices_max:
            return False
        self._supervision.expect(device, self._term, now_ms)
        self.told[device] = ON_TIME
        return True

    def forget(self, device: bytes) -> bool:
        """Supervise `device` no longer. False when it was not known."""
        self._supervision.forget(device)
        self._newest.pop(device, None)
        return self.told.pop(device, None) is not None

    def beat(self, device: bytes, epoch: int, number: int, now_ms: int) -> list[Told]:
        """A heartbeat came from the broker; counts only when it is newer than all before."""
        if device not in self.told or (epoch, number) <= self._newest.get(device, (0, 0)):
            return []
        return self.confirmed(device, epoch, number, now_ms)

    def confirmed(self, device: bytes, epoch: int, number: int, now_ms: int) -> list[Told]:
        """A receiver, who can check the seal, has heard this heartbeat."""
        if device not in self.told:
            return []
        self._newest[device] = (epoch, number)
        change = self._supervision.heard(device, now_ms)
        return self._tell(device, ON_TIME, change.silent_ms if change else 0)

    def doubted(self, device: bytes) -> None:
        """A receiver refused a heartbeat of `device`: its number proves nothing."""
        self._newest.pop(device, None)

    def link(self, *, up: bool, now_ms: int) -> None:
        """The broker came or went. While it is gone nobody is judged; then all start afresh."""
        self._link_up = up
        if up:
            self._supervision.excuse(now_ms)

    def judge(self, now_ms: int) -> list[Told]:
        """Every change that the silence until now makes."""
        if not self._link_up:
            return []
        told = []
        for change in self._supervision.judge(now_ms):
            told += self._tell(change.device, change.after, change.silent_ms)
        return told

    def next_ms(self) -> int | None:
        """The moment of the earliest possible change; None when there can be none."""
        return self._supervision.next_ms() if self._link_up else None

    def standings(self) -> dict[bytes, int]:
        """What is so now for each keypad, told or not."""
        return {device: self._supervision.standing(device) or ON_TIME for device in self.told}

    def _tell(self, device: bytes, standing: int, silent_ms: int) -> list[Told]:
        before = self.told[device]
        if standing == before or (standing == LATE and before == LOST):
            return []
        self.told[device] = standing
        return [Told(KIND_OF[standing], device, standing, silent_ms)]
