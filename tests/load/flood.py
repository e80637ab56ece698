"""A load generator that costs little: one thread, bare sockets, requests that are bytes already.

Closed loop: each client sends its next request when it has read the whole answer to the one before.
All clients are connected, and have had one answer, before the clock starts. On a machine of two
cores the generator lives beside what it measures, so its own CPU is counted and shown; answers are
checked when the clock has stopped.
"""

import gc
import select
import socket
import time


class Client:
    """One connection and what is still to be sent on it."""

    __slots__ = ("answer", "requests", "socket", "started")

    def __init__(self, port, requests):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = iter(requests)
        self.answer = b""
        self.started = 0.0


class Flood:
    """What came of one run: seconds of each request, all answers, length and our own CPU."""

    def __init__(self):
        self.took_s = []
        self.answers = []
        self.lasted_s = 0.0
        self.cpu_s = 0.0
        self._lengths = {}

    def run(self, port, warming, work):
        """Send one of `warming` and then all of its share of `work` over each connection."""
        clients = [Client(port, (first, *rest)) for first, rest in zip(warming, work, strict=True)]
        try:
            self._rounds(clients, 1)
            self.took_s.clear()
            gc.collect()
            gc.disable()
            cpu_s, started = time.process_time(), time.perf_counter()
            self._rounds(clients, None)
            self.lasted_s = time.perf_counter() - started
            self.cpu_s = time.process_time() - cpu_s
        finally:
            gc.enable()
            for one in clients:
                one.socket.close()
        return self

    def _rounds(self, clients, count):
        """Until every client has had `count` answers more, or all of them."""
        poll = select.epoll()
        by_number = {one.socket.fileno(): one for one in clients}
        left = dict.fromkeys(by_number, count)
        for number, one in by_number.items():
            self._send(one)
            poll.register(number, select.EPOLLIN)
        with poll:
            while left:
                for number, _ in poll.poll():
                    one = by_number[number]
                    if not self._read(one):
                        continue
                    if count is not None or not self._send(one):
                        poll.unregister(number)
                        del left[number]

    @staticmethod
    def _send(one):
        """Send the next request; False: there is none."""
        request = next(one.requests, None)
        if request is None:
            return False
        one.started = time.perf_counter()
        one.socket.sendall(request)
        return True

    def _read(self, one):
        """Read what is there; whether the answer is whole."""
        got = one.socket.recv(262_144)
        if not got:
            raise SystemExit(f"the connection was closed after {one.answer[:300]!r}")
        one.answer = one.answer + got if one.answer else got
        head, found, body = one.answer.partition(b"\r\n\r\n")
        if not found:
            return False
        length = self._lengths.get(head)
        if length is None:
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self._lengths[head] = length
        if len(body) < length:
            return False
        self.took_s.append(time.perf_counter() - one.started)
        self.answers.append((head, body))
        one.answer = b""
        return True
