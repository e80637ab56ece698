"""10,000 power cuts of the flash ring lose nothing, and the harness sees the bugs it must see."""

import pytest

from flash_cuts import cut
from keypad import ring
from keypad.ring import BLOCK_BYTES, Ring
from longer import longer
from nor import Caching


def told(ledger):
    """One line of what was done to the ring, and what went wrong."""
    print(
        f"{ledger.cuts} cuts, {ledger.adds} added, {ledger.drops} dropped: {ledger.lost} lost, "
        f"{ledger.resurrected} came back, {ledger.altered} altered, {ledger.stuck} stuck"
    )
    return ledger


@pytest.mark.parametrize(("seed", "blocks"), [(1, 4), (2, 5), (3, 6), (4, 8), (5, 16)])
def test_nothing_is_lost_or_comes_back_in_2000_cuts(seed, blocks):
    ledger, flash = cut(seed, 2000, blocks=blocks, pending_max=40)
    told(ledger)
    assert (ledger.lost, ledger.resurrected, ledger.altered, ledger.stuck) == (0, 0, 0, 0)
    assert flash.erases / (ledger.adds + ledger.drops) <= 0.05


def test_the_harness_catches_a_ring_without_crc(monkeypatch):
    def believe(buffer, offset):
        kind, length = buffer[offset], buffer[offset + 1]
        return (kind in {1, 3} and 18 < length < 60) or (kind in {2, 4} and not length)

    monkeypatch.setattr(ring, "_valid", believe)
    assert sum(told(cut(seed, 200)[0]).faults() for seed in range(5)) > 0


def test_the_harness_catches_writes_that_are_not_flushed():
    assert told(cut(1, 100, flash=Caching)[0]).lost > 10


def test_the_harness_catches_a_block_that_is_closed_by_a_torn_record():
    class Closing(Ring):
        def _scan(self, block, buffer, *, tails):
            end = super()._scan(block, buffer, tails=tails)
            whole = sum(buffer[place] != 0xFF for place in range(end - 16, end))
            torn = whole and not self._ends_well(buffer, end)
            return BLOCK_BYTES if torn else end

        def _ends_well(self, buffer, end):
            return any(
                ring._valid(buffer, end - back) and ring._whole(buffer[end - back + 1]) == back
                for back in (16, 64)
                if end - back >= 16
            )

    ledger, _ = cut(1, 1000, ring=Closing, blocks=4, ops_max=4)
    assert told(ledger).stuck > 0


def test_the_harness_catches_erased_blocks_that_were_never_declared_dead():
    class Forgetful(Ring):
        _tail = property(lambda _: 0, lambda *_: None)

    assert sum(told(cut(seed, 1000, ring=Forgetful)[0]).resurrected for seed in range(3)) > 0


@pytest.mark.parametrize(
    ("seed", "cuts"), [(98, 50), (99, 50), *(longer(seed, 2500) for seed in range(100, 108))]
)
def test_nothing_is_lost_whatever_is_done_between_two_cuts(seed, cuts):
    ledger, flash = cut(seed, cuts, blocks=4 + seed % 5, ops_max=(8, 60, 400)[seed % 3])
    print(
        f"seed {seed}: {ledger.cuts} cuts, {ledger.adds} added, {ledger.drops} dropped, "
        f"{flash.erases / (ledger.adds + ledger.drops):.4f} erases per event"
    )
    assert ledger.faults() == 0
