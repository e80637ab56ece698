"""What a technician proves on a real keypad and CI on the emulated one. `make hil`."""

import os
import time

import pytest

from alarm_wire import signal as wire

REAL = bool(os.environ.get("PORT"))
PRESSES = int(os.environ.get("PRESSES", "12"))
MISSED_MAX = 2


def wait_lamps(rig, timeout_s=30.0, **wanted):
    """Until the rig sees these levels."""
    until_s = time.monotonic() + timeout_s
    while True:
        found = rig.lamps()
        if all(found[name] == level for name, level in wanted.items()):
            return found
        assert time.monotonic() < until_s, f"lamps are {found}, not {wanted}"


def test_a_press_arrives_once_and_the_lamps_follow_the_receipts(started, rig):
    bench = started()
    bench.withhold = True
    rig.press(300)
    pressed = bench.wait(lambda one: one.kind == wire.PANIC)
    assert pressed.zone == 7
    wait_lamps(rig, taken=1, told=0)
    bench.withhold = False  # the keypad sends again, and gets its receipt now
    wait_lamps(rig, taken=1, told=1)
    bench.acknowledge(pressed)
    wait_lamps(rig, taken=0, told=1)
    assert len(bench.emergencies()) == 1
    assert rig.lamps()["sounder"] == 0


SPIKE = [1500, 300_000]
BOUNCING = [400, 900, 1200, 300, 800, 1500, 90_000, 300_000]


def bounced(rig, train):
    """Whether the rig's own clock says that its short stretches were short."""
    took = rig.bounce(train)
    return all(real < 12_000 for real, meant in zip(took, train, strict=True) if meant < 12_000)


def test_bounces_make_one_press_and_spikes_make_none(started, rig):
    bench = started()
    for _ in range(8):
        before = bench.emergencies()
        proper = all([bounced(rig, SPIKE) for _ in range(5)])  # noqa: C419  # all are made
        proper = bounced(rig, BOUNCING) and proper
        rig.press(300)
        time.sleep(1)  # whatever was made of a spike is here by now
        made = len(bench.emergencies()) - len(before)
        if proper or REAL:
            assert made <= 2, "a spike or a bounce became a press"
            if made == 2:
                return
            assert not REAL, "a press was missed"
    pytest.skip("this machine is too busy to time an emulated press; a Pico is not")


def test_a_press_taken_before_a_power_cut_arrives_after_it(started, rig):
    bench = started()
    bench.withhold = True
    rig.press(300)
    wait_lamps(rig, taken=1)
    pressed = bench.wait(lambda one: one.kind == wire.PANIC)
    rig.power(on=False)
    wait_lamps(rig, taken=0, told=0, trouble=0)
    bench.forget()
    bench.withhold = False
    rig.power(on=True)
    again = bench.wait(lambda one: one.kind == wire.PANIC, 40)
    assert (again.epoch, again.number) == (pressed.epoch, pressed.number)
    wait_lamps(rig, taken=1, told=1)


def test_no_receiver_answers_and_the_trouble_lamp_says_so(started, rig):
    bench = started(heartbeat_s=1)
    assert bench.beat().uptime_ms > 0
    wait_lamps(rig, trouble=0)
    bench.withhold = True
    wait_lamps(rig, 40, trouble=1)
    bench.withhold = False
    wait_lamps(rig, 40, trouble=0)


def test_the_loops_four_states(started, rig):
    bench = started(loop=True)
    rig.loop("alarm")
    bench.wait(lambda one: one.kind == wire.PANIC)
    rig.loop("normal")
    for state, kind in (("short", wire.TAMPER), ("open", wire.TAMPER)):
        bench.forget()
        rig.loop(state)
        bench.wait(lambda one, kind=kind: one.kind == kind)
        rig.loop("normal")
        bench.wait(lambda one: one.kind == wire.LOOP_RESTORED)


def test_lid_and_wall(started, rig):
    bench = started(tamper=True)
    for name, value in (("lid", 1), ("wall", 2)):
        rig.contact(name, shut=False)
        bench.wait(lambda one, value=value: one.kind == wire.TAMPER and one.value == value)
        rig.contact(name, shut=True)
        bench.wait(lambda one, value=value: one.kind == wire.TAMPER_RESTORED and one.value == value)


def test_both_buttons_within_half_a_second_in_dual_mode(started, rig):
    bench = started(mode="dual")
    rig.press(300)
    time.sleep(0.7)  # longer than the 500 ms in which the second would complete it
    rig.press(300, second=True)
    time.sleep(0.7)
    assert bench.emergencies() == []
    rig.press_both(400, 100)
    bench.wait(lambda one: one.kind == wire.PANIC)
    wait_lamps(rig, taken=1, told=1)
    assert len(bench.emergencies()) == 1


def test_a_silent_hold_up_lights_and_sounds_nothing(started, rig):
    overt = started()
    rig.press(300)
    overt.wait(lambda one: one.kind == wire.PANIC)
    bench = started(covert=True)
    # dark since its reset: what the rig sees from here on, the covert keypad has done
    wait_lamps(rig, 40, taken=0, told=0, trouble=0, strobe=0)
    assert rig.edges() != [], "the rig saw nothing of the presses before: is it blind?"
    rig.forget()
    rig.press(300)
    pressed = bench.wait(lambda one: one.kind == wire.HOLD_UP)
    assert pressed.flags & wire.SILENT
    bench.acknowledge(pressed)
    rig.press(300)
    bench.wait(lambda one: one.kind == wire.HOLD_UP and one.number > pressed.number)
    assert rig.edges() == []


def test_a_press_arrives_over_tls_with_the_derived_key(started, rig):
    bench = started(tls="psk")
    rig.press(300)
    bench.wait(lambda one: one.kind == wire.PANIC)
    wait_lamps(rig, taken=1, told=1)


def test_press_to_publish_by_the_rigs_clock(started, rig, measured):
    bench = started()
    missed = 0
    while len(measured.latencies_ms) < PRESSES:
        took_ms = rig.press_to_publish_ms(hold_ms=300)
        if took_ms is None:
            # a busy machine can starve an emulated keypad for a whole press; a chip it cannot
            missed += 1
            assert not REAL, f"press {len(measured.latencies_ms)} was not published"
            assert missed <= MISSED_MAX, f"{missed} presses were not published"
            continue
        assert took_ms >= 20, "faster than the debounce: the strobe is not what it says"
        measured.latencies_ms.append(took_ms)
    assert len(bench.emergencies()) == PRESSES


def test_current(started, rig, measured):
    if not os.environ.get("PPK2"):
        pytest.skip("no PPK2: name its port, PPK2=/dev/ttyACM2, and pip install ppk2-api")
    ppk2 = pytest.importorskip("ppk2_api.ppk2_api")
    meter = ppk2.PPK2_API(os.environ["PPK2"])
    meter.get_modifiers()
    meter.use_ampere_meter()
    meter.start_measuring()
    bench = started()
    rig.press(300)
    bench.wait(lambda one: one.kind == wire.PANIC)
    samples, _ = meter.get_samples(meter.get_data())
    meter.stop_measuring()
    step = 1000  # 100,000 samples a second
    measured.current_ma += [
        sum(samples[place : place + step]) / step / 1000
        for place in range(0, len(samples) - step, step)
    ]
    assert measured.current_ma


@pytest.mark.skipif(not REAL, reason="needs a real ESP32: the emulated one has no radio")
def test_the_radio_tells_its_strength(started):
    assert -120 < started().beat().rssi_dbm < 0
