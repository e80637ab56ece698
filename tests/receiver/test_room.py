"""Who goes when there are more connections than places: never one that is at work."""

import socket

import pytest

from alarm_receiver.web.room import LOOK_MAX, Room
from receiving import running


class Guest:
    def __init__(self, name, rests=True):
        self.name, self.resting, self.here = name, rests, True

    def rests(self):
        return self.resting

    def leave(self):
        self.here = False


def entered(room, *guests):
    for one in guests:
        assert room.enter(one)
    return guests


def test_the_oldest_that_never_asked_goes_first_then_the_oldest_that_rests():
    room = Room(3)
    served, silent, newer = entered(room, Guest("a"), Guest("b"), Guest("c"))
    room.asked(served)
    entered(room, Guest("d"))
    assert (served.here, silent.here, newer.here) == (True, False, True)
    room = Room(2)
    old, new = entered(room, Guest("a"), Guest("b"))
    room.asked(old)
    room.asked(new)
    (third,) = entered(room, Guest("c"))
    assert (old.here, new.here) == (False, True)
    room.left(third)
    entered(room, Guest("d"))
    assert new.here, "there was a place again"


def test_none_that_is_at_work_is_cut():
    room = Room(2)
    guests = entered(room, Guest("a", rests=False), Guest("b", rests=False))
    assert not room.enter(Guest("c"))
    assert all(one.here for one in guests)
    guests[1].resting = True
    assert room.enter(Guest("d"))
    assert not guests[1].here


def test_a_newcomer_looks_at_so_many_and_no_more():
    room = Room(LOOK_MAX + 1)
    entered(room, *(Guest(str(n), rests=False) for n in range(LOOK_MAX)), Guest("last"))
    assert not room.enter(Guest("new"))


@pytest.mark.parametrize("words", [b"", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_real_connection_makes_room_for_the_next(tmp_path, words):
    with running(tmp_path) as (receiver, client):
        room = receiver.server.config.http_protocol_class.room
        client.close()
        room._places = 2
        where = ("127.0.0.1", receiver.port)
        lines = []
        for _ in range(4):
            line = socket.create_connection(where, timeout=20)
            lines.append(line)
            line.sendall(words)
            assert not words or line.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert [gone(line) for line in lines[:2]] == [True, True]
        for line in lines:
            line.close()


def gone(line):
    try:
        return line.recv(1000) == b""
    except ConnectionResetError:
        return True
