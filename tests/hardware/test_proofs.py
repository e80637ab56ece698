"""The circuit proofs hold, and each fails when its circuit is made wrong. Needs ngspice."""

import pytest

from hardware.books import Books
from hardware.checks.everything import PROOFS
from hardware.proofs import Claim, bounce, discharge, loop
from needs import needs


@pytest.fixture(scope="module", autouse=True)
def _ngspice():
    needs("ngspice")


@pytest.mark.parametrize("name", PROOFS)
def test_every_claim_holds(name):
    proof = PROOFS[name](Books())
    assert proof.claims
    assert proof.complaints == []


def test_a_claim_can_fail_both_ways():
    assert not Claim("x", 1, 2, "V").holds
    assert not Claim("x", 3, 2, "V", at_least=False).holds


def test_without_its_clamp_the_loop_would_break_the_pin():
    books = Books()
    highest = discharge.peak(books, "loop", books.fact("esd_contact_v"), clamp=False)[1]
    assert highest > books.values["rail"]["volt"] + books.fact("pin_above_rail_v")


def test_half_the_filter_chatters():
    books = Books()
    fitted = books.ohms
    books.ohms = lambda board, ref: fitted(board, ref) / (2 if ref == "C103" else 1)
    assert any("two edges" in line for line in bounce.prove(books, 50).complaints)


def test_contacts_replay_from_their_seed():
    assert bounce.contacts(7, 0.01, (5e-5, 1.5e-3)) == bounce.contacts(7, 0.01, (5e-5, 1.5e-3))
    assert bounce.contacts(7, 0.01, (5e-5, 1.5e-3)) != bounce.contacts(8, 0.01, (5e-5, 1.5e-3))


def test_the_referee_sees_a_wrong_formula(monkeypatch):
    low, high = loop.windows(Books(), 0.05, 1e5)["alarm"]
    assert loop.referee([low, high]) < loop.REFEREE_V
    monkeypatch.setattr(loop.Corner, "volt", lambda corner: corner.rail_v / 2)
    assert loop.referee([low, high]) > loop.REFEREE_V
