"""Whose turn it is to write: the thread's and the loop's by turns, and nobody's for ever."""

import threading
import time

from alarm_receiver.store.turn import KEPT_S, Turn
from receiving import wait_for


class Asking:
    """A thread that takes the turn, holds it until told to give it, and ends."""

    def __init__(self, turn):
        self.has, self.may_give = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, args=(turn,))
        self.thread.start()

    def run(self, turn):
        turn.take()
        self.has.set()
        self.may_give.wait(20)
        turn.give()

    def end(self):
        self.may_give.set()
        self.thread.join(20)


def never():
    raise AssertionError("called although it has the turn")


def test_the_loop_has_it_when_nobody_else_has():
    turn = Turn()
    for _ in range(3):
        assert turn.take_now(never)
        turn.give()


def test_the_loop_is_called_when_the_thread_gives_it():
    turn, called = Turn(), threading.Event()
    one = Asking(turn)
    assert one.has.wait(20)
    assert not turn.take_now(called.set)
    assert not called.is_set()
    one.end()
    assert called.wait(20)
    assert turn.take_now(never)


def test_a_thread_that_waits_has_it_before_the_loop_has_it_again():
    turn, called = Turn(), threading.Event()
    assert turn.take_now(never)
    one = Asking(turn)
    wait_for(lambda: turn._thread_waits)
    turn.give()
    assert not turn.take_now(called.set), "the loop was faster, but it has just had it"
    assert one.has.wait(20)
    one.end()
    assert called.wait(20)


def test_a_loop_that_was_called_has_it_before_the_thread_has_it_again():
    turn, called = Turn(), threading.Event()
    turn.take()
    assert not turn.take_now(called.set)
    turn.give()
    assert called.is_set()
    one = Asking(turn)
    wait_for(lambda: turn._thread_waits)
    assert turn.take_now(never)
    turn.give()
    assert one.has.wait(20)
    one.end()


def test_a_loop_that_does_not_come_keeps_nobody_waiting_for_long():
    turn = Turn()
    turn.take()
    assert not turn.take_now(lambda: None)
    turn.give()
    begun = time.monotonic()
    turn.take()
    assert KEPT_S / 2 < time.monotonic() - begun < 20


def test_a_loop_that_has_ended_keeps_nobody_waiting():
    def closed():
        raise RuntimeError("Event loop is closed")

    turn = Turn()
    turn.take()
    assert not turn.take_now(closed)
    turn.give()
    assert not turn._kept
    turn.take()
