"""SIGKILL of the gateway, the broker and the receivers: nothing that was answered for is lost.

Two ledgers. The publisher notes what the broker answered with PUBACK while only the gateway is
killed: that is the gateway's own promise, and no keypad's patience can hide a broken one. The
keypad notes what it has taken while everything is killed: that is the promise from end to end.
Each harness must catch the faults of seeded_bugs.py. GATEWAY_KILLS sets how many kills.
"""

import os
import random
import time

import pytest

from holdfast.brokers import Mosquitto
from ledger import Keypad, Publisher, ReceiverProcess
from longer import longer
from needs import needs
from premises import GATEWAY, Premises, until
from tests.load.mqtt_flood import Flood

KILLS = int(os.environ.get("GATEWAY_KILLS", "12"))
SEED = int(os.environ.get("GATEWAY_SEED", str(random.SystemRandom().randrange(10**6))))
GRACE_S = 1.0
"""What is still owed to a receiver that is up arrives in a fraction of this."""


class Chaos(Premises):
    """A site whose receivers are processes too."""

    def __init__(self, folder, zygote, receivers):
        super().__init__(folder, zygote, receivers=0)
        keys = {one.name: one.key.hex() for one in (self.gateway, self.keypad)}
        self.processes = [
            ReceiverProcess(folder / f"receiver{n}.db", keys).start() for n in range(receivers)
        ]
        self.receivers = self.processes
        self.configure()
        self.receivers = []

    def lost(self, promised):
        """What was promised and is not at each receiver; how many are there twice."""
        missing, doubled = set(), 0
        for process in self.processes:
            numbers = process.numbers(self.keypad)
            missing |= set(promised) - set(numbers)
            doubled += len(numbers) - len(set(numbers))
        return missing, doubled

    def starts(self, receiver):
        """Epochs of the gateway that a receiver has seen."""
        return {epoch for name, epoch, _ in self.processes[receiver].rows() if name == GATEWAY}

    def stop(self):
        super().stop()
        for process in self.processes:
            process.kill()


@pytest.fixture
def chaos(tmp_path, zygote):
    needs("mosquitto")
    print(f"GATEWAY_SEED={SEED}")
    made = []

    def make(receivers=1):
        made.append(Chaos(tmp_path, zygote, receivers))
        return made[0]

    yield make
    for one in made:
        one.stop()


def press_while(ledger, turn, first, random_):
    """Press some, in the middle of it do `turn`; the next number."""
    count = random_.randint(5, 25)
    at = random_.randrange(count)
    for place in range(count):
        if place == at:
            turn()
        ledger.press(first + place)
        time.sleep(0.003)  # some 300 a second, as after an outage
    return first + count


def kill_gateway(site, bugs=(), kills=KILLS):
    """Kill the gateway again and again under load; what was answered and then lost, doubled."""
    random_ = random.Random(SEED)
    site.start(bugs)
    publisher = Publisher(site.keypad, site.broker.port)
    number = 1

    def kill():
        time.sleep(random_.random() * 0.05)
        site.kill()
        site.start(bugs, wait=random_.random() < 0.5)

    try:
        for _ in range(kills):
            number = press_while(publisher, kill, number, random_)
        until(lambda: len(publisher.pubacked) == number - 1, "every PUBACK of the broker", 60)
        end = time.monotonic() + (GRACE_S + 2 if "puback_before_commit" in bugs else 60)
        while site.lost(publisher.pubacked)[0] and time.monotonic() < end:
            time.sleep(0.05)
        return site.lost(publisher.pubacked)
    finally:
        publisher.stop()


@pytest.mark.parametrize("kills", [KILLS, longer(300)])
def test_nothing_answered_is_lost_or_doubled_when_the_gateway_is_killed(chaos, kills):
    site = chaos()
    assert kill_gateway(site, ["slow_disk"], kills=kills) == (set(), 0)
    assert len(site.starts(0)) > 1


def test_the_harness_catches_a_puback_before_the_commit(chaos):
    missing, _ = kill_gateway(chaos(), ["slow_disk", "puback_before_commit"], kills=25)
    assert missing


@pytest.mark.parametrize("bug", ["drop_when_sent", "forget_what_waits"])
def test_the_harness_catches(chaos, bug):
    site = chaos()
    site.processes[0].kill()
    site.start([bug])
    publisher = Publisher(site.keypad, site.broker.port)
    try:
        for number in range(1, 30):
            publisher.press(number)
        until(lambda: len([hop for hop in site.hops() if hop[0] == "spooled"]) == 29)
        time.sleep(GRACE_S)  # for the fault to act: drops are lazy
        site.kill()
        site.processes[0].start()
        site.start([bug])
        publisher.press(30)
        until(lambda: 30 in site.processes[0].numbers(site.keypad))
        time.sleep(GRACE_S)
        assert site.lost(range(1, 31))[0]
    finally:
        publisher.stop()


def test_the_harness_catches_an_epoch_used_twice(chaos):
    site = chaos()
    for _ in range(2):
        site.start(["use_an_epoch_twice"])
        until(lambda: site.starts(0))
        site.kill()
    assert site.starts(0) == {7}
    site.start(["use_an_epoch_twice"])
    refused = until(lambda: site.said("refused_by_receiver"))
    assert refused[0]["reason"] == "identity_reused"


def kill_anything(site, kills):
    random_ = random.Random(SEED)
    site.start()
    keypad = Keypad(site.keypad, site.broker.port)
    number = 1

    def kill():
        what = random_.choice(["gateway", "broker", 0, 1])
        if what == "gateway":
            site.kill()
            site.start(wait=False)
        elif what == "broker":
            site.broker.kill()
            site.broker.start()
        else:
            site.processes[what].kill()
            site.processes[what].start()

    try:
        for _ in range(kills):
            number = press_while(keypad, kill, number, random_)
        until(lambda: not keypad.waiting(), "a receipt for everything taken", 60)
        until(lambda: site.lost(keypad.taken) == (set(), 0), "everything at both receivers", 60)
    finally:
        keypad.stop()


@pytest.mark.parametrize("kills", [KILLS, longer(300)])
def test_nothing_taken_is_lost_or_doubled_when_anything_is_killed(chaos, kills):
    kill_anything(chaos(receivers=2), kills)


def test_ten_thousand_signals_wait_through_a_kill_and_arrive_once(tmp_path, zygote):
    needs("mosquitto")
    site = Premises(tmp_path, zygote, broker=Mosquitto(tmp_path / "mq", durable=False))
    try:
        site.receivers[0].stop()
        site.start()
        flood = Flood(site.broker.port, "flood", under_way_max=2000)
        for number in range(1, 10_001):
            flood.publish(f"holdfast/1/{site.keypad.name}/signal", site.keypad.signal(number))
        until(lambda: site.log.read_text().count('"spooled"') >= 10_000, "10,000 on disk", 60)
        flood.close()
        site.kill()
        site.receivers[0].start()
        site.start()
        until(lambda: len(site.stored()) == 10_000, "all of them", 60)
        assert {number for number, _, _ in site.stored()} == set(range(1, 10_001))
    finally:
        site.stop()


def test_the_harness_catches_fail_over_that_forgets_the_other_receiver(chaos):
    site = chaos(receivers=2)
    site.processes[1].kill()
    site.start(["stop_at_the_first_receiver"])
    keypad = Keypad(site.keypad, site.broker.port)
    try:
        for number in range(1, 20):
            keypad.press(number)
        until(lambda: not keypad.waiting())
        site.processes[1].start()
        time.sleep(3.0)  # the longest wait of the alarm lane is 2 s
        assert site.lost(keypad.taken)[0]
    finally:
        keypad.stop()
