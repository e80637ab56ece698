"""Faults put into the gateway on purpose: a harness that proves "nothing lost" must catch each.

Each function changes the running process only; the zygote calls it in the child before the start.
"""


def puback_before_commit():
    """Answer the broker when a signal comes in, not when it is on disk."""
    from gateway.writer import Writer

    offer = Writer.offer

    def early(self, offered, wait_s=0.0):
        offered.puback()
        return offer(self, offered, wait_s)

    Writer.offer = early


def drop_when_sent():
    """Take the sending for the receipt."""
    from gateway.shell import Gateway

    frames = Gateway.frames

    def sent(self, order):
        for frame in order.frames:
            if frame.content:
                self.writer.drop(frame.content)
        return frames(self, order)

    Gateway.frames = sent


def forget_what_waits():
    """Begin each start with an empty relay."""
    from gateway.spool import Spool

    Spool.kept = lambda _: []


def commit_without_sync():
    """Let the disk decide when to write."""
    from gateway import spool

    connect = spool.connect

    def lazy(path):
        db = connect(path)
        db.execute("PRAGMA synchronous = OFF")
        return db

    spool.connect = lazy


def stop_at_the_first_receiver():
    """Fail over instead of telling every receiver."""
    from gateway.relay import Relay

    answered = Relay._signal_answered

    def one(self, receiver, frame, answer, reason):
        acts = answered(self, receiver, frame, answer, reason)
        self.forget([frame.content])
        return acts

    Relay._signal_answered = one


def use_an_epoch_twice():
    """Begin each start with the same epoch, numbers from one."""
    from gateway import start

    class Own(start.Own):
        def __init__(self, device, key, _epoch, _number_high):
            super().__init__(device, key, 7, 0)

    start.Own = Own


def fail_on_input():
    """Raise where the broker's thread hands an input on."""
    from gateway.writer import Writer

    def failing(_writer, offer, *_wait):
        if offer.frame.device == b"\xaa\x00\x00\x00\x00\x00\x00\x01":
            return  # the gateway's own signals do not come by the broker's thread
        raise RuntimeError("seeded")

    Writer.offer = failing


def slow_disk():
    """No fault: a card that takes 20 ms for each fsync, so that a kill can fall before it."""
    import time

    from gateway.spool import Spool

    commit = Spool.commit

    def slowly(self, group):
        time.sleep(0.02)
        commit(self, group)

    Spool.commit = slowly


def impatient_paths():
    """No fault: reporting times of EN 50136 a hundred times shorter, so that a test can wait."""
    from gateway.paths import Paths

    reporting_ms = Paths._reporting_ms
    Paths._reporting_ms = lambda self, path: reporting_ms(self, path) // 100


def an_hour_ahead():
    """No fault of ours: a wall clock that is an hour ahead where DC-09 stamps its frames."""
    import time
    from types import SimpleNamespace

    from gateway import outsider

    outsider.time = SimpleNamespace(time=lambda: time.time() + 3600)
