"""Parcels are whole, sealed, for one device and newer than the last, or they are nothing."""

from alarm_wire import frame, parcel, seal
from alarm_wire.parcel import (
    COUNTER_MAX,
    DATA_BYTES_MAX,
    PARCEL_BYTES_MAX,
    Assembly,
    pack_image,
    pack_parcel,
)
from plain import key, raises

DEVICE = b"keypad01"
TEXT = bytes(range(256)) + b"settings"


def signer(purpose=seal.CONFIG):
    return seal.Signer(key(), purpose)


def assembly(last=0):
    return Assembly(DEVICE, last, signer())


def fed(taker, pieces):
    return [taker.take(piece) for piece in pieces]


def test_a_parcel_goes_there_in_any_order_and_twice():
    pieces = pack_parcel(DEVICE, 7, TEXT, signer())
    assert len(pieces) == 3
    assert all(len(piece) <= frame.FRAME_BYTES_MAX for piece in pieces)
    assert fed(assembly(), pieces) == [None, None, TEXT]
    assert fed(assembly(), pieces[::-1]) == [None, None, TEXT]
    assert fed(assembly(), [pieces[0], pieces[0], pieces[2], pieces[1]])[-1] == TEXT


def test_the_bytes_are_these():
    piece = pack_parcel(DEVICE, 258, b"{}", signer())[0]
    assert piece[:18] == b"\x01\x05keypad01\x00\x00\x01\x02\x00\x00\x00\x01"
    assert piece[18:20] == b"{}"
    assert piece[20:] == signer().seal(piece[:20])


def test_every_bit_flip_is_refused():
    piece = pack_parcel(DEVICE, 1, b"x" * DATA_BYTES_MAX, signer())[0]
    for bit in range(len(piece) * 8):
        bad = bytearray(piece)
        bad[bit // 8] ^= 1 << bit % 8
        raises(frame.WireError, assembly().take, bytes(bad))


def test_an_old_counter_another_device_and_another_purpose_are_refused():
    piece = pack_parcel(DEVICE, 5, b"{}", signer())[0]
    assert raises(frame.WireError, assembly(5).take, piece).reason == frame.STALE
    other = pack_parcel(b"keypad02", 6, b"{}", signer())[0]
    assert raises(frame.WireError, assembly().take, other).reason == frame.UNKNOWN_DEVICE
    wrong = pack_parcel(DEVICE, 6, b"{}", signer(seal.RECEIPT))[0]
    assert raises(frame.WireError, assembly().take, wrong).reason == frame.WRONG_SEAL


def test_pieces_of_two_parcels_never_mix():
    old = pack_parcel(DEVICE, 1, b"a" * 200, signer())
    new = pack_parcel(DEVICE, 2, b"b" * 200, signer())
    taker = assembly()
    assert fed(taker, [old[0], old[2], new[0], new[1]]) == [None, None, None, None]
    assert raises(frame.WireError, taker.take, old[2]).reason == frame.STALE
    assert taker.take(new[2]) == b"b" * 200
    # the same counter with another count is another parcel too, whoever sent it
    shorter = pack_parcel(DEVICE, 2, b"c" * 100, signer())
    taker = assembly()
    assert fed(taker, [new[1], shorter[0]]) == [None, None]
    assert taker.take(shorter[1]) == b"c" * 100


def test_too_short_too_long_and_too_many():
    empty = pack_parcel(DEVICE, 1, b"x", signer())[0][:18]
    for short in (b"", bytes(33), bytes(34), empty + signer().seal(empty)):
        assert raises(frame.WireError, assembly().take, short).reason == frame.TRUNCATED
    raises(frame.WireError, assembly().take, bytes(200))
    assert fed(assembly(), pack_parcel(DEVICE, 1, b"x", signer())) == [b"x"]
    assert len(pack_parcel(DEVICE, COUNTER_MAX, bytes(DATA_BYTES_MAX), signer())) == 1
    assert len(pack_parcel(DEVICE, 1, bytes(DATA_BYTES_MAX + 1), signer())) == 2
    raises(frame.WireError, pack_parcel, DEVICE, COUNTER_MAX + 1, b"x", signer())
    raises(frame.WireError, pack_parcel, DEVICE, 1, b"", signer())
    raises(frame.WireError, pack_parcel, DEVICE, 1, bytes(PARCEL_BYTES_MAX + 1), signer())
    raises(frame.WireError, pack_parcel, DEVICE, 0, b"x", signer())
    assert fed(assembly(), pack_parcel(DEVICE, 1, bytes(PARCEL_BYTES_MAX), signer()))[-1]


def test_a_piece_that_claims_a_place_beyond_its_count_is_refused_even_with_a_good_seal():
    body = pack_parcel(DEVICE, 1, b"{}", signer())[0][:-16]
    for place, count in ((1, 1), (0, 0), (0, 17), (16, 17)):
        bad = body[:14] + bytes([0, place, 0, count]) + body[18:]
        reason = raises(frame.WireError, assembly().take, bad + signer().seal(bad)).reason
        assert reason == frame.BAD_FIELD


def test_an_image_is_packed_like_a_parcel_with_a_type_of_its_own():
    piece = pack_image(DEVICE, 258, b"image", signer(seal.UPDATE))[0]
    assert piece[:18] == b"\x01\x06keypad01\x00\x00\x01\x02\x00\x00\x00\x01"
    assert piece[18:] == b"image" + signer(seal.UPDATE).seal(piece[:-16])
    assert raises(frame.WireError, assembly().take, piece).reason == frame.WRONG_TYPE
    most = parcel.IMAGE_PIECES_MAX * DATA_BYTES_MAX
    raises(frame.WireError, pack_image, DEVICE, 1, bytes(most + 1), signer(seal.UPDATE))


def test_what_a_keypad_says_of_settings_and_images_keeps_its_numbers():
    """Keypads and receivers of different versions read them in each other's signals."""
    names = "TRYING STAY TAKEN_BACK BROKEN TOGETHER SETTING"
    assert [getattr(parcel, name) for name in names.split()] == [0, 1, 0, 1, 2, 100]
    names = "NO_MAKER UNSIGNED OLD OTHER_MICROPYTHON BROKEN_IMAGE NO_ROOM FETCH_WINDOW"
    assert [getattr(parcel, name) for name in names.split()] == [1, 2, 3, 4, 5, 6, 32]
    assert (parcel.COUNTER_MAX, parcel.IMAGE_PIECES_MAX) == (2**31 - 1, 4096)
    assert (parcel.PARCEL_BYTES_MAX, parcel.SETTINGS_BYTES_MAX) == (1504, 1024)
