"""The gateway as a process between a real broker and a receiver that checks every seal."""

import contextlib
import queue
import signal
import time

import pytest

from alarm_wire.receipt import ACKNOWLEDGED, HEARD, STORED
from alarm_wire.signal import (
    CLOCK_SKEWED,
    CONFIG_CHANGED,
    DEVICE_LATE,
    DEVICE_LOST,
    DEVICE_RESTORED,
    FORGERY,
    HOLD_UP,
    PATH_LOST,
    PATH_RESTORED,
    STARTED,
    STOPPED,
)
from holdfast.brokers import Embedded, Mosquitto
from needs import needs
from premises import GATEWAY, KEYPAD, Premises, until
from wirework import Device


@pytest.fixture
def two(tmp_path, zygote):
    needs("mosquitto")
    made = Premises(tmp_path, zygote, receivers=2)
    yield made
    made.stop()


def test_a_press_goes_up_and_its_receipt_comes_down_with_every_hop_named(site):
    site.start().connect()
    site.publish(site.keypad.signal(1))
    receipt = site.receipt()
    assert (receipt.number, receipt.state) == (1, STORED)
    assert site.stored() == [(1, HOLD_UP, 1)]
    until(lambda: len(site.hops()) == 3)
    assert site.hops() == [("spooled", 1), ("forwarded", 1), ("receipted", 1)]


def test_the_embedded_broker_serves_as_well(tmp_path, zygote):
    site = Premises(tmp_path, zygote, broker=Embedded())
    try:
        site.start().connect()
        site.publish(site.keypad.signal(1))
        assert site.receipt().state == STORED
    finally:
        site.stop()


def test_an_acknowledgement_comes_by_the_long_poll_once(site):
    site.start().connect()
    site.publish(site.keypad.signal(1))
    assert site.receipt().state == STORED
    site.receivers[0].store.acknowledge(site.keypad.id, 1, 1)
    assert site.receipt().state == ACKNOWLEDGED
    site.kill(signal.SIGTERM)
    site.start()
    site.publish(site.keypad.signal(2))
    assert (site.receipt().number, site.receipts.empty()) == (2, True)


def test_an_acknowledgement_waits_for_a_broker_that_is_away(site):
    site.start().connect()
    site.publish(site.keypad.signal(1))
    assert site.receipt().state == STORED
    site.broker.kill()
    until(lambda: any(line["path"] == "broker" for line in site.said("path_failing")))
    site.receivers[0].store.acknowledge(site.keypad.id, 1, 1)
    time.sleep(0.5)  # the long poll has brought it in vain
    site.kill()
    site.broker.start()
    until(site.client.is_connected)
    site.start()
    until(lambda: site.receipt().state == ACKNOWLEDGED)


def test_a_heartbeat_is_heard_by_the_receiver_and_told_back(site):
    site.start().connect()
    site.publish(site.keypad.heartbeat(4), "heartbeat")
    receipt = site.receipt()
    assert (receipt.number, receipt.state) == (4, HEARD)
    assert ("spooled", 4) not in site.hops()


def test_a_fault_of_ours_in_the_brokers_thread_ends_the_process_and_is_named(site):
    site.start(["fail_on_input"]).connect()
    site.publish(site.keypad.signal(1))
    broken = until(lambda: site.said("broken"))[0]
    assert "seeded" in broken["text"]
    assert "a fault of ours" in broken["text"]
    site.kill()
    site.start()
    assert site.receipt().number == 1


def test_bad_input_is_refused_by_name_answered_and_never_kept(site):
    site.start().connect()
    for body, topic in (
        (b"nonsense", f"holdfast/1/{KEYPAD}/signal"),
        (bytes(400), f"holdfast/1/{KEYPAD}/signal"),
        (site.keypad.signal(1), f"holdfast/1/{GATEWAY}/signal"),
        (site.keypad.signal(1)[:-1], f"holdfast/1/{KEYPAD}/signal"),
    ):
        site.client.publish(topic, body, qos=1).wait_for_publish(10)
    site.publish(site.keypad.signal(2))
    assert site.receipt().number == 2
    reasons = [line["reason"] for line in site.said("refused")]
    assert reasons == ["wrong_version", "oversize", "wrong_device", "truncated"]
    assert [number for number, _, _ in site.stored()] == [2]
    site.kill()
    site.start()
    site.publish(site.keypad.signal(3))
    until(lambda: site.receipt().number == 3)  # 2 may be told twice: its drop had no time
    assert len(site.said("refused")) == 4


def test_a_wrong_seal_is_refused_by_the_receiver_kept_aside_and_told_to_nobody(site):
    site.start().connect()
    forged = bytearray(site.keypad.signal(1))
    forged[-1] ^= 1
    site.publish(bytes(forged))
    until(lambda: site.said("refused_by_receiver"))
    line = site.said("refused_by_receiver")[0]
    assert (line["reason"], line["device"], line["number"]) == ("wrong_seal", KEYPAD, 1)
    assert site.receipts.empty()
    site.publish(site.keypad.signal(1))
    assert site.receipt().number == 1
    site.kill(signal.SIGTERM)
    from gateway.spool import Spool

    spool = Spool(site.folder / "spool")
    assert [reason for _, reason in spool.quarantined()] == ["wrong_seal"]
    assert spool.kept() == []
    spool.close()


def test_while_the_receiver_is_away_everything_waits_and_then_arrives_once(site):
    site.receivers[0].stop()
    site.start().connect()
    for number in range(1, 20):
        site.publish(site.keypad.signal(number, HOLD_UP if number > 10 else STARTED))
    until(lambda: len([hop for hop in site.hops() if hop[0] == "spooled"]) == 19)
    site.kill()
    site.receivers[0].start()
    site.start()
    until(lambda: len(site.stored()) == 19)
    assert {arrivals for _, _, arrivals in site.stored()} == {1}


def test_503_with_retry_after_is_waited_out(site):
    site.receivers[0].answer_with = (503, {"Retry-After": "1"})
    site.start().connect()
    site.publish(site.keypad.signal(1))
    until(lambda: ("forwarded", 1) in site.hops())
    site.receivers[0].answer_with = None
    assert site.receipt().number == 1


def test_both_receivers_get_every_alarm_and_the_keypad_one_receipt(two):
    two.start().connect()
    for number in range(1, 11):
        two.publish(two.keypad.signal(number))
    assert sorted(two.receipt().number for _ in range(10)) == list(range(1, 11))
    until(lambda: len(two.stored(0)) == len(two.stored(1)) == 10)
    assert two.receipts.empty()


def test_with_one_receiver_dead_the_other_tells_at_once_and_the_dead_one_catches_up(two):
    two.receivers[0].stop()
    two.start().connect()
    two.publish(two.keypad.signal(1))
    assert two.receipt(5).number == 1
    two.receivers[0].start()
    until(lambda: two.stored(0) == [(1, HOLD_UP, 1)])


def test_a_duplicate_after_delivery_is_told_its_receipt_from_memory(site):
    site.start().connect()
    site.publish(site.keypad.signal(1))
    first = site.receipt()
    site.receivers[0].stop()
    site.publish(site.keypad.signal(1, sent_ms=9000))
    assert site.receipt(5) == first


def test_a_changed_configuration_is_told_once(site):
    site.start()
    until(lambda: own_kinds(site) == [STARTED])
    site.kill()
    site.configure("late_s = 61\nlost_s = 120")
    site.start()
    until(lambda: sorted(own_kinds(site)) == sorted([STARTED, STARTED, CONFIG_CHANGED]))


def heartbeat_heard(site):
    """Send a heartbeat; one may be lost while the gateway is not back at the broker yet."""
    site.beats = getattr(site, "beats", 1) + 1
    site.publish(site.keypad.heartbeat(site.beats), "heartbeat")
    with contextlib.suppress(queue.Empty):
        return site.receipt(0.2).state == HEARD


def own_kinds(site):
    return [kind for _, kind, _ in site.stored(device=GATEWAY)]


def test_silence_of_a_keypad_is_reported_and_a_restart_makes_no_false_loss(site):
    site.configure("late_s = 2.2\nlost_s = 2.6")
    site.start().connect()
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    assert site.receipt().state == HEARD
    until(lambda: DEVICE_LOST in own_kinds(site), wait_s=10)
    assert own_kinds(site) == [STARTED, DEVICE_LATE, DEVICE_LOST]
    site.kill()
    site.start()
    site.publish(site.keypad.heartbeat(2), "heartbeat")
    until(lambda: DEVICE_RESTORED in own_kinds(site))
    assert own_kinds(site) == [STARTED, DEVICE_LATE, DEVICE_LOST, STARTED, DEVICE_RESTORED]
    site.kill(signal.SIGTERM)
    until(lambda: own_kinds(site)[-1] == STOPPED)


def test_a_keypad_that_was_taken_down_is_no_longer_missed(site):
    site.configure("late_s = 2.2\nlost_s = 2.6")
    site.start().connect()
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    assert site.receipt().state == HEARD
    until(lambda: [line for line in site.said("keypad") if line["standing"] == "supervised"])
    site.kill(signal.SIGTERM)
    site.configure(f'late_s = 2.2\nlost_s = 2.6\nretired = ["{KEYPAD}"]')
    site.start()
    site.publish(site.keypad.heartbeat(2), "heartbeat")
    assert site.receipt().state == HEARD
    site.kill(signal.SIGTERM)
    from gateway.spool import Spool

    spool = Spool(site.folder / "spool")
    assert spool.keypads() == {}
    spool.close()


def test_the_death_of_the_broker_is_told_as_such_and_no_keypad_is_blamed(site):
    site.configure("late_s = 2.2\nlost_s = 2.6")
    site.start().connect()
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    assert site.receipt().state == HEARD
    site.broker.kill()
    until(lambda: any(line["path"] == "broker" for line in site.said("path_failing")))
    until(lambda: len(site.receivers[0].store.heartbeats) > 30)
    site.broker.start()
    until(site.client.is_connected)
    until(lambda: heartbeat_heard(site))
    assert own_kinds(site) == [STARTED]


def test_a_receiver_with_an_older_store_gets_again_what_it_had_answered_for(site):
    site.start().connect()
    for number in (1, 2):
        site.publish(site.keypad.signal(number, HOLD_UP))
        assert site.receipt().number == number
    store = site.receivers[0].store
    with store.lock:
        store.db.execute("DELETE FROM signal WHERE number = 2")  # the backup was made before it
    store.confirmed = 1_796_040_000_000
    until(lambda: sorted(row[0] for row in site.stored()) == [1, 2])
    until(lambda: (1, HOLD_UP, 2) in site.stored(), "the first once more")
    assert site.said("sent_again")
    site.kill()
    site.start()
    site.publish(site.keypad.signal(3, HOLD_UP))
    until(lambda: 3 in [row[0] for row in site.stored()])
    assert len(site.said("sent_again")) == 1, "it is remembered which store was confirmed"


def test_a_clock_far_from_the_receivers_is_told(site):
    site.receivers[0].store.clock_ahead_ms = 120_000
    site.start()
    until(lambda: CLOCK_SKEWED in [kind for _, kind, _ in site.stored(device=GATEWAY)])
    (said,) = site.said("clock_skewed")
    assert "our clock is -120 s from the receiver's" in said["text"]


def test_a_flood_of_status_that_no_receiver_takes_keeps_no_press_waiting_at_the_broker(site):
    site.configure(more="[spool]\nsignals_max = 10")
    site.receivers[0].store.too_many = True
    site.start().connect()
    flood = [site.publish(site.keypad.signal(number, STARTED)) for number in range(1, 1_501)]
    flood[-1].wait_for_publish(20)
    site.publish(site.keypad.signal(2_000))
    receipt = site.receipt(10)
    assert (receipt.number, receipt.state) == (2_000, STORED)


def test_a_far_end_that_answers_anything_is_a_path_lost(two):
    two.receivers[0].answer_with = (200, {})  # as the sign-in page of a network does
    two.start(["impatient_paths"]).connect()
    two.publish(two.keypad.signal(1))
    assert two.receipt().number == 1
    kinds = lambda: [kind for _, kind, _ in two.stored(1, GATEWAY)]  # noqa: E731
    until(lambda: PATH_LOST in kinds(), "the loss told to the other receiver")
    assert len(two.said("path_failing")) == 1
    two.receivers[0].answer_with = None
    until(lambda: two.stored(0) == [(1, HOLD_UP, 1)])
    until(lambda: PATH_RESTORED in kinds())


def test_forged_heartbeats_keep_nobody_from_being_missed(site):
    site.configure("late_s = 1.2\nlost_s = 2.4")
    site.start().connect()
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    assert site.receipt().state == HEARD
    forger = Device(KEYPAD)

    def lost(numbers=iter(range(2, 1000))):  # noqa: B008 - one count for all calls
        site.publish(forger.heartbeat(next(numbers)), "heartbeat")
        time.sleep(0.1)
        return DEVICE_LOST in [kind for _, kind, _ in site.stored(device=GATEWAY)]

    until(lost)
    assert site.said("refused_by_receiver")[0]["reason"] == "wrong_seal"
    assert own_kinds(site).count(FORGERY) == 1


def test_a_press_has_a_connection_of_its_own_while_all_else_hangs(site):
    site.start().connect()
    site.receivers[0].slow_but_for_alarms = True
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    site.publish(site.keypad.signal(1, STARTED))
    until(lambda: site.receivers[0].slow == 3, "a status signal, heartbeat and poll that hang")
    site.publish(site.keypad.signal(2))
    assert site.receipt(2).number == 2


def test_one_frame_with_an_answer_that_nobody_can_read_holds_up_no_other(site):
    site.receivers[0].answer_with = (503, {})
    site.start().connect()
    site.receivers[0].store.odd = 1
    for number in range(1, 6):
        site.publish(site.keypad.signal(number))
    until(lambda: len([hop for hop in site.hops() if hop[0] == "spooled"]) == 5)
    site.receivers[0].answer_with = None
    assert {site.receipt().number for _ in range(4)} == {2, 3, 4, 5}
    site.receivers[0].store.odd = 0
    assert site.receipt().number == 1


def test_a_broker_without_limits_sends_us_nothing_huge(tmp_path, zygote):
    needs("mosquitto")
    broker = Mosquitto(tmp_path / "mosquitto", extra="message_size_limit 0\n")
    site = Premises(tmp_path, zygote, broker=broker)
    try:
        site.start().connect()
        site.publish(bytes(1_000_000)).wait_for_publish(10)
        site.publish(site.keypad.signal(1))
        assert site.receipt().number == 1
        assert site.said("refused") == []
    finally:
        site.stop()


def test_no_header_of_a_receiver_ends_the_gateway(site):
    site.start().connect()
    site.receivers[0].store.confirmed = 2**63
    until(
        lambda: len([one for one in site.receivers[0].store.requests if "receipts" in one[0]]) > 3
    )
    site.publish(site.keypad.signal(1))
    assert site.receipt().number == 1
    assert site.said("broken") == []
