"""What is committed survives; an unreadable file is set aside; a second gateway is refused."""

import sqlite3

import pytest

from alarm_wire.signal import STARTED, TAMPER
from gateway.errors import SpoolBroken, SpoolError
from gateway.spool import FILE, QUARANTINE_MAX, Group, Spool, spool_error
from wirework import Device

KEYPAD = Device("bb00000000000002")


def reopened(spool, folder):
    spool.close()
    return Spool(folder)


def test_everything_in_a_group_survives_and_keeps_its_order(tmp_path):
    spool = Spool(tmp_path)
    kept = [KEYPAD.frame(1, TAMPER), KEYPAD.frame(2), KEYPAD.frame(3, STARTED)]
    spool.commit(
        Group(
            keep=kept,
            quarantine=[(KEYPAD.frame(9)[0], "wrong_seal")],
            counters={"epoch": 7},
            keypads={KEYPAD.id: 2, b"12345678": 1},
        )
    )
    spool = reopened(spool, tmp_path)
    assert spool.kept() == kept
    ((refused, reason),) = spool.quarantined()
    assert (refused.device, refused.epoch, refused.number) == (KEYPAD.id, 1, 9)
    assert (refused.bytes, reason) == (KEYPAD.signal(9), "wrong_seal")
    assert (spool.counter("epoch"), spool.counter("never")) == (7, 0)
    assert spool.keypads() == {KEYPAD.id: 2, b"12345678": 1}
    spool.commit(Group(drop=[kept[1][0].content], keypads={KEYPAD.id: None, b"12345678": 0}))
    spool = reopened(spool, tmp_path)
    assert spool.kept() == [kept[0], kept[2]]
    assert spool.keypads() == {b"12345678": 0}
    spool.close()


def test_the_same_content_is_kept_once_with_the_bytes_that_came_last(tmp_path):
    spool = Spool(tmp_path)
    for sent_ms in (1000, 2000, 3000):
        spool.commit(Group(keep=[KEYPAD.frame(1, sent_ms=sent_ms)]))
    assert [frame.bytes for frame, _ in spool.kept()] == [KEYPAD.signal(1, sent_ms=3000)]
    spool.close()


def test_a_forged_content_stands_beside_the_true_one_never_in_its_place(tmp_path):
    spool = Spool(tmp_path)
    spool.commit(Group(keep=[KEYPAD.frame(1, TAMPER), KEYPAD.frame(1)]))
    assert len(spool.kept()) == 2
    spool.close()


def test_one_dropped_and_come_again_in_the_same_group_stays(tmp_path):
    spool = Spool(tmp_path)
    frame, urgency = KEYPAD.frame(1)
    spool.commit(Group(keep=[(frame, urgency)]))
    spool.commit(Group(keep=[(frame, urgency)], drop=[frame.content]))
    assert len(spool.kept()) == 1
    spool.close()


def test_every_byte_of_an_identity_counts(tmp_path):
    spool = Spool(tmp_path)
    frame, urgency = KEYPAD.frame(0x04000003, epoch=0x01000002)
    spool.commit(Group(keep=[(frame, urgency)]))
    assert [(one.epoch, one.number) for one, _ in spool.kept()] == [(0x01000002, 0x04000003)]
    spool.commit(Group(drop=[frame.content]))
    assert spool.kept() == []
    spool.close()


def test_the_quarantine_is_bounded(tmp_path):
    spool = Spool(tmp_path)
    refused = [(KEYPAD.frame(number)[0], "wrong_seal") for number in range(1, 31)]
    for _ in range(40):
        spool.commit(Group(quarantine=refused))
    assert len(spool.quarantined()) == QUARANTINE_MAX
    spool.close()


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b"middle"])
def test_an_unreadable_file_is_set_aside_and_a_new_one_begins(tmp_path, damage):
    spool = Spool(tmp_path)
    spool.commit(Group(keep=[KEYPAD.frame(number) for number in range(1, 500)]))
    spool.close()
    raw = bytearray((tmp_path / FILE).read_bytes())
    if damage == b"middle":
        raw[8192:16384] = b"\xee" * 8192
    else:
        raw = damage
    (tmp_path / FILE).write_bytes(raw)
    spool = Spool(tmp_path)
    assert spool.set_aside.startswith("spool.db.unreadable-")
    assert (tmp_path / spool.set_aside).read_bytes() == bytes(raw)
    assert spool.kept() == []
    spool.close()


def test_a_second_gateway_on_the_same_folder_is_refused_and_told_why(tmp_path):
    spool = Spool(tmp_path)
    with pytest.raises(SpoolError, match="another gateway"):
        Spool(tmp_path)
    spool.close()


def test_a_failed_commit_keeps_nothing_of_the_group_and_the_spool_goes_on(tmp_path):
    spool = Spool(tmp_path)
    bad = KEYPAD.frame(2)[0]
    with pytest.raises(SpoolError):
        spool.commit(Group(keep=[KEYPAD.frame(1), (bad, 9)]))
    assert spool.kept() == []
    spool.commit(Group(keep=[KEYPAD.frame(3)]))
    assert [frame.number for frame, _ in spool.kept()] == [3]
    spool.close()


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("SQLITE_FULL", SpoolError, "free some space"),
        ("SQLITE_READONLY_DIRECTORY", SpoolError, "mounted for writing"),
        ("SQLITE_BUSY", SpoolError, "another gateway"),
        ("SQLITE_IOERR_FSYNC", SpoolBroken, "check the disk"),
        ("SQLITE_CORRUPT", SpoolBroken, "check the disk"),
    ],
)
def test_what_the_disk_says_becomes_blame_and_remedy(tmp_path, name, kind, says):
    error = sqlite3.OperationalError("said the disk")
    error.sqlite_errorname = name
    made = spool_error(tmp_path, error)
    assert type(made) is kind
    assert says in str(made)
    assert str(tmp_path) in str(made)
