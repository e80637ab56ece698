"""Somebody else's system over HTTP, as an agency or an SMS gateway has it."""

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Taking(BaseHTTPRequestHandler):
    """Takes what comes, or refuses it `refusals` times first; `location` sends elsewhere."""

    def do_POST(self):
        self.server.got.append(
            (dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
        )
        self._answer()

    def do_GET(self):
        self.server.got.append((self.path, b""))
        self._answer()

    def _answer(self):
        self.server.refusals -= 1
        self.send_response(500 if self.server.refusals >= 0 else self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


@contextmanager
def taking(certificate=None, key=None):
    """One such system on a free port, by TLS with a certificate; `got` is what came."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.got, server.refusals, server.status, server.location = [], 0, 202, ""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield server
    server.shutdown()
    server.server_close()
