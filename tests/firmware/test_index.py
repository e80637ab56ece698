"""The index finds, orders and forgets numbers without ever growing."""

from keypad.index import Index


def filled(*entries):
    index = Index(8)
    for number, place, urgency in entries:
        assert index.put(number, place, urgency)
    return index


def test_the_most_urgent_come_first_then_the_oldest():
    index = filled((4, 40, 2), (1, 10, 2), (3, 30, 0), (2, 20, 1), (5, 50, 0))
    assert index.first(10) == [3, 5, 2, 1, 4]
    assert index.first(2) == [3, 5]
    assert index.first(0) == []


def test_a_known_number_gets_the_new_place():
    index = filled((1, 10, 0))
    assert index.put(1, 11, 0)
    assert (index.place(1), len(index)) == (11, 1)


def test_removing_gives_the_place_once():
    index = filled((1, 10, 0), (2, 20, 1), (3, 30, 2))
    assert index.remove(2) == 20
    assert index.remove(2) is None
    assert (index.place(1), index.place(2), index.place(3)) == (10, None, 30)
    assert index.first(9) == [1, 3]


def test_a_full_index_takes_no_new_number():
    index = filled(*[(number, number, 0) for number in range(1, 9)])
    assert not index.put(9, 9, 0)
    assert index.put(8, 99, 0)
    assert len(index) == 8


def test_the_oldest_of_a_class():
    index = filled((1, 1, 1), (2, 2, 2), (3, 3, 2))
    assert (index.oldest(0), index.oldest(1), index.oldest(2)) == (None, 1, 2)


def test_looking_for_a_block_goes_in_small_steps():
    index = filled((1, 300, 0), (2, 301, 0), (3, 5, 0), (4, 302, 0))
    assert index.next_in(0, 256, 0, 2) == (0, 2)
    assert index.next_in(0, 256, 2, 2) == (3, 0)
    assert index.next_in(0, 256, 3, 2) == (0, 0)


def test_a_known_number_may_change_its_class_even_when_full():
    index = Index(3)
    for number in (1, 2, 3):
        assert index.put(number, number, 2)
    assert index.put(2, 22, 0)
    assert index.first(9) == [2, 1, 3]
    assert [index.place(number) for number in (1, 2, 3)] == [1, 22, 3]
    assert (index.oldest(0), index.oldest(1), index.oldest(2)) == (2, None, 1)


def test_every_number_of_a_block_is_found_whatever_its_class():
    index = Index(60)
    for number in range(1, 61):
        index.put(number, 256 * (number % 2) + number, number * 7 % 3)
    found = []
    after = steps = 0
    while True:
        number, last = index.next_in(256, 512, after, 5)
        steps += 1
        if number:
            found.append(number)
            index.put(number, number, number * 7 % 3)
        elif not last:
            break
        after = number or last
    assert found == list(range(1, 61, 2))
    assert steps <= 31 + 12


def every(index):
    """All numbers, as upkeep comes by them: by number, whatever their class."""
    found = [0]
    while True:
        number, last = index.next_in(0, 0x10000, found[-1], 7)
        assert not last
        if not number:
            return found[1:]
        found.append(number)


def test_numbers_far_apart_are_told_from_each_other():
    index = filled((1, 10, 0), (0x10001, 20, 0), (0x7FFF0001, 30, 0), (0x10001, 21, 0))
    assert index.first(9) == [1, 0x10001, 0x7FFF0001]
    assert [index.place(number) for number in (1, 0x10001, 0x7FFF0001)] == [10, 21, 30]
    assert (index.place(0x20001), index.remove(0x30001), len(index)) == (None, None, 3)
    assert (index.remove(0x10001), index.first(9)) == (21, [1, 0x7FFF0001])


def test_it_agrees_with_a_dictionary_over_many_steps():
    index = Index(50)
    model = {}
    state = 1
    bases = (0, 0xFFE0, 0x1FFFE0, 0xFFFEFFE0)
    for _ in range(3000):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        number = bases[state >> 16 & 3] + (state >> 8 & 63)
        if state & 64:
            if index.put(number, state & 0xFFFF, number % 3):
                model[number] = state & 0xFFFF
        else:
            assert index.remove(number) == model.pop(number, None)
        assert len(index) == len(model)
    for number in [base + step for base in bases for step in range(64)]:
        assert index.place(number) == model.get(number)
    for urgency in (0, 1, 2):
        assert index.oldest(urgency) == min([n for n in model if n % 3 == urgency])
    assert every(index) == sorted(model)
    assert index.first(99) == sorted(model, key=lambda number: (number % 3, number))
