"""Every kind has a code that other receivers know, also a kind of tomorrow."""

from alarm_wire.codes import CODES, code_of
from alarm_wire.signal import KIND_NAMES


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


# As other receivers read them: a digit more, and a duress code would be a fire.
WRITTEN = """
hold_up HA 1122, duress HA 1121, panic PA 1120, medical MA 1100, fire FA 1110, tamper TA 1137,
loop_fault HT 1380, mains_lost AT 1301, battery_low YT 1302, device_late ET 1330,
device_lost EM 1381, path_lost YC 1350, store_trouble YX 1300, code_locked JA 1461,
self_test_failed YX 1307, clock_skewed YX 1626, forgery TA 1145, held_back UT 1377,
started RR 1305, stopped YX 1308, test_started TS 1607, test_ended TE 3607,
tamper_restored TR 3137, loop_restored HJ 3380, mains_restored AR 3301,
battery_restored YR 3302, device_restored EN 3381, path_restored YK 3350,
store_restored YZ 3300, panel_reset HR 3122, config_changed YG 1306, updated YG 1306,
fetching YG 1306, certificate YG 1306, periodic_test RP 1602
"""


def test_the_codes_are_these():
    known = dict(CODES)
    for one in WRITTEN.replace("\n", " ").split(","):
        name, sia, contact_id = one.split()
        (kind,) = [kind for kind in KIND_NAMES if KIND_NAMES[kind] == name]
        code = known.pop(kind)
        assert (code.sia, code.contact_id()) == (sia, contact_id), name
    assert not known


def test_an_unknown_emergency_is_an_alarm_and_an_unknown_status_is_not():
    for kind, sia, contact_id in ((30, "UA", "1140"), (95, "UT", "1300"), (255, "RP", "1602")):
        assert (code_of(kind).sia, code_of(kind).contact_id()) == (sia, contact_id)


def test_a_restored_state_never_shares_the_code_of_its_alarm():
    for kind, name in KIND_NAMES.items():
        if name.endswith("_restored"):
            assert code_of(kind).qualifier == 3
