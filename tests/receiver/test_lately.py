"""Who was heard lately outlives its process: newest first, whole records only, in a small file."""

import errno

import pytest

from alarm_receiver.domain.hearing import KEEP_MS, Hearing
from alarm_receiver.store import lately
from alarm_receiver.store.lately import Lately

ONE, TWO = b"device-1", b"device-2"


class House:
    """A data folder, and the log of those who use it."""

    def __init__(self, folder):
        self.folder, self.lines = folder, []

    def enter(self):
        return Lately(self.folder, lambda what, **_: self.lines.append(what))

    def left(self):
        one = self.enter()
        found = sorted(one.left())
        for _, file in one._dead:
            file.close()
        return found

    def files(self):
        return sorted(self.folder.glob("heard-*"))


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def killed(one):
    """What a SIGKILL does to it: its file stays, and nobody holds it."""
    one._file.close()


def test_the_newest_of_all_files_counts_and_those_of_the_dead_go_once_it_is_kept(house):
    first, second, alive = house.enter(), house.enter(), house.enter()
    first.note([(ONE, 1, 9, 90), (TWO, 1, 1, 10)], list)
    first.note([(ONE, 2, 1, 95)], list)
    second.note([(ONE, 1, 50, 80)], list)
    alive.note([(TWO, 1, 3, 30)], list)
    killed(first)
    killed(second)
    later = house.enter()
    assert sorted(later.left()) == [(ONE, 2, 1, 95), (TWO, 1, 3, 30)]
    assert len(house.files()) == 3, "nothing goes before the store has it"
    later.forget()
    assert house.files() == [alive._path]
    alive.end(kept=False)
    assert house.left() == [(TWO, 1, 3, 30)], "an end that could not be kept leaves its file"


def test_an_orderly_end_leaves_nothing(house):
    one = house.enter()
    one.note([(ONE, 1, 9, 90)], list)
    one.end(kept=True)
    assert house.files() == []


def test_a_record_that_was_cut_or_changed_counts_for_nothing(house):
    one = house.enter()
    one.note([(ONE, 1, 9, 90), (TWO, 1, 1, 10)], list)
    killed(one)
    (path,) = house.files()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert house.left() == [(ONE, 1, 9, 90)]
    path.write_bytes(b"\xff" + whole[1:])
    assert house.left() == [(TWO, 1, 1, 10)]


def test_the_file_is_written_anew_with_what_the_store_has_not(house, monkeypatch):
    monkeypatch.setattr(lately, "BYTES_MAX", 400)
    one = house.enter()
    one._bytes_max = 400
    for number in range(1, 200):
        one.note([(ONE, 1, number, number), (TWO, 1, number, number)], lambda: [(TWO, 1, 300, 3)])
    assert sum(path.stat().st_size for path in house.files()) < 600
    assert (TWO, 1, 300, 3) in house.left()
    killed(one)


class Full:
    """A file on a disk with room for half a write."""

    def __init__(self, file):
        self.file, self.full = file, True

    def write(self, data):
        return self.file.write(data[: len(data) // 2] if self.full else data)

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_full_disk_is_said_once_and_what_was_missed_is_written_when_it_has_room(house):
    one = house.enter()
    one.note([(ONE, 1, 1, 1)], list)
    one._file = Full(one._file)
    for number in (2, 3):
        one.note([(TWO, 1, number, number)], list)
    assert house.lines == ["heard_not_noted"]
    one._file.full = False
    one.note([], lambda: [(TWO, 1, 3, 3)])
    killed(one)
    assert house.left() == [(ONE, 1, 1, 1), (TWO, 1, 3, 3)]


def test_a_folder_that_cannot_be_written_stops_nobody(house, monkeypatch):
    def refused(_path):
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(lately, "_begun", refused)
    one = house.enter()
    one.note([(ONE, 1, 1, 1)], list)
    one.end(kept=False)
    assert house.lines == ["heard_not_noted"]


def test_whom_the_store_has_not_is_known_whatever_is_kept_between():
    hearing, at_ms = Hearing(), 2 * KEEP_MS
    for device in (ONE, TWO):
        hearing.hear(device, 1, 1, at_ms, prompt=False)
    assert hearing.lately() == [(ONE, 1, 1, at_ms), (TWO, 1, 1, at_ms)]
    assert hearing.lately() == []
    rows = hearing.unkept(9)
    hearing.hear(ONE, 1, 2, at_ms + 5, prompt=False)
    hearing.kept(rows)
    newer = [(ONE, 1, 2, at_ms + 5)]
    assert hearing.since_kept() == hearing.lately() == newer
    assert hearing.unkept(9) == newer, "it was to be kept, and something newer came"
    hearing.kept(newer)
    hearing.hear(TWO, 1, 2, at_ms + 9, prompt=False)
    assert hearing.unkept(9) == [], "every ten minutes is enough for the store"
    assert hearing.since_kept() == [(TWO, 1, 2, at_ms + 9)]
