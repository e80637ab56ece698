"""Frames against the shared byte vectors, and every way in which a frame can be wrong."""

from binascii import unhexlify

from alarm_wire import frame, seal
from alarm_wire.signal import CLOCK_KNOWN, Heartbeat, Moment, Signal, age, urgency
from plain import fields, key, raises, vectors

DEVICE = unhexlify("a1b2c3d4e5f60718")


def signer():
    return seal.Signer(key(), seal.SIGNAL)


def signal_in(vector):
    named = fields(vector["signal"])
    first = [named.pop(name) for name in ("device", "epoch", "number", "kind")]
    return Signal(*first, **named)


def good():
    return frame.seal_content(frame.content_of(Signal(DEVICE, 1, 1, 1)), Moment(1, 5), signer())


def resealed(body):
    return body + signer().seal(body)


def reason(bad):
    return raises(frame.WireError, frame.open_signal, bad, signer()).reason


def test_lengths_are_those_of_the_docs():
    assert frame.CONTENT_BYTES == 50
    assert frame.SIGNAL_BYTES == 78
    assert frame.HEARTBEAT_BYTES == 62


def test_signals_are_sealed_as_in_the_vectors():
    for vector in vectors("signals"):
        sent = Moment(vector["sent_epoch"], vector["sent_uptime_ms"])
        made = frame.seal_content(frame.content_of(signal_in(vector)), sent, signer())
        assert made == unhexlify(vector["frame"]), vector["name"]


def test_signals_are_opened_as_in_the_vectors():
    for vector in vectors("signals"):
        signal, sent = frame.open_signal(unhexlify(vector["frame"]), signer())
        assert signal == signal_in(vector), vector["name"]
        assert sent == Moment(vector["sent_epoch"], vector["sent_uptime_ms"])


def test_heartbeats_go_there_and_back():
    beat_signer = seal.Signer(key(), seal.HEARTBEAT)
    for vector in vectors("heartbeats"):
        named = fields(vector["heartbeat"])
        first = [named.pop(name) for name in ("device", "epoch", "number")]
        beat = Heartbeat(*first, **named)
        assert frame.seal_heartbeat(beat, beat_signer) == unhexlify(vector["frame"])
        assert frame.open_heartbeat(unhexlify(vector["frame"]), beat_signer) == beat


def test_a_heartbeat_clips_what_does_not_fit():
    beat_signer = seal.Signer(key(), seal.HEARTBEAT)
    beat = Heartbeat(DEVICE, 1, 1, pending=70000, rssi_dbm=-200, lateness_ms=10**6)
    back = frame.open_heartbeat(frame.seal_heartbeat(beat, beat_signer), beat_signer)
    assert (back.pending, back.rssi_dbm, back.lateness_ms) == (65535, -128, 65535)


def test_a_heartbeat_clips_each_number_to_its_field():
    beat_signer = seal.Signer(key(), seal.HEARTBEAT)
    most = {"boot_cause": 255, "heap_free": 2**32 - 1, "mains_mv": 65535, "battery_mv": 65535}
    for name, value in most.items():
        for given in (value, value + 1, value * 3):
            beat = Heartbeat(DEVICE, 1, 1, **{name: given})
            back = frame.open_heartbeat(frame.seal_heartbeat(beat, beat_signer), beat_signer)
            assert getattr(back, name) == value, name


def test_a_heartbeat_counts_epoch_and_number_from_1_even_with_a_good_seal():
    beat_signer = seal.Signer(key(), seal.HEARTBEAT)
    for epoch, number in ((0, 1), (1, 0), (0, 0)):
        bad = frame.seal_heartbeat(Heartbeat(DEVICE, epoch, number), beat_signer)
        error = raises(frame.WireError, frame.open_heartbeat, bad, beat_signer)
        assert error.reason == frame.BAD_FIELD


def test_what_nobody_set_is_nothing_on_the_wire():
    head = DEVICE + b"\0\0\0\1\0\0\0\2"
    content = frame.content_of(Signal(DEVICE, 1, 2, 1))
    assert content == b"\1\1" + head + b"\1" + bytes(31)
    beat = frame.seal_heartbeat(Heartbeat(DEVICE, 1, 2), seal.Signer(key(), seal.HEARTBEAT))
    assert beat[:-16] == b"\1\2" + head + bytes(28)


def test_each_thing_equals_its_likeness_alone():
    for one, other in (
        (Signal(DEVICE, 1, 2, 1), Signal(DEVICE, 1, 2, 1, flags=1)),
        (Heartbeat(DEVICE, 1, 2), Heartbeat(DEVICE, 1, 2, pending=1)),
        (Moment(1, 2), Moment(1, 3)),
    ):
        assert one == one  # noqa: PLR0124 - that is what is asked
        assert one != other
        assert one != one.__dict__


def test_every_bit_flip_is_refused():
    whole = good()
    for bit in range(len(whole) * 8):
        bad = bytearray(whole)
        bad[bit // 8] ^= 1 << bit % 8
        assert reason(bytes(bad)) in (
            frame.WRONG_SEAL,
            frame.WRONG_VERSION,
            frame.WRONG_TYPE,
            frame.TRUNCATED,
            frame.OVERSIZE,
        )


def test_every_truncation_is_refused_by_name():
    whole = good()
    for length in range(len(whole)):
        assert reason(whole[:length]) == frame.TRUNCATED


def test_every_oversize_is_refused_by_name():
    whole = good()
    for extra in (1, 16, 50, 51, 1000, 100000):
        assert reason(whole + bytes(extra)) == frame.OVERSIZE


def test_another_version_is_refused_by_name():
    for version in (0, 2, 255):
        assert reason(bytes([version]) + good()[1:]) == frame.WRONG_VERSION


def test_a_heartbeat_is_not_a_signal_even_with_a_good_seal():
    body = unhexlify(vectors("heartbeats")[0]["frame"])
    assert reason(body) == frame.WRONG_TYPE


def test_a_sealed_frame_outside_the_canonical_form_is_refused():
    body = bytearray(good()[:-16])
    cases = (
        (10, b"\0\0\0\0"),  # epoch 0
        (14, b"\0\0\0\0"),  # number 0
        (18, b"\0"),  # kind 0
        (19, b"\x80"),  # an unknown flag
        (19, bytes([CLOCK_KNOWN])),  # clock known, yet no time
        (49, b"\x01"),  # a time, yet no clock
        (50, b"\0\0\0\0"),  # sent before its own epoch
    )
    for place, wrong in cases:
        bad = bytes(body[:place]) + wrong + bytes(body[place + len(wrong) :])
        assert reason(resealed(bad)) == frame.BAD_FIELD, place


def test_content_takes_each_field_to_its_ends_and_no_further():
    for name, least, most in (
        ("epoch", 1, 2**32 - 1),
        ("number", 1, 2**32 - 1),
        ("kind", 1, 255),
        ("zone", 0, 65535),
        ("value", -(2**31), 2**31 - 1),
        ("pressed_ms", 0, 2**64 - 1),
        ("pressed_utc_ms", 1, 2**64 - 1),
    ):
        flags = CLOCK_KNOWN if name == "pressed_utc_ms" else 0
        signal = Signal(DEVICE, 1, 1, 1, flags=flags)
        for value in (least, most):
            setattr(signal, name, value)
            assert getattr(frame.signal_of(frame.content_of(signal)), name) == value, name
        for value in (least - 1, most + 1):
            setattr(signal, name, value)
            assert raises(frame.WireError, frame.content_of, signal).reason == frame.BAD_FIELD, name


def test_content_refuses_values_that_do_not_fit():
    for named in (
        {"zone": 65536},
        {"zone": -1},
        {"value": 2**31},
        {"pressed_ms": -1},
        {"about": b"short"},
        {"flags": 8},
        {"pressed_utc_ms": 1},
    ):
        signal = Signal(DEVICE, 1, 1, 1, **named)
        assert raises(frame.WireError, frame.content_of, signal).reason == frame.BAD_FIELD


def test_content_alone_is_checked_like_a_frame():
    content = frame.content_of(Signal(DEVICE, 1, 1, 1))
    for bad, expected in (
        (content[:-1], frame.TRUNCATED),
        (content + b"\0", frame.OVERSIZE),
        (b"\x02" + content[1:], frame.WRONG_VERSION),
        (content[:1] + b"\x02" + content[2:], frame.WRONG_TYPE),
    ):
        assert raises(frame.WireError, frame.signal_of, bad).reason == expected


def test_an_unknown_kind_is_carried_in_its_class():
    content = frame.content_of(Signal(DEVICE, 1, 1, 30))
    assert urgency(frame.signal_of(content).kind) == 0
    assert urgency(95) == 1
    assert urgency(255) == 2


def test_a_claim_is_read_without_a_key():
    claimed = frame.claim(good())
    assert claimed.kind_of_frame == frame.SIGNAL_FRAME
    assert claimed.identity() == (DEVICE, 1, 1)


def test_a_claim_refuses_by_name_what_cannot_be_a_frame_and_no_more():
    for bad, expected in (
        (b"", frame.TRUNCATED),
        (b"\2", frame.WRONG_VERSION),
        (b"\1", frame.TRUNCATED),
        (good()[: frame.HEAD_BYTES - 1], frame.TRUNCATED),
        (good()[:-1], frame.TRUNCATED),
        (good() + b"\0", frame.OVERSIZE),
        (b"\1\x63" + bytes(127), frame.OVERSIZE),
    ):
        assert raises(frame.WireError, frame.claim, bad).reason == expected
    # of a type that this version does not know, whatever its length
    for length in (frame.HEAD_BYTES, 128):
        unknown = b"\1\x63" + good()[2:18] + bytes(length - 18)
        assert frame.claim(unknown).kind_of_frame == 0x63
        assert frame.claim(unknown).identity() == (DEVICE, 1, 1)


def test_an_error_says_why_and_what():
    error = raises(frame.WireError, frame.claim, b"\2")
    assert error.detail == "version 2, known is 1"
    assert str(error) == "wrong_version: version 2, known is 1"


def test_age_is_exact_within_one_boot_and_a_lower_bound_after_it():
    signal = Signal(DEVICE, 3, 9, 1, pressed_ms=1000)
    same_boot = age(signal, Moment(3, 1066))
    later_boot = age(signal, Moment(4, 500))
    assert (same_boot.ms, same_boot.exact) == (66, True)
    assert (later_boot.ms, later_boot.exact) == (500, False)
    assert age(signal, Moment(3, 900)).ms == 0
