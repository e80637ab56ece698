"""Power cuts, a full, a read-only and a failing disk under the spool of a real gateway process.

The ledger is what the broker answered with PUBACK while no receiver could be reached: all of it
stands on the spool's disk alone. GATEWAY_CUTS sets how many power cuts; half of them are torn.
"""

import os
import random
import time

import pytest

from alarm_wire.signal import STORE_RESTORED, STORE_TROUBLE
from forgetful_disk import ForgetfulDisk, needs_fuse
from ledger import Publisher
from longer import longer
from needs import needs
from premises import GATEWAY, Premises, until

CUTS = int(os.environ.get("GATEWAY_CUTS", "8"))
SEED = int(os.environ.get("GATEWAY_SEED", str(random.SystemRandom().randrange(1, 10**6))))


@pytest.fixture
def site(tmp_path, zygote):
    needs("mosquitto")
    needs_fuse()
    print(f"GATEWAY_SEED={SEED}")
    made = Premises(tmp_path, zygote)
    made.disk = ForgetfulDisk(tmp_path)
    made.disk.mount()
    made.configure()
    made.config.write_text(made.config.read_text().replace('"spool"', '"mount/spool"'))
    yield made
    made.stop()
    made.disk.unmount()


def cuts(site, bugs=(), count=CUTS):
    """Cut the power again and again under load; what was answered and is not at the receiver."""
    random_ = random.Random(SEED)
    site.receivers[0].stop()
    publisher = Publisher(site.keypad, site.broker.port)
    site.start(bugs)
    number = 0
    try:
        for turn in range(count):
            for _ in range(random_.randint(10, 40)):
                number += 1
                publisher.press(number)
                time.sleep(0.002)
            half = number // 2
            until(lambda: len(publisher.pubacked) > half, "PUBACKs")  # noqa: B023 - called at once
            site.disk.cut(random_.randint(1, 10**6) if turn % 2 else 0)
            site.kill()
            site.disk.mount()
            site.start(bugs)
        until(lambda: len(publisher.pubacked) == number, "every PUBACK")
        time.sleep(0.3)  # drops and all: whatever the gateway meant to write is written
        site.disk.cut(0)
        site.kill()
        site.disk.mount()
        site.receivers[0].start()
        site.start(bugs)
        end = time.monotonic() + (5 if bugs else 30)
        while missing(site, publisher) and time.monotonic() < end:
            time.sleep(0.05)
        return missing(site, publisher)
    finally:
        publisher.stop()


def missing(site, publisher):
    return set(publisher.pubacked) - {number for number, _, _ in site.stored()}


@pytest.mark.parametrize("count", [CUTS, longer(100)])
def test_nothing_answered_is_lost_when_the_power_is_cut(site, count):
    assert cuts(site, count=count) == set()
    numbers = [number for number, _, _ in site.stored()]
    assert len(numbers) == len(set(numbers))
    assert not site.said("spool_set_aside")
    epochs = [epoch for name, epoch, *_ in site.receivers[0].store.rows() if name == GATEWAY]
    assert len(set(epochs)) > 1
    reused = [one for one in site.said("refused_by_receiver") if one["reason"] == "identity_reused"]
    assert not reused


def test_the_harness_catches_a_commit_without_sync(site):
    assert cuts(site, ["commit_without_sync"])


def own_kinds(site):
    return [kind for _, kind, _ in site.stored(device=GATEWAY)]


def test_a_full_disk_stops_no_alarm_answers_nothing_by_itself_and_heals(site):
    site.start().connect()
    site.publish(site.keypad.signal(1))
    assert site.receipt().number == 1
    site.disk.fault("ENOSPC")
    site.receivers[0].answer_with = (503, {})
    site.publish(site.keypad.signal(2))
    said = until(lambda: site.said("store_trouble"))[0]
    assert str(site.folder) in said["text"]
    assert "free some space" in said["text"]
    assert ("spooled", 2) not in site.hops()
    site.receivers[0].answer_with = None
    assert site.receipt().number == 2  # carried from memory
    until(lambda: STORE_TROUBLE in own_kinds(site))
    site.disk.fault("")
    site.publish(site.keypad.signal(3))
    assert site.receipt().number == 3
    until(lambda: STORE_RESTORED in own_kinds(site))
    assert ("spooled", 3) in site.hops()


def test_a_disk_that_turns_read_only_ends_the_process_and_the_next_start_carries_on(site):
    site.start().connect()
    site.disk.fault("EROFS")
    site.publish(site.keypad.signal(1))
    until(lambda: site.said("broken"))
    assert site.kill(0) >> 8 == 70
    assert ("spooled", 1) not in site.hops()
    site.start()
    assert site.receipt().number == 1
    assert str(site.folder) in site.said("store_trouble")[0]["text"]


def test_a_start_on_a_disk_that_refuses_still_carries_an_alarm(site):
    site.disk.fault("EROFS")
    site.start().connect()
    site.publish(site.keypad.signal(1))
    assert site.receipt().number == 1
    assert site.said("store_trouble")
    site.disk.fault("")
    until(lambda: site.said("store_restored"))
    until(lambda: STORE_RESTORED in own_kinds(site))


def test_a_failed_fsync_ends_the_process_and_nothing_is_answered_after_it(site):
    site.start().connect()
    site.receivers[0].stop()
    site.disk.fault("fsync")
    site.publish(site.keypad.signal(1))
    broken = until(lambda: site.said("broken"))[0]
    assert "check the disk" in broken["text"]
    assert ("spooled", 1) not in site.hops()
    assert site.kill(0) >> 8 == 70
    site.disk.fault("")
    site.receivers[0].start()
    site.start()
    assert site.receipt().number == 1
