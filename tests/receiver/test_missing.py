"""Signals that never came: the number behind them gives it away."""

import secrets

import pytest

from alarm_receiver.domain.numbers import Gap, Numbers
from alarm_receiver.engine.missing import GRACE_MS, Missing
from alarm_wire import signal as wire
from receiving import Keypad


class Watch:
    """The receiver's own watcher, at a time of ours."""

    def __init__(self, receiver):
        self.clock = receiver.context.clock
        self.later_ms = 0
        self.watcher = Missing(
            receiver.writer,
            receiver.context.reader,
            now_ms=lambda: self.clock.now_ms() + self.later_ms,
            log=lambda *_a, **_n: None,
            policies=receiver.policies,
        )

    def look(self, later_ms=2 * GRACE_MS):
        self.later_ms = later_ms
        self.watcher._turn()


@pytest.fixture
def watch(house):
    running, _ = house
    return Watch(running.receiver)


@pytest.fixture
def keypad(client):
    keypad = Keypad()
    keypad.site = client.site(account=secrets.token_hex(6))
    client.register(keypad, keypad.site)
    return keypad


def send(client, keypad, *numbers, kind=wire.STARTED):
    client.send(*(keypad.frame(keypad.signal(kind, number=number)) for number in numbers))


def told(client, keypad):
    """The tickets of the keypad's site, each with what fell silent on it."""
    return [
        [one["detail"]["silence"] for one in ticket["entries"] if "silence" in one["detail"]]
        for ticket in client.tickets(site=keypad.site)
    ]


def test_a_gap_that_stays_is_told_once_and_taken_back_when_it_is_filled(watch, client, keypad):
    send(client, keypad, 1, 2, 5)
    watch.look(0)
    assert told(client, keypad) == [], "a minute is for those that were overtaken"
    for _ in range(3):
        watch.look()
    ((said,),) = told(client, keypad)
    assert said == {
        "who": f"numbers:{keypad.device.hex()}",
        "kind": "signals_missing",
        "epoch": 1,
        "first": 3,
        "last": 4,
        "missing": 2,
    }
    send(client, keypad, 3)
    watch.look()
    (ticket,) = client.tickets(site=keypad.site)
    assert ticket["state"] == "open", "one is missing still"
    send(client, keypad, 4)
    watch.look()
    (ticket,) = client.tickets(site=keypad.site)
    assert (ticket["state"], ticket["outcome"]) == ("closed", "restored")


def test_what_only_came_late_or_began_anew_is_no_gap(watch, client, keypad):
    send(client, keypad, 7, 9, 8, 8, 10)
    keypad.epoch = 2
    send(client, keypad, 400, 401)
    watch.look()
    assert told(client, keypad) == []


def test_a_panic_that_was_withheld_is_on_a_ticket(watch, client, keypad):
    keypad.press()
    withheld = keypad.press()
    send(client, keypad, 1, 3)
    watch.look()
    assert len(told(client, keypad)) == 1
    client.send(withheld)
    watch.look()
    states = {one["class"]: one["state"] for one in client.tickets(site=keypad.site)}
    assert states == {"technical": "closed", "emergency": "open"}


def test_numbers_are_bounded_and_forget_the_longest_silent():
    numbers = Numbers(devices_max=2)
    assert numbers.note("a", 1, 1) is None
    assert numbers.note("b", 1, 1) is None
    assert numbers.note("a", 1, 3) == Gap("a", 1, 2, 2)
    numbers.note("c", 1, 1)
    assert len(numbers) == 2
    assert numbers.note("b", 1, 9) is None, "forgotten, so it begins anew"
    assert numbers.note("a", 1, 3) is None
