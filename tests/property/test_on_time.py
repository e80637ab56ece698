"""Steps are on time to a second, whatever is done to the clock, and across restarts of any length.

The real receiver with its store, its anchor and its engine; only the hands of the machine's clocks
are ours, and the engine sleeps by them: hours pass in seconds, and nothing here depends on how fast
the machine is. A clock that follows every jump, and one that starts anew with the wall clock,
must be caught.
"""

import functools
import random

import pytest
from sqlalchemy import select

from alarm_receiver import wiring
from alarm_receiver.anchor import Anchor
from alarm_receiver.clock import Clock
from alarm_receiver.config import Settings
from alarm_receiver.domain.escalation import WAITS, TicketClass, Waits
from alarm_receiver.domain.ticket import opened
from alarm_receiver.store import registry, tickets
from alarm_receiver.store.tables import entry

SHORT = Waits((4_000, 6_000), 60_000, 60_000)
DAY_S = 86_400
STEPS = 12
LATE_S_MAX = 1.0
SCHEDULED_S_MAX = 0.2
"""How long the machine may keep a thread waiting that could run."""


class Hands:
    """The clocks of a machine: `true_s` cannot be set, the wall clock can."""

    def __init__(self, boot_id):
        self.true_s = 0.0
        self.ahead_s = 0
        self._booted_s = -5.0
        self._boot_id = boot_id
        self.reboot()

    def reboot(self):
        self._booted_s = self.true_s - 5.0
        self._boot_id.write_text(f"boot {self.true_s}\n")

    def wall_ns(self):
        return int((1_795_000_000 + self.true_s + self.ahead_s) * 10**9)

    def monotonic_ns(self):
        return int((self.true_s - self._booted_s) * 10**9)


class Machine:
    """A receiver on a machine whose clocks are in our hands."""

    def __init__(self, folder, patch, clock=Clock):
        self.hands = Hands(folder / "boot_id")
        self.settings = Settings(data=folder / "data")
        boot_id = folder / "boot_id"
        patch.setattr(wiring, "Anchor", lambda path: Anchor(path, boot_id))
        patch.setitem(WAITS, TicketClass.EMERGENCY, SHORT)
        made = functools.partial(clock, self.hands.wall_ns, self.hands.monotonic_ns)
        patch.setattr(wiring, "Clock", made)
        self.receiver = None

    def start(self):
        self.receiver = wiring.Receiver(self.settings, lambda *_a, **_n: None)
        self.receiver.writer.start()
        self.receiver.overdue._raise_mistaken()

    def kill(self):
        """What is committed stays; nothing else is told to anybody."""
        self.receiver.writer.stop()
        self.receiver.context.reader.dispose()
        self.receiver.writer._engine.dispose()
        self.receiver = None

    def press(self):
        now_ms = self.receiver.context.clock.now_ms()

        def do(connection):
            registry.make_agency(connection, "own", "Own")
            registry.make_site(
                connection, "s", agency_id="own", name="s", account="1", now_ms=now_ms
            )
            one, first = opened(
                "t",
                agency="own",
                site="s",
                class_=TicketClass.EMERGENCY,
                number=1,
                now_ms=now_ms,
                actor="device:1",
                detail={},
                waits=SHORT,
            )
            tickets.write(connection, [one], [first], ["t"])

        self.receiver.writer.do(do)

    def raised(self):
        with self.receiver.context.reader.connect() as connection:
            query = select(entry.c.act).where(entry.c.act == "come_back")
            return len(connection.execute(query).all())

    def turn(self, chance):
        """The engine looks, and sleeps as long as it wants to; a little longer, as machines do."""
        slept_s = self.receiver.overdue._turn()
        self.receiver._anchor.keep(self.receiver.context.clock.offset_ns)
        self.hands.true_s += slept_s + chance.random() * SCHEDULED_S_MAX


def errors_s(machine, chance):
    """By how much each step was off, while clocks jump, processes die and machines restart."""
    hands = machine.hands
    machine.start()
    machine.press()
    since_s = up_s = hands.true_s
    found = []
    while len(found) < STEPS:
        before_s = hands.true_s
        machine.turn(chance)
        if machine.raised() > len(found):
            due_s = since_s + SHORT.open_wait_ms(len(found)) / 1000
            found.append(before_s - max(due_s, up_s))
            since_s = before_s
        if chance.random() < 0.05:
            hands.ahead_s = chance.choice([0, DAY_S, -DAY_S, chance.randint(-DAY_S, DAY_S)])
        if chance.random() < 0.03:
            machine.kill()
            hands.true_s += chance.choice([0.1, 5, 40, 200])
            if hands.ahead_s == 0 and chance.random() < 0.3:
                hands.reboot()
            machine.start()
            up_s = hands.true_s
    machine.kill()
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_step_is_on_time_to_a_second(tmp_path, monkeypatch, seed):
    found = errors_s(Machine(tmp_path, monkeypatch), random.Random(seed))
    print(f"{len(found)} steps: {min(found):+.2f} to {max(found):+.2f} s")
    assert max(map(abs, found)) <= LATE_S_MAX


class Following(Clock):
    """The bug that must be caught: the wall clock as it is."""

    def now_ms(self):
        return self._wall_ns() // 1_000_000


class Forgetful(Clock):
    """The bug that must be caught: what the process before knew of the time is not used."""

    def __init__(self, wall_ns, monotonic_ns, **_):
        super().__init__(wall_ns, monotonic_ns)


@pytest.mark.parametrize("clock", [Following, Forgetful])
def test_clocks_that_jump_are_caught(tmp_path, monkeypatch, clock):
    found = errors_s(Machine(tmp_path, monkeypatch, clock), random.Random(1))
    assert max(map(abs, found)) > LATE_S_MAX
