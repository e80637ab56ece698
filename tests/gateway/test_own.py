"""The gateway's own identities are never used twice, whatever was lost; its seals hold."""

import time
from types import SimpleNamespace

from alarm_wire.frame import open_heartbeat, open_signal, signal_of
from alarm_wire.seal import HEARTBEAT, SIGNAL
from alarm_wire.signal import CERTIFICATE, CERTIFICATE_RECEIVER, CLOCK_KNOWN, DEVICE_LOST, FORGERY
from gateway.own import BLOCK, EPOCH_CALENDAR_MAX, EPOCH_ZERO_S, Own, next_epoch
from gateway.reports import FORGED_MAX, FORGED_MS, Reports
from gateway.spool import Group, Spool
from wirework import Device

GATEWAY = Device("aa00000000000001")


def own(epoch=5, number_high=0):
    return Own(GATEWAY.id, GATEWAY.key, epoch, number_high)


def test_signals_are_numbered_sealed_and_speak_of_the_keypad():
    made = own(number_high=2000)
    (first, urgency), (second, _) = (
        made.signal(DEVICE_LOST, about=b"keypad01", value=5),
        made.signal(1),
    )
    signal, _ = open_signal(first.bytes, GATEWAY.signers[SIGNAL])
    assert (signal.identity(), signal.about, signal.value) == (
        (GATEWAY.id, 5, 2001),
        b"keypad01",
        5,
    )
    assert (urgency, second.number) == (1, 2002)
    assert signal.flags == CLOCK_KNOWN
    assert abs(signal.pressed_utc_ms - time.time() * 1000) < 60_000


def test_the_first_end_of_what_receivers_showed_is_told_when_it_changes():
    offered = []
    writer = SimpleNamespace(offer=offered.append)
    reports = Reports(own(), writer, None)
    for ends_s in ([], [7200, 3601], [3605, 7200], [90_000, 7200], [90_000, 7200]):
        reports.certificate(ends_s)
    said = [open_signal(one.frame.bytes, GATEWAY.signers[SIGNAL])[0] for one in offered]
    told = [(one.kind, one.zone, one.value) for one in said]
    assert told == [(CERTIFICATE, CERTIFICATE_RECEIVER, hour) for hour in (1, 2)]


def test_forged_frames_are_told_once_an_hour_with_their_count():
    said = []
    writer = SimpleNamespace(offer=lambda offer: said.append(offer.frame))
    reports = Reports(own(), writer, journal=None)
    one, other = b"keypad01", b"keypad02"
    for now_ms in range(0, FORGED_MS, FORGED_MS // 10):
        reports.forged(one, now_ms)
    reports.forged(other, FORGED_MS // 2)
    reports.forged(one, FORGED_MS)
    found = [signal_of(frame.content) for frame in said]
    assert [(it.kind, it.about, it.value) for it in found] == [
        (FORGERY, one, 1),
        (FORGERY, other, 1),
        (FORGERY, one, 10),
    ]
    for number in range(FORGED_MAX + 5):
        reports.forged(number.to_bytes(8, "big"), FORGED_MS)
    assert len(reports._forged) == FORGED_MAX


def test_sent_again_it_is_sealed_anew_and_tells_its_age():
    made = own()
    made._started_ms -= 60_000
    frame, _ = made.signal(1)
    made._started_ms -= 5_000
    signal, sent = open_signal(made.fresh(frame), GATEWAY.signers[SIGNAL])
    assert 5_000 <= sent.uptime_ms - signal.pressed_ms < 10_000
    keypads = Device("bb00000000000002").frame(1)[0]
    assert made.fresh(keypads) == keypads.bytes


def test_heartbeats_are_sealed_and_counted():
    made = own()
    made.heartbeat(pending=1, trouble=2)
    beat = open_heartbeat(
        made.heartbeat(pending=70_000, trouble=3).bytes, GATEWAY.signers[HEARTBEAT]
    )
    assert (beat.epoch, beat.number, beat.pending, beat.trouble) == (5, 2, 0xFFFF, 3)


def test_only_our_own_receipts_hold():
    assert own().holds(GATEWAY.receipt(1))
    assert not own().holds(Device(GATEWAY.name).receipt(1))
    assert not own().holds(b"")


def test_numbers_come_from_blocks_that_are_durable_before():
    made = own(number_high=3000)
    assert made.number_high == 3000 + BLOCK
    assert made.block_due() is None
    for _ in range(BLOCK - BLOCK // 5):
        frame, _ = made.signal(1)
    assert made.block_due() == 3000 + 2 * BLOCK
    assert made.block_due() is None
    assert frame.number < made.number_high


def test_epochs_grow_and_are_never_behind_the_calendar(tmp_path, monkeypatch):
    now = int(time.time()) - EPOCH_ZERO_S
    assert now <= next_epoch(None) <= now + 60
    spool = Spool(tmp_path)
    assert now <= next_epoch(spool) <= now + 60
    # a start while the disk refused has counted from the calendar: the next one is beyond it
    spool.commit(Group(counters={"epoch": 41}))
    assert next_epoch(spool) >= now
    spool.commit(Group(counters={"epoch": 2_000_000_000}))
    assert next_epoch(spool) == 2_000_000_001
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert next_epoch(spool) == 2_000_000_001
    assert next_epoch(None) == 1
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert next_epoch(None) == EPOCH_CALENDAR_MAX
    spool.close()
