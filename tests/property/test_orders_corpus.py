"""10,000 mutations each of pieces of settings and of an image: none gets past a seal."""

import random

import pytest

from alarm_wire import seal
from alarm_wire.frame import WireError
from alarm_wire.parcel import Assembly, pack_image, pack_parcel

DEVICE = b"keypad01"
KEY = bytes(range(32))
COUNT = 10_000


def mutated(rng, piece, others):
    """One thing that somebody without the key can do to a piece."""
    bad = bytearray(piece)
    what = rng.randrange(6)
    if what == 0:
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
    elif what == 1:
        bad = bad[: rng.randrange(len(bad))]
    elif what == 2:
        bad += rng.randbytes(rng.randrange(1, 40))
    elif what == 3:
        place = rng.randrange(18)
        bad[place : place + 2] = rng.randbytes(2)
    elif what == 4:
        bad = bad[:-16] + bytearray(rng.choice(others)[-16:])
    else:
        bad = bytearray(rng.randbytes(len(bad)))
    return bytes(bad)


def taken(pieces, purpose, seed, *, checks=True):
    """How many mutations get past the seal, as the keypad asks it and as the assembly does."""
    rng = random.Random(seed)
    signer = seal.Signer(KEY, purpose)
    known = set(pieces)
    count = 0
    for _ in range(COUNT):
        bad = mutated(rng, rng.choice(pieces), pieces)
        if bad in known:
            continue
        held = not checks or signer.holds(bad[: -seal.SEAL_BYTES], bad[-seal.SEAL_BYTES :])
        count += held
        with pytest.raises(WireError):
            Assembly(DEVICE, 0, signer).take(bad)
    return count


@pytest.mark.parametrize("purpose", [seal.CONFIG, seal.UPDATE])
def test_no_mutation_is_taken(purpose):
    pack = pack_parcel if purpose == seal.CONFIG else pack_image
    pieces = pack(DEVICE, 7, bytes(range(256)) * 5, seal.Signer(KEY, purpose))
    assert taken(pieces, purpose, 3) == 0


def test_a_keypad_that_asks_no_seal_is_caught():
    pieces = pack_parcel(DEVICE, 7, bytes(range(256)) * 5, seal.Signer(KEY, seal.CONFIG))
    assert taken(pieces, seal.CONFIG, 3, checks=False) > COUNT * 0.9


def test_a_piece_for_one_purpose_is_none_for_the_other():
    pieces = pack_image(DEVICE, 7, b"x" * 100, seal.Signer(KEY, seal.UPDATE))
    config = seal.Signer(KEY, seal.CONFIG)
    assert not any(config.holds(piece[:-16], piece[-16:]) for piece in pieces)
