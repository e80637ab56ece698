"""Any signal survives the wire; any damage to a frame is refused by name."""

import hmac

from hypothesis import example, given
from hypothesis import strategies as st

from alarm_wire import batch, frame, receipt, seal
from alarm_wire.signal import CLOCK_KNOWN, FLAGS_KNOWN, Heartbeat, Moment, Signal

KEYS = st.binary(min_size=32, max_size=32)
DEVICES = st.binary(min_size=8, max_size=8)
COUNTS = st.integers(1, 2**32 - 1)
LONGS = st.integers(0, 2**64 - 1)


@st.composite
def signals(draw):
    flags = draw(st.integers(0, FLAGS_KNOWN))
    clock = st.integers(1, 2**64 - 1) if flags & CLOCK_KNOWN else st.just(0)
    return Signal(
        draw(DEVICES),
        draw(COUNTS),
        draw(COUNTS),
        draw(st.integers(1, 255)),
        flags=flags,
        zone=draw(st.integers(0, 65535)),
        about=draw(DEVICES),
        value=draw(st.integers(-(2**31), 2**31 - 1)),
        pressed_ms=draw(LONGS),
        pressed_utc_ms=draw(clock),
    )


@given(signals(), KEYS, LONGS, st.integers(0, 3))
def test_a_signal_goes_there_and_back(signal, key, uptime_ms, later):
    sent = Moment(min(signal.epoch + later, 2**32 - 1), uptime_ms)
    signer = seal.Signer(key, seal.SIGNAL)
    whole = frame.seal_content(frame.content_of(signal), sent, signer)
    assert frame.open_signal(whole, signer) == (signal, sent)
    assert frame.claim(whole).identity() == signal.identity()


@given(signals(), KEYS, st.data())
def test_every_damage_is_refused(signal, key, data):
    signer = seal.Signer(key, seal.SIGNAL)
    whole = frame.seal_content(frame.content_of(signal), Moment(signal.epoch, 1), signer)
    cut = data.draw(st.integers(0, len(whole)))
    tail = data.draw(st.binary(max_size=200))
    bad = whole[:cut] + tail
    if bad == whole:
        return
    try:
        frame.open_signal(bad, signer)
    except frame.WireError as error:
        assert error.reason in frame.REASON_NAMES  # noqa: PT017  # the name is the point
    else:
        raise AssertionError("a damaged frame was opened")


@given(st.binary(max_size=300), KEYS)
def test_no_bytes_at_all_break_the_readers(noise, key):
    for purpose, reader in (
        (seal.SIGNAL, frame.open_signal),
        (seal.HEARTBEAT, frame.open_heartbeat),
        (seal.RECEIPT, receipt.open_receipt),
    ):
        try:
            reader(noise, seal.Signer(key, purpose))
        except frame.WireError:
            continue
        raise AssertionError("noise was opened")


@given(st.binary(max_size=2000))
def test_a_batch_is_read_in_one_way_or_refused(body):
    try:
        frames = batch.unpack(body)
    except frame.WireError:
        return
    assert batch.pack(frames) == body


@given(KEYS, st.binary(max_size=300))
def test_our_hmac_is_the_standard_librarys(key, data):
    derived = hmac.digest(key, b"holdfast/1/signal", "sha256")
    expected = hmac.digest(derived, data, "sha256")[:16]
    assert seal.Signer(key, seal.SIGNAL).seal(data) == expected


@given(st.integers(0, 130).flatmap(lambda n: st.binary(min_size=n, max_size=n)), st.binary())
@example(bytes(range(64)), b"a key as long as a block")
@example(bytes(range(65)), b"a longer one")
def test_our_hmac_takes_keys_of_any_length(key, data):
    assert seal.hmac_sha256(key, data) == hmac.digest(key, data, "sha256")


@given(DEVICES, COUNTS, COUNTS, KEYS, st.integers(0, 2**63), st.integers(-500, 500))
def test_a_heartbeat_goes_there_and_back(device, epoch, number, key, uptime_ms, rssi_dbm):
    signer = seal.Signer(key, seal.HEARTBEAT)
    beat = Heartbeat(device, epoch, number, uptime_ms=uptime_ms, rssi_dbm=rssi_dbm)
    back = frame.open_heartbeat(frame.seal_heartbeat(beat, signer), signer)
    assert back.uptime_ms == uptime_ms
    assert back.rssi_dbm == max(-128, min(rssi_dbm, 127))
