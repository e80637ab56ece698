"""Keypads on time, late, lost and restored, from their heartbeats; durable across restarts.

Pure. It promises that each keypad's silence is told once for each standing, that a restart of the
gateway or the death of the broker gives everyone one full term of grace and never a false loss, but
that a link which comes and goes hides nobody; that an old heartbeat sent again proves nothing, and
that one which receivers refuse counts as none: nobody here can check a seal. It knows what has been
told already (`told`), so a keypad that was lost before a restart is told restored after it, and not
lost twice.
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
        self._proven_ms: dict[bytes, int] = dict.fromkeys(known, now_ms)
        self._heard_up_ms: dict[bytes, int] = {}
        self._link_up = False
        self._up_since_ms = now_ms
        self._up_before_ms = 0
        for device in known:
            self._supervision.expect(device, term, now_ms)

    def expect(self, device: bytes, now_ms: int) -> bool:
        """Supervise `device` from now on. False when it is known already or there is no room."""
        if device in self.told or len(self.told) >= self._supervision.devices_max:
            return False
        self._supervision.expect(device, self._term, now_ms)
        self._heard_up_ms[device] = self._up_ms(now_ms)
        self._proven_ms[device] = now_ms
        self.told[device] = ON_TIME
        return True

    def forget(self, device: bytes) -> bool:
        """Supervise `device` no longer. False when it was not known."""
        self._supervision.forget(device)
        for known in (self._newest, self._proven_ms, self._heard_up_ms):
            known.pop(device, None)
        return self.told.pop(device, None) is not None

    def beat(self, device: bytes, epoch: int, number: int, now_ms: int) -> None:
        """A heartbeat came from the broker; counts, until doubted, only when newer than all before.

        It keeps a keypad from becoming later; only a receiver's word brings one back.
        """
        if device not in self.told or (epoch, number) <= self._newest.get(device, (0, 0)):
            return
        self._newest[device] = (epoch, number)
        self._supervision.count_from(device, now_ms)

    def confirmed(self, device: bytes, epoch: int, number: int, now_ms: int) -> list[Told]:
        """A receiver, who can check the seal, has heard this heartbeat."""
        if device not in self.told:
            return []
        self._newest[device] = (epoch, number)
        silent_ms = now_ms - self._proven_ms[device]
        self._proven_ms[device] = now_ms
        self._heard_up_ms[device] = self._up_ms(now_ms)
        self._supervision.heard(device, now_ms)
        return self._tell(device, ON_TIME, silent_ms)

    def doubted(self, device: bytes) -> None:
        """A receiver refused a heartbeat of `device`: neither its number nor its coming counts."""
        self._newest.pop(device, None)
        if device in self.told:
            self._supervision.count_from(device, self._proven_ms[device])

    def link(self, *, up: bool, now_ms: int) -> None:
        """The broker came or went. While it is gone nobody is judged; then all start afresh."""
        if self._link_up and not up:
            self._up_before_ms += now_ms - self._up_since_ms
        if up and not self._link_up:
            self._up_since_ms = now_ms
        self._link_up = up
        if up:
            so_far_ms = self._up_ms(now_ms)
            silent_ms = {one: so_far_ms - self._heard_up_ms.get(one, 0) for one in self.told}
            self._supervision.excuse(now_ms, silent_ms)
            for device in self.told:
                if self._supervision.standing(device) != LOST:
                    self._proven_ms[device] = max(self._proven_ms[device], now_ms)

    def _up_ms(self, now_ms: int) -> int:
        """How long the link has stood in all."""
        return self._up_before_ms + (now_ms - self._up_since_ms if self._link_up else 0)

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
