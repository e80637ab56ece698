"""Somebody else's server that hangs: it takes connections and says nothing, or next to nothing."""

import socketserver
import threading
from contextlib import contextmanager


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
