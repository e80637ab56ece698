"""Every kind has a code that other receivers know, also a kind of tomorrow."""

from alarm_wire.codes import CODES, code_of
from alarm_wire.signal import HOLD_UP, KIND_NAMES, PERIODIC_TEST, TAMPER_RESTORED


def test_every_kind_has_a_code():
    assert set(CODES) == set(KIND_NAMES)


def test_codes_are_two_letters_and_four_digits():
    for kind in range(1, 256):
        code = code_of(kind)
        assert len(code.sia) == 2
        assert code.sia.isalpha()
        assert code.sia == code.sia.upper()
        assert len(code.contact_id()) == 4
        assert code.qualifier in (1, 3)


def test_some_that_everybody_knows():
    assert (code_of(HOLD_UP).sia, code_of(HOLD_UP).contact_id()) == ("HA", "1122")
    assert code_of(TAMPER_RESTORED).contact_id() == "3137"
    assert (code_of(PERIODIC_TEST).sia, code_of(PERIODIC_TEST).contact_id()) == ("RP", "1602")


def test_an_unknown_emergency_is_an_alarm_and_an_unknown_status_is_not():
    assert code_of(30).sia == "UA"
    assert code_of(95).sia == "UT"
    assert code_of(255).sia == "RP"


def test_a_restored_state_never_shares_the_code_of_its_alarm():
    for kind, name in KIND_NAMES.items():
        if name.endswith("_restored"):
            assert code_of(kind).qualifier == 3
