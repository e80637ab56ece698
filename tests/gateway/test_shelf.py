"""Who makes room when the spool is full."""

from gateway.shelf import Shelf


def shelf(*urgencies):
    made = Shelf(len(urgencies))
    for number, urgency in enumerate(urgencies):
        made.put(bytes([number]), urgency)
    assert made.full()
    return made


def test_what_a_receiver_has_goes_first_the_least_urgent_of_it_and_the_oldest():
    made = shelf(0, 0, 1, 2, 2)
    for content in (b"\x01", b"\x03", b"\x04"):
        made.safe(content)
    made.safe(b"\x09")
    assert made.victim(2) == b"\x03"
    made.remove(b"\x03")
    made.remove(b"\x04")
    assert made.victim(2) == b"\x01"


def test_then_what_is_less_urgent_than_the_newcomer_and_never_the_other_way():
    assert shelf(0, 1, 2).victim(0) == b"\x02"
    assert shelf(0, 1).victim(0) == b"\x01"
    assert shelf(0, 0).victim(0) is None
    assert shelf(1, 2).victim(1) == b"\x01"
    assert shelf(2, 2).victim(2) is None
    assert shelf(0, 1).victim(2) is None


def test_a_place_is_kept_once_and_freed_once():
    made = shelf(0, 2)
    made.put(b"\x00", 0)
    assert len(made) == 2
    assert made.remove(b"\x00")
    assert not made.remove(b"\x00")
    assert b"\x00" not in made
    assert not made.full()


def test_what_no_keypad_keeps_is_never_let_go_until_a_receiver_has_it():
    made = Shelf(1)
    made.put(b"\x00", 2, ours=True)
    assert made.victim(0) is None
    made.safe(b"\x00")
    assert made.victim(2) == b"\x00"
    assert made.remove(b"\x00")
    assert made.victim(0) is None
