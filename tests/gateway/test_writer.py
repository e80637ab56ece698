"""PUBACK after COMMIT and not before; a full disk or spool answers nothing and stops no alarm."""

import threading
import time

import pytest

from alarm_wire.signal import HOLD_UP, PATH_LOST, STARTED
from gateway.errors import SpoolBroken, SpoolError
from gateway.spool import Spool
from gateway.writer import CALM_MAX, FULL, HELD_MAX, INBOX_MAX, Offer, Writer
from wirework import Device

KEYPAD = Device("bb00000000000002")
GATEWAY = Device("aa00000000000001")


class Owner:
    """Notes what it is told, and what was on disk when an answer left."""

    def __init__(self):
        self.carried, self.late, self.gone, self.said, self.died = [], [], [], [], []

    def kept(self, offers, *, on_disk):
        self.carried += [(offer.frame.number, on_disk) for offer in offers]

    def on_disk(self, offers):
        self.late += [offer.frame.number for offer in offers]

    def let_go(self, contents):
        self.gone += [int.from_bytes(content[14:18], "big") for content in contents]

    def trouble(self, text):
        self.said.append(text)

    def die(self, text):
        self.died.append(text)


class FailingSpool(Spool):
    """A real spool whose disk refuses while `fault` is set."""

    fault = None

    def commit(self, group):
        if self.fault is not None:
            raise self.fault
        super().commit(group)


def until(holds):
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


class Site:
    def __init__(self, folder, places=100):
        self.folder = folder
        self.owner = Owner()
        self.answered = []
        self.on_disk_then = {}
        self.spool = FailingSpool(folder)
        self.writer = Writer(folder, places, self.owner, GATEWAY.id)
        self.writer.use(self.spool)

    def offer(self, number, kind=HOLD_UP, **fields):
        frame, urgency = KEYPAD.frame(number, kind, **fields)
        self.writer.offer(Offer(frame, urgency, lambda: self.puback(number)))
        return frame

    def puback(self, number):
        self.on_disk_then[number] = number in [frame.number for frame, _ in self.spool.kept()]
        self.answered.append(number)

    def turn(self):
        """One group, without the thread."""
        self.writer._turn()


def test_every_answer_follows_the_commit(site):
    for number in range(1, 50):
        site.offer(number)
    site.turn()
    assert site.answered == list(range(1, 50))
    assert all(site.on_disk_then.values())
    assert site.owner.carried == [(number, True) for number in range(1, 50)]


def test_the_thread_commits_what_is_offered_and_drops_what_is_done(site):
    site.writer.start()
    frame = site.offer(1)
    until(lambda: site.answered == [1])
    site.writer.drop(frame.content)
    site.writer.count("epoch", 3)
    site.writer.stand(KEYPAD.id, 2)
    site.writer.quarantine(frame, "wrong_seal")
    site.writer.stop()
    spool = Spool(site.folder)
    assert (spool.kept(), spool.counter("epoch")) == ([], 3)
    assert spool.keypads() == {KEYPAD.id: 2}
    assert len(spool.quarantined()) == 1
    spool.close()
    assert not threading.current_thread().name.startswith("spool")


def test_a_full_disk_answers_nothing_carries_everything_and_heals(site):
    site.spool.fault = SpoolError("disk full: free some space")
    site.offer(1)
    site.offer(2, STARTED)
    site.turn()
    site.turn()
    assert site.answered == []
    assert site.owner.carried == [(1, False), (2, False)]
    assert site.owner.said == ["disk full: free some space"]
    assert site.writer.waiting() == 2
    site.spool.fault = None
    site.turn()
    assert site.answered == [1, 2]
    assert all(site.on_disk_then.values())
    assert site.owner.late == [1, 2]
    assert site.owner.carried == [(1, False), (2, False)]
    assert site.owner.said[-1] == ""
    assert site.writer.in_trouble() == ""


def test_one_that_a_receiver_has_is_answered_though_the_disk_refuses(site):
    site.spool.fault = SpoolError("disk full")
    frame = site.offer(1)
    site.turn()
    site.writer.drop(frame.content)
    site.turn()
    assert site.answered == [1]
    assert site.on_disk_then == {1: False}
    assert site.writer.waiting() == 0


def test_a_failed_commit_of_a_duplicate_does_not_free_the_place_of_the_first(site):
    site.offer(1)
    site.turn()
    site.spool.fault = SpoolError("disk full")
    site.offer(1, sent_ms=5000)
    site.turn()
    assert len(site.writer._shelf) == 1
    site.spool.fault = None
    site.turn()
    assert site.answered == [1, 1]


def test_a_failed_fsync_ends_the_process(site):
    site.spool.fault = SpoolBroken("fsync failed")
    site.offer(1)
    site.writer.start()
    until(lambda: site.owner.died)
    assert site.owner.died == ["fsync failed"]
    assert site.answered == []


def test_a_full_spool_lets_a_status_signal_go_for_an_alarm(tmp_path):
    site = Site(tmp_path, places=3)
    for number, kind in ((1, STARTED), (2, HOLD_UP), (3, STARTED)):
        site.offer(number, kind)
    site.turn()
    site.offer(4, HOLD_UP)
    site.offer(5, STARTED)
    site.turn()
    assert site.owner.gone == [1]
    assert site.answered == [2, 1, 3, 4]
    assert (5, False) in site.owner.carried
    assert "full" in site.owner.said[0]
    assert sorted(frame.number for frame, _ in site.spool.kept()) == [2, 3, 4]


def test_a_full_spool_of_alarms_answers_no_more_but_carries_the_next(tmp_path):
    site = Site(tmp_path, places=2)
    frames = [site.offer(number) for number in (1, 2, 3)]
    site.turn()
    assert site.answered == [1, 2]
    assert site.owner.carried[-1] == (3, False)
    site.writer.drop(frames[0].content)
    site.turn()
    assert site.answered == [1, 2, 3]
    assert site.owner.said[-1] == ""


@pytest.mark.parametrize("disk", ["full spool", "disk refuses"])
def test_what_can_wait_takes_no_more_than_its_share_of_the_unanswered(tmp_path, disk):
    site = Site(tmp_path, places=1)
    if disk == "disk refuses":
        site.spool.fault = SpoolError("no room")
    site.offer(1, STARTED)
    site.turn()
    for number in range(2, CALM_MAX + 102):
        site.offer(number, STARTED)
    site.offer(9_000)
    site.turn()
    # a keypad keeps what was let go: it was answered, and is not carried
    gone = set(site.owner.gone)
    assert len(gone) == 101
    assert gone <= set(site.answered)
    assert not (gone - {1}) & {number for number, _ in site.owner.carried}
    assert (9_000, disk == "full spool") in site.owner.carried
    assert site.owner.said == [FULL if disk == "full spool" else "no room"]
    for number in range(2, CALM_MAX + 102):  # what is held gives its share back
        site.writer.drop(KEYPAD.frame(number, STARTED)[0].content)
    site.turn()
    site.offer(9_001, STARTED)
    site.turn()
    assert 9_001 not in site.answered
    assert (9_001, False) in site.owner.carried


def test_what_the_gateway_says_itself_always_finds_room(tmp_path):
    site = Site(tmp_path, places=1)
    site.spool.fault = SpoolError("no room")
    for number in range(1, HELD_MAX + 2):
        site.offer(number)
    for _ in range(3):
        site.turn()
    for number in range(5_000, 5_000 + INBOX_MAX + 10):
        site.offer(number)
    frame, urgency = GATEWAY.frame(7, PATH_LOST)
    assert site.writer.offer(Offer(frame, urgency, lambda: None))
    while site.writer._inbox:
        site.turn()
    assert (7, False) in site.owner.carried


def test_the_inbox_is_bounded(site):
    frame, urgency = KEYPAD.frame(1)
    offer = Offer(frame, urgency, lambda: None)
    assert sum(site.writer.offer(offer) for _ in range(6000)) == 5000
    assert site.writer.missed() == 0
    while site.writer._inbox:
        site.turn()
    assert site.writer.missed() == 1000
    assert site.writer.missed() == 0


def test_an_input_waits_for_room_rather_than_being_left_to_the_broker(tmp_path):
    site = Site(tmp_path, places=10_000)
    site.writer.start()
    frames = [KEYPAD.frame(number) for number in range(1, 9001)]
    assert all(site.writer.offer(Offer(*one, lambda: None), 10.0) for one in frames)
    until(lambda: len(site.owner.carried) == 9000)
    site.writer.stop()


def test_a_spool_that_cannot_be_opened_yet_is_opened_when_it_can(tmp_path):
    blocker = tmp_path / "spool"
    blocker.write_text("a file where the folder should be")
    owner, answered = Owner(), []
    writer = Writer(blocker, 10, owner)
    frame, urgency = KEYPAD.frame(1)
    writer.offer(Offer(frame, urgency, lambda: answered.append(1)))
    writer._turn()
    assert (answered, owner.carried) == ([], [(1, False)])
    assert "mounted for writing" in owner.said[0]
    blocker.unlink()
    writer._turn()
    assert answered == [1]
    assert owner.said[-1] == ""
    writer._spool.close()
