"""Judges silence: a device is on time, then late, then lost, by its heartbeats alone.

It knows no clock: `heard` and `judge` take the moment. A device that was never heard counts from
the moment it was expected, so a restart of the supervisor gives everyone one full term of grace
and can never report a loss that it did not see.
"""

ON_TIME = 0
LATE = 1
LOST = 2
STANDING_NAMES = ("on_time", "late", "lost")


class Term:
    """How long a device may be silent: late after `late_ms`, lost after `lost_ms`."""

    def __init__(self, late_ms: int, lost_ms: int) -> None:
        if not 0 < late_ms < lost_ms:
            raise ValueError("terms must be 0 < late < lost, not %d, %d" % (late_ms, lost_ms))
        self.late_ms = late_ms
        self.lost_ms = lost_ms


class Change:
    """`device` went from standing `before` to standing `after`, silent for `silent_ms`."""

    def __init__(self, device: bytes, before: int, after: int, silent_ms: int) -> None:
        self.device = device
        self.before = before
        self.after = after
        self.silent_ms = silent_ms

    def __repr__(self) -> str:
        return "<Change %s -> %s>" % (STANDING_NAMES[self.before], STANDING_NAMES[self.after])


class Supervision:
    """The standing of some devices. At most `devices_max`, so that a flood of names is refused."""

    def __init__(self, devices_max: int) -> None:
        self.devices_max = devices_max
        self._terms: dict[bytes, Term] = {}
        self._heard_ms: dict[bytes, int] = {}
        self._standing: dict[bytes, int] = {}

    def expect(self, device: bytes, term: Term, now_ms: int) -> None:
        """Supervise `device` from now on; a known one keeps its standing and gets the new term."""
        if device not in self._terms:
            if len(self._terms) >= self.devices_max:
                raise ValueError("no more than %d devices can be supervised" % self.devices_max)
            self._heard_ms[device] = now_ms
            self._standing[device] = ON_TIME
        self._terms[device] = term

    def forget(self, device: bytes) -> None:
        """Supervise `device` no longer."""
        self._terms.pop(device, None)
        self._heard_ms.pop(device, None)
        self._standing.pop(device, None)

    def heard(self, device: bytes, now_ms: int) -> "Change | None":
        """`device` spoke; the change if that restores it. One that is not expected is ignored."""
        if device not in self._terms:
            return None
        silent_ms = now_ms - self._heard_ms[device]
        self._heard_ms[device] = max(now_ms, self._heard_ms[device])
        return self._move(device, ON_TIME, silent_ms)

    def count_from(self, device: bytes, moment_ms: int) -> None:
        """The silence of `device` counts from this moment; its standing stays until it is judged.

        For what sounds like `device` and is not proven, and for taking that back.
        """
        if device in self._terms:
            self._heard_ms[device] = moment_ms

    def excuse(self, now_ms: int, silent_ms: "dict[bytes, int] | None" = None) -> None:
        """Nobody could be heard until now (our own link was down): silence counts from now.

        `silent_ms`: how long each was silent while the link stood. What is beyond its whole term is
        not excused, so a link that comes and goes hides nobody for ever.
        """
        for device, term in self._terms.items():
            if self._standing[device] != LOST:
                beyond_ms = 0 if silent_ms is None else silent_ms.get(device, 0) - term.lost_ms
                moment_ms = now_ms - max(0, beyond_ms)
                self._heard_ms[device] = max(moment_ms, self._heard_ms[device])

    def judge(self, now_ms: int) -> "list[Change]":
        """Every change of standing that the silence until now makes."""
        changes = []
        for device, term in self._terms.items():
            silent_ms = now_ms - self._heard_ms[device]
            if silent_ms >= term.lost_ms:
                after = LOST
            elif silent_ms >= term.late_ms:
                after = max(LATE, self._standing[device])
            else:
                continue
            change = self._move(device, after, silent_ms)
            if change is not None:
                changes.append(change)
        return changes

    def standing(self, device: bytes) -> "int | None":
        """ON_TIME, LATE or LOST; None for a device that is not supervised."""
        return self._standing.get(device)

    def next_ms(self) -> "int | None":
        """The moment of the earliest possible change; None when nobody can become later."""
        earliest = None
        for device, term in self._terms.items():
            standing = self._standing[device]
            if standing == LOST:
                continue
            due_ms = self._heard_ms[device] + (
                term.late_ms if standing == ON_TIME else term.lost_ms
            )
            if earliest is None or due_ms < earliest:
                earliest = due_ms
        return earliest

    def _move(self, device: bytes, after: int, silent_ms: int) -> "Change | None":
        before = self._standing[device]
        if before == after:
            return None
        self._standing[device] = after
        return Change(device, before, after, silent_ms)
