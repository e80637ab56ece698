"""Codes, duress codes, ghosts and the lock-out of the matrix."""

from keypad.codes import (
    DURESS,
    ENTRY_MS_MAX,
    FREE_MS,
    KEYS,
    LOCK_MS_MAX,
    LOCK_MS_MIN,
    LOCKED,
    STUCK_MS,
    TRIES_MAX,
    USER,
    WRONG,
    Codes,
    Keys,
)
from keypad.slips import check, neighbours
from plain import raises

PAIRS = [("1234", "9071"), ("445566", "")]


class Told:
    def __init__(self, what, user, wish):
        self.what = what
        self.user = user
        self.wish = wish


def entered(codes, text, at=0):
    answer = None
    for key in text:
        answer = codes.key(at, key)
    return answer and Told(*answer)


def test_a_code_is_its_users_and_a_duress_code_is_the_same_users():
    codes = Codes(PAIRS)
    answer = entered(codes, "1234#")
    assert (answer.what, answer.user, answer.wish) == (USER, 1, "")
    answer = entered(codes, "9071#")
    assert (answer.what, answer.user) == (DURESS, 1)
    assert entered(codes, "445566#").user == 2


def test_a_wish_follows_the_code():
    answer = entered(Codes(PAIRS), "1234*1#")
    assert (answer.what, answer.wish) == (USER, "1")


def test_a_wrong_code_an_empty_entry_and_a_missing_duress_code():
    codes = Codes(PAIRS)
    for wrong in ("1235#", "123#", "12345#", "000000000000#", "12340000#", "____#", "none#"):
        assert entered(codes, wrong, at=10**9).what in (WRONG, LOCKED)
    assert entered(Codes(PAIRS), "#") is None
    assert entered(Codes(PAIRS), "*#") is None


def test_a_star_at_the_start_and_a_long_pause_clear_the_entry():
    codes = Codes(PAIRS)
    assert entered(codes, "*1234#").what == USER
    entered(codes, "12")
    assert codes.key(ENTRY_MS_MAX + 1, "3") is None
    assert entered(codes, "4#", ENTRY_MS_MAX + 1).what == WRONG


def test_five_wrong_codes_lock_longer_each_time_and_a_good_one_ends_that():
    codes = Codes(PAIRS)
    for _ in range(TRIES_MAX - 1):
        assert entered(codes, "0000#").what == WRONG
    assert entered(codes, "0000#").wish == "now"
    answer = entered(codes, "1234#", LOCK_MS_MIN - 1)
    assert (answer.what, answer.wish) == (LOCKED, "")
    for _ in range(TRIES_MAX):
        entered(codes, "0000#", LOCK_MS_MIN)
    assert entered(codes, "1234#", 3 * LOCK_MS_MIN - 1).what == LOCKED
    assert entered(codes, "1234#", 3 * LOCK_MS_MIN).what == USER


def test_a_duress_code_calls_for_help_also_while_locked_and_looks_locked():
    codes = Codes(PAIRS)
    for _ in range(TRIES_MAX):
        entered(codes, "0000#")
    answer = entered(codes, "9071#", 1000)
    assert (answer.what, answer.user, answer.wish) == (LOCKED, 1, "")
    for other in ("1234#", "445566#", "9072#", "0000#"):
        answer = entered(codes, other, 2000)
        assert (answer.what, answer.user, answer.wish) == (LOCKED, 0, "")
    # it ends no lock and counts for none
    assert entered(codes, "1234#", LOCK_MS_MIN - 1).what == LOCKED
    assert entered(codes, "1234#", LOCK_MS_MIN).what == USER


def test_wrong_codes_and_a_lock_outlast_a_power_cut():
    """Else whoever holds the plug tries five more each time."""
    codes = Codes(PAIRS)
    for _ in range(TRIES_MAX - 1):
        assert entered(codes, "0000#").what == WRONG
    again = Codes(PAIRS, codes.tries(0))
    assert entered(again, "0000#").wish == "now"
    # nobody knows how long power was gone: the whole time anew
    again = Codes(PAIRS, again.tries(LOCK_MS_MIN - 1), 500)
    assert entered(again, "1234#", 500 + LOCK_MS_MIN - 1).what == LOCKED
    assert entered(again, "9071#", 500 + LOCK_MS_MIN - 1).user == 1
    for _ in range(TRIES_MAX):
        entered(again, "0000#", 500 + LOCK_MS_MIN)
    again = Codes(PAIRS, again.tries(600 + LOCK_MS_MIN))
    assert entered(again, "1234#", 2 * LOCK_MS_MIN - 1).what == LOCKED
    assert entered(again, "1234#", 2 * LOCK_MS_MIN).what == USER
    assert again.tries(2 * LOCK_MS_MIN) == 0


def test_a_lock_that_is_over_is_none_after_a_power_cut_and_none_is_longer_than_the_longest():
    codes = Codes(PAIRS)
    now_ms = 0
    for _ in range(9):
        for _ in range(TRIES_MAX):
            entered(codes, "0000#", now_ms)
        now_ms += LOCK_MS_MAX
    assert entered(Codes(PAIRS, codes.tries(now_ms)), "1234#").what == USER
    longest = Codes(PAIRS, codes.tries(now_ms - 1))
    assert entered(longest, "1234#", LOCK_MS_MAX - 1).what == LOCKED
    assert entered(longest, "1234#", LOCK_MS_MAX).what == USER


def test_neighbours_are_one_slip_apart():
    for one, other in (("1234", "1235"), ("1234", "9234"), ("1299", "1300"), ("1234", "12345")):
        assert neighbours(one, other)
        assert neighbours(other, one)
    assert not neighbours("1234", "1345")


def test_bad_lists_of_codes_are_refused():
    for pairs, why in (
        ([("123", "")], "4 to 8 digits"),
        ([("123456789", "")], "4 to 8 digits"),
        ([("12a4", "")], "4 to 8 digits"),
        ([("", "")], "4 to 8 digits"),
        ([("1234", "1234")], "taken twice"),
        ([("1234", ""), ("1234", "")], "taken twice"),
        ([("1234", "1235")], "too near"),
        ([("1234", "7788"), ("7789", "")], "too near"),
        ([("1234", "1243")], "too near"),
        ([("12345", "1245")], "too near"),
        ([("1234", "12234")], "too near"),
    ):
        assert why in str(raises(ValueError, check, pairs))


def test_one_slip_is_near_and_two_are_not():
    for other in ("1235", "1243", "2134", "124", "12334", "91234", "12349", "1233", "9234"):
        assert neighbours("1234", other)
        assert neighbours(other, "1234")
    for other in ("1290", "4321", "1342", "56789", "125", "123399", "2143"):
        assert not neighbours("1234", other)
    assert neighbours("1299", "1300")


def test_digits_after_the_eighth_are_not_left_out_of_the_comparison():
    codes = Codes([("12345678", "90717071")])
    for longer in ("123456789#", "12345678000#", "907170719#"):
        assert entered(codes, longer).what == WRONG


def held(*keys):
    return sum(1 << KEYS.index(key) for key in keys)


def test_a_key_counts_once_after_it_was_held():
    keys = Keys()
    told = [keys.sample(place * 5, held("7")) for place in range(8)]
    assert told == [None, None, None, None, "7", None, None, None]
    assert keys.sample(50, 0) is None
    keys.sample(60, held("7"))
    assert keys.sample(80, held("7")) == "7"


def test_every_key_has_its_name():
    for key in KEYS:
        keys = Keys()
        keys.sample(0, 0)
        keys.sample(5, held(key))
        assert keys.sample(30, held(key)) == key


def test_two_keys_at_once_are_none_and_leave_none_behind():
    keys = Keys()
    keys.sample(0, held("1", "2"))
    assert keys.sample(50, held("1", "2")) is None
    keys.sample(60, held("1"))
    assert keys.sample(90, held("1")) is None
    keys.sample(100, 0)
    keys.sample(110, held("1"))
    assert keys.sample(140, held("1")) == "1"


def test_bounce_of_a_key_is_no_second_key():
    keys = Keys()
    for now_ms in range(0, 15, 5):
        assert keys.sample(now_ms, held("5") if now_ms % 10 == 0 else 0) is None


def typed(keys, text, at, beside=0):
    """What comes of keys that are pressed and let go, one each 200 ms, `beside` those held."""
    told = ""
    for key in text:
        for now_ms in range(at, at + 200, 5):
            told += keys.sample(now_ms, beside | (held(key) if now_ms < at + 100 else 0)) or ""
        at += 200
    return told


def test_a_key_that_sticks_does_not_keep_the_others_from_counting():
    keys = Keys()
    stuck = held("5")
    for now_ms in range(0, STUCK_MS, 5):
        keys.sample(now_ms, stuck)
    assert keys.stuck == 0
    keys.sample(STUCK_MS, stuck)
    assert typed(keys, "9071#", STUCK_MS + 5, stuck) == "9071#"
    assert keys.stuck == stuck


def test_a_stuck_key_counts_again_once_it_has_stayed_open():
    keys = Keys(held("5"))
    at = 0
    for _ in range(3):  # it comes and goes
        for now_ms in range(at, at + FREE_MS - 5, 5):
            assert keys.sample(now_ms, 0) is None
        at += FREE_MS
        keys.sample(at - 5, held("5"))
    assert keys.stuck
    for now_ms in range(at, at + FREE_MS + 10, 5):
        keys.sample(now_ms, 0)
    assert not keys.stuck
    assert typed(keys, "5", at + FREE_MS + 10) == "5"


def test_a_stretch_in_which_nobody_looked_makes_no_key_stick():
    keys = Keys()
    keys.sample(0, held("5"))
    assert keys.sample(2 * STUCK_MS, held("5")) == "5"
    assert not keys.stuck


def test_keys_that_are_typed_for_long_do_not_stick():
    keys = Keys()
    assert typed(keys, "1234567890" * 10, 0) == "1234567890" * 10
    assert not keys.stuck
