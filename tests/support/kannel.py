"""An SMS gateway as Kannel's user guide describes its HTTP doors: sendsms, and dlr-url called back.

It knows one user; it takes what has the fields it needs and answers 202 as Kannel does; it calls a
dlr-url for the reports that the dlr-mask asked for, with %d replaced by the report's number.
"""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx

USER, PASSWORD = "holdfast", "kannel's own"
NEEDED = ("username", "password", "to", "text", "coding", "charset")


class Door(BaseHTTPRequestHandler):
    """GET /cgi-bin/sendsms."""

    def do_GET(self):
        asked = {name: one[0] for name, one in parse_qs(urlsplit(self.path).query).items()}
        if urlsplit(self.path).path != "/cgi-bin/sendsms":
            return self._say(404, "Unknown request.")
        if (asked.get("username"), asked.get("password")) != (USER, PASSWORD):
            return self._say(403, "Authorization failed for sendsms")
        if missing := [one for one in NEEDED if not asked.get(one)]:
            return self._say(400, f"Missing {missing}")
        self.server.taken.append(asked)
        return self._say(202, "0: Accepted for delivery")

    def _say(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


class Kannel(ThreadingHTTPServer):
    """The gateway; `taken` is what it took for sending."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Door)
        self.taken = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/cgi-bin/sendsms"

    def report(self, taken, number):
        """Call back with a delivery report, if it was asked for; the status of the answer."""
        if not int(taken["dlr-mask"]) & number:
            return None
        return httpx.get(taken["dlr-url"].replace("%d", str(number)), timeout=20).status_code


@contextmanager
def kannel():
    """One on a free port."""
    server = Kannel()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
