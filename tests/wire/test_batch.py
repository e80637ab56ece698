"""Batches keep every boundary, or refuse the whole body by name."""

from alarm_wire import batch, frame
from plain import raises


def test_batches_go_there_and_back():
    for frames in ([], [b""], [b"one"], [b"one", b"", b"three" * 20]):
        assert batch.unpack(batch.pack(frames)) == frames


def test_a_cut_body_is_truncated():
    body = batch.pack([b"one", b"two"])
    for length in (1, 4, 6, 9):
        assert raises(frame.WireError, batch.unpack, body[:length]).reason == frame.TRUNCATED


def test_too_long_and_too_many_are_oversize():
    most = frame.FRAME_BYTES_MAX
    many = [b"x"] * (batch.FRAMES_MAX + 1)
    lying = b"\xff\xff" + bytes(10)
    assert raises(frame.WireError, batch.pack, [bytes(most + 1)]).reason == frame.OVERSIZE
    assert raises(frame.WireError, batch.pack, many).reason == frame.OVERSIZE
    assert raises(frame.WireError, batch.unpack, lying).reason == frame.OVERSIZE
    assert raises(frame.WireError, batch.unpack, b"\0\1x" * 501).reason == frame.OVERSIZE
    huge = bytes(batch.BATCH_BYTES_MAX + 1)
    assert raises(frame.WireError, batch.unpack, huge).reason == frame.OVERSIZE


def test_the_largest_batch_goes_there_and_back_and_no_frame_in_it_may_be_longer():
    frames = [bytes([number % 256]) * frame.FRAME_BYTES_MAX for number in range(batch.FRAMES_MAX)]
    body = batch.pack(frames)
    assert len(body) == batch.BATCH_BYTES_MAX == 65000
    assert batch.unpack(body) == frames
    longer = bytes([0, frame.FRAME_BYTES_MAX + 1]) + bytes(frame.FRAME_BYTES_MAX + 1)
    assert raises(frame.WireError, batch.unpack, longer).reason == frame.OVERSIZE
