"""The watchdog starves when any one part stands still, and is fed while all go on."""

from keypad.vigil import COURIER_MS_MAX, LINK_MS_MAX, SAMPLER_MS_MAX, Vigil

WELL = {"ignored": False, "link_up": True, "link_ms": 0, "courier_ms": 0}


def fed(vigil, now_ms, **changed):
    named = dict(WELL)
    named.update(changed)
    return vigil.feed(now_ms, **named)


def test_it_is_fed_while_all_go_on():
    assert fed(Vigil(), 0)


def test_a_sampler_that_ignores_a_contact_starves_it():
    vigil = Vigil()
    assert fed(vigil, 0, ignored=True)
    assert fed(vigil, SAMPLER_MS_MAX, ignored=True)
    assert not fed(vigil, SAMPLER_MS_MAX + 1, ignored=True)
    assert fed(vigil, SAMPLER_MS_MAX + 2, ignored=False)
    assert fed(vigil, SAMPLER_MS_MAX + 3, ignored=True)


def test_a_courier_that_stands_still_starves_it_only_while_there_is_a_link():
    late = COURIER_MS_MAX + 1
    assert fed(Vigil(), late - 1, link_ms=late)
    assert not fed(Vigil(), late, link_ms=late)
    assert fed(Vigil(), late, link_ms=late, link_up=False)


def test_a_link_loop_that_stands_still_starves_it():
    late = LINK_MS_MAX + 1
    assert not fed(Vigil(), late, courier_ms=late)
