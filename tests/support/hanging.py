"""Somebody else's server that hangs: it takes connections and says nothing, or next to nothing."""

import socket
import socketserver
import threading
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def saying(drip=b""):
    """The address of a server that takes every connection and says `drip` ten times a second."""
    ended = threading.Event()

    class Slow(socketserver.BaseRequestHandler):
        def handle(self):
            while not ended.wait(0.1):
                try:
                    self.request.sendall(drip)
                except OSError:
                    return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


@contextmanager
def deaf(count):
    """Addresses on one port at which nobody ever takes a connection, nor refuses one."""
    hosts = [f"127.0.0.{number + 1}" for number in range(count)]
    with ExitStack() as held:
        port, waiting = 0, []
        for host in hosts:
            listening = held.enter_context(socket.create_server((host, port), backlog=0))
            port = listening.getsockname()[1]
            for _ in range(2):  # a full queue: the system drops whoever comes next
                one = held.enter_context(socket.socket())
                one.setblocking(False)
                one.connect_ex((host, port))
                waiting.append(one)
        yield hosts, port


@contextmanager
def pouring(head):
    """A server that answers with `head` and then pours without end, as fast as it is read."""

    class Pours(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65_536)
            with suppress(OSError):
                self.request.sendall(head)
                while True:
                    self.request.sendall(b"x" * 65_536)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Pours)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        server.server_close()
