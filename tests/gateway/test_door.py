"""What is no frame of the topic's own device is refused by name before anyone keeps it."""

import pytest

from alarm_wire.signal import HOLD_UP, STARTED, TAMPER
from gateway.door import admit
from gateway.errors import Refused
from wirework import Device

KEYPAD = Device("bb00000000000002")
SIGNAL = "holdfast/1/bb00000000000002/signal"
HEARTBEAT = "holdfast/1/bb00000000000002/heartbeat"


def reason(topic, body, **named):
    with pytest.raises(Refused) as refused:
        admit(topic, body, **named)
    return refused.value.reason


@pytest.mark.parametrize(
    ("kind", "urgency"), [(HOLD_UP, 0), (31, 0), (TAMPER, 1), (STARTED, 2), (255, 2)]
)
def test_a_signal_is_admitted_with_its_class(kind, urgency):
    frame = KEYPAD.signal(7, kind, epoch=3)
    admitted = admit(SIGNAL, frame)
    assert (admitted.device, admitted.epoch, admitted.number) == (KEYPAD.id, 3, 7)
    assert (admitted.urgency, admitted.content, admitted.frame) == (urgency, frame[:50], frame)


def test_a_heartbeat_is_admitted_without_content():
    admitted = admit(HEARTBEAT, KEYPAD.heartbeat(9))
    assert (admitted.content, admitted.number) == (b"", 9)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "truncated"),
        (b"\x02" + bytes(77), "wrong_version"),
        (KEYPAD.signal(1)[:-1], "truncated"),
        (KEYPAD.signal(1) + b"x", "oversize"),
        (bytes(10_000), "oversize"),
        (KEYPAD.heartbeat(1), "wrong_type"),
        (KEYPAD.receipt(1), "wrong_type"),
        (Device("bb00000000000003").signal(1), "wrong_device"),
        (KEYPAD.signal(1)[:19] + b"\xff" + KEYPAD.signal(1)[20:], "bad_field"),
        (KEYPAD.signal(1)[:10] + bytes(4) + KEYPAD.signal(1)[14:], "bad_field"),
    ],
)
def test_bad_bodies_are_refused_by_name(body, name):
    assert reason(SIGNAL, body) == name


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (KEYPAD.signal(1), "wrong_type"),
        (KEYPAD.receipt(1), "wrong_type"),
        (Device("bb00000000000003").heartbeat(1), "wrong_device"),
        (KEYPAD.heartbeat(1)[:10] + bytes(4) + KEYPAD.heartbeat(1)[14:], "bad_field"),
        (KEYPAD.heartbeat(1)[:14] + bytes(4) + KEYPAD.heartbeat(1)[18:], "bad_field"),
    ],
)
def test_bad_heartbeats_are_refused_by_name(body, name):
    assert reason(HEARTBEAT, body) == name


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("holdfast/1/bb00000000000002/receipt", "unknown_topic"),
        ("holdfast/1/bb00000000000002/signal/x", "unknown_topic"),
        ("holdfast/2/bb00000000000002/signal", "unknown_topic"),
        ("x", "unknown_topic"),
        ("holdfast/1/BB00000000000002/signal", "bad_device"),
        ("holdfast/1/bb02/signal", "bad_device"),
        ("holdfast/1/" + "é" * 16 + "/signal", "bad_device"),
    ],
)
def test_bad_topics_are_refused_by_name(topic, name):
    assert reason(topic, KEYPAD.signal(1)) == name


def test_retained_frames_are_refused():
    assert reason(HEARTBEAT, KEYPAD.heartbeat(1), retained=True) == "retained"
