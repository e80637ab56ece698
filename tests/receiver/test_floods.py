"""One device's flood of status signals: held back, told, and in nobody's way; alarms never are."""

import pytest

from alarm_receiver.web.floods import GATEWAY_TIMES
from alarm_receiver.web.limits import Allowance
from alarm_wire import frame, receipt
from alarm_wire import signal as wire
from gateway.acts import Frame
from gateway.relay import OTHERS, Relay
from gateway.resting import REST_MS
from receiving import Keypad, running, wait_for

BURST = 20


@pytest.fixture(scope="module")
def house(store):
    folder, settings = store
    limits = f"[limits]\nstatus_per_second = 0.01\nstatus_burst = {BURST}\n"
    (folder / "access.toml").write_text(limits)
    with running(folder, **settings) as (receiver, client):
        yield receiver, client


def reasons(answers):
    return [
        receipt.unpack_refusal(one).reason if len(one) == receipt.REFUSAL_BYTES else 0
        for one in answers
    ]


def made(client, kind="keypad"):
    one = Keypad()
    client.register(one, client.site(), kind=kind)
    return one


def metric(client, name):
    (line,) = [one for one in client.http.get("/metrics").text.splitlines() if name in one]
    return float(line.rsplit(" ", 1)[1])


def test_what_is_booked_ahead_is_a_burst_and_then_a_trickle():
    one = Allowance(per_second=2, burst=3)
    assert [one.take(b"a", 5_000) for _ in range(4)] == [True] * 3 + [False]
    assert one.take(b"b", 5_000)
    assert not one.take(b"a", 5_499)
    assert one.take(b"a", 5_500)
    assert not one.take(b"a", 5_999)
    assert [one.take(b"a", 90_000) for _ in range(4)] == [True] * 3 + [False]


def test_a_flood_of_status_is_held_back_told_once_and_swallows_no_alarm(house):
    receiver, client = house
    noisy, site = Keypad(), client.site()
    client.register(noisy, site)
    alarms = (wire.PANIC, wire.TAMPER, wire.DURESS, wire.FORGERY)
    mixed = [noisy.press(kind) for _ in range(50) for kind in (wire.PERIODIC_TEST, *alarms)]
    answers = client.send(*mixed)
    told = reasons(answers)
    assert told[::5] == [0] * BURST + [frame.TOO_MANY] * (50 - BURST)
    assert not any(told[n] for n in range(250) if n % 5), "an alarm is never too many"
    for one in (answers[1], answers[248]):
        assert noisy.read(one).state == receipt.STORED
    tickets = {one["class"]: one for one in client.tickets(site=site)}
    assert set(tickets) >= {"emergency", "technical"}

    def said():
        entries = client.ticket(tickets["technical"]["id"])["entries"]
        return [one["detail"]["security"] for one in entries if "security" in one["detail"]]

    wait_for(said)
    assert said() == [{"reason": "too_many", "device": noisy.device.hex()}]
    assert metric(client, 'refused_total{reason="too_many"}') == 50 - BURST
    assert len(receiver.lines.named("too_many")) == 1


def test_only_what_is_sealed_counts_and_each_device_for_itself(house):
    _, client = house
    honest, quiet, gateway = made(client), made(client), made(client, "gateway")
    forged = [honest.press(wire.PERIODIC_TEST)[:-16] + bytes(16) for _ in range(3 * BURST)]
    assert set(reasons(client.send(*forged))) == {frame.WRONG_SEAL}
    own = [honest.press(wire.STARTED) for _ in range(BURST + 1)]
    assert reasons(client.send(*own)) == [0] * BURST + [frame.TOO_MANY]
    assert reasons(client.send(quiet.press(wire.STARTED))) == [0]
    many = [gateway.press(wire.DEVICE_RESTORED) for _ in range(BURST * GATEWAY_TIMES + 1)]
    assert reasons(client.send(*many)) == [0] * (len(many) - 1) + [frame.TOO_MANY]


def test_the_gateway_keeps_what_was_too_many_and_brings_all_of_it_later(tmp_path):
    (tmp_path / "access.toml").write_text("[limits]\nstatus_per_second = 400\nstatus_burst = 10\n")
    with running(tmp_path) as (_, client):
        noisy = made(client)
        way = Relay(1, bytes(8), lambda _: True)
        for kind in [wire.STARTED] * 120 + [wire.TAMPER]:
            raw = noisy.press(kind)
            whole = Frame(noisy.device, noisy.epoch, noisy.number, raw[:50], raw)
            way.take(whole, wire.urgency(kind))
        now_ms, firsts = 0, []
        while len(way):
            order = way.next(0, OTHERS, now_ms)
            if order is None:
                now_ms += REST_MS
                continue
            firsts.append(order.frames[0].number)
            way.answered(order, client.send(*(one.bytes for one in order.frames)), now_ms)
        assert firsts[0] == 121
        assert len(firsts) > 2, "nothing was held back"
