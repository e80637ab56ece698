"""Mains, lid, clock and disk: told when they change, once, and only when they hold."""

from alarm_wire.signal import (
    CLOCK_SKEWED,
    MAINS_LOST,
    MAINS_RESTORED,
    STORE_RESTORED,
    STORE_TROUBLE,
    TAMPER,
)
from gateway import body
from gateway.body import Body
from gateway.config import Inputs


def kinds(changes):
    return [change.kind for change in changes]


def test_mains_must_be_gone_for_two_looks_and_is_told_once_each_way(tmp_path):
    mains = tmp_path / "online"
    mains.write_text("1\n")
    looked = Body(tmp_path, Inputs(mains_file=str(mains)))
    assert looked.look() == []
    mains.write_text("0\n")
    assert looked.look() == []
    mains.write_text("1\n")
    assert looked.look() == []
    mains.write_text("0\n")
    looked.look()
    lost = looked.look()
    assert kinds(lost) == [MAINS_LOST]
    assert "says '0', good is '1'" in lost[0].text
    assert looked.look() == []
    mains.write_text("1\n")
    looked.look()
    assert kinds(looked.look()) == [MAINS_RESTORED]


def test_a_cut_wire_is_no_good_news(tmp_path):
    looked = Body(tmp_path, Inputs(tamper_file=str(tmp_path / "gone"), tamper_good="0"))
    looked.look()
    assert kinds(looked.look()) == [TAMPER]


def test_a_disk_that_fills_up_is_told_before_it_is_full(tmp_path, monkeypatch):
    looked = Body(tmp_path, Inputs())
    monkeypatch.setattr(body, "FREE_BYTES_MIN", 10**18)
    looked.look()
    assert kinds(looked.look()) == [STORE_TROUBLE]
    monkeypatch.setattr(body, "FREE_BYTES_MIN", 0)
    looked.look()
    assert kinds(looked.look()) == [STORE_RESTORED]
    assert Body(tmp_path / "none", Inputs()).look() == []


def test_a_clock_far_from_the_receivers_is_told_once_until_it_is_right_again(tmp_path):
    looked = Body(tmp_path, Inputs())
    assert looked.clock(1, 1_000_000, 1_059_000) == []
    (skewed,) = looked.clock(1, 1_000_000, 1_061_000)
    assert (skewed.kind, skewed.value) == (CLOCK_SKEWED, 61)
    assert looked.clock(1, 2_000_000, 1_000_000) == []
    assert looked.clock(1, 1_000_000, 1_000_000) == []
    (again,) = looked.clock(1, 2_000_000, 1_000_000)
    assert again.value == -1000


def test_one_receiver_whose_own_clock_is_wrong_is_told_once_beside_one_that_is_right(tmp_path):
    looked = Body(tmp_path, Inputs())
    told = [looked.clock(path, 1_000_000 * path, 1_000_000) for path in (1, 2, 1, 2, 1, 2)]
    assert [len(one) for one in told] == [0, 1, 0, 0, 0, 0]
    assert (looked.skew_ms(1), looked.skew_ms(2), looked.skew_ms(3)) == (0, -1_000_000, 0)
