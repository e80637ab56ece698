"""A small receiver for tests of the gateway: verifies every seal, commits to SQLite, then answers.

It stands in for no real receiver: it has no tickets. It is strict where a gateway could go wrong:
wrong seals, reused identities and unknown devices are refused by name, and a receipt leaves only
after COMMIT. Run it in a thread (`StrictReceiver`) or as a process of its own that may be killed:
`python strict_receiver.py PORT FILE KEYS_JSON`.
"""

import json
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from alarm_wire.batch import BATCH_BYTES_MAX, pack, unpack
from alarm_wire.frame import (
    HEAD_BYTES,
    HEARTBEAT_FRAME,
    IDENTITY_REUSED,
    SIGNAL_FRAME,
    STALE,
    TOO_MANY,
    UNKNOWN_DEVICE,
    WireError,
    claim,
    content_of,
    open_heartbeat,
    open_signal,
)
from alarm_wire.receipt import (
    ACKNOWLEDGED,
    HEARD,
    STORED,
    Receipt,
    Refusal,
    pack_refusal,
    seal_receipt,
)
from alarm_wire.seal import HEARTBEAT, RECEIPT, SIGNAL, Signer
from alarm_wire.signal import EMERGENCY, STARTED, urgency

TABLE = """
CREATE TABLE IF NOT EXISTS signal (
    turn INTEGER PRIMARY KEY, device TEXT, epoch INTEGER, number INTEGER, kind INTEGER,
    about TEXT, value INTEGER, content BLOB, arrivals INTEGER, stored_ms INTEGER, at REAL,
    UNIQUE (device, epoch, number))
"""


class Store:
    """The signals of one receiver, durable when `take` has returned."""

    def __init__(self, path, keys):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute(TABLE)
        self.signers = {
            bytes.fromhex(device): {
                purpose: Signer(bytes.fromhex(key), purpose)
                for purpose in (SIGNAL, HEARTBEAT, RECEIPT)
            }
            for device, key in keys.items()
        }
        self.heartbeats = []
        self.requests = []
        self.acknowledged = []
        self.confirmed = 0
        self.clock_ahead_ms = 0
        self.too_many = False
        self.odd = 0

    def take(self, frames):
        """Answers to `frames`, in order, after one COMMIT."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            answers = [
                b"?" if claim(frame).number == self.odd else self._one(frame) for frame in frames
            ]
            self.db.execute("COMMIT")
            return answers

    def _one(self, frame):
        device, epoch, number = bytes(8), 0, 0
        try:
            claimed = claim(frame)
            device, epoch, number = claimed.identity()
            signers = self._signers_of(device)
            if claimed.kind_of_frame == HEARTBEAT_FRAME:
                open_heartbeat(frame, signers[HEARTBEAT])
                self._fresh(device, epoch)
                self.heartbeats.append((device, epoch, number))
                moment_ms = self.now_ms() + self.clock_ahead_ms
                return self.receipt(device, epoch, number, HEARD, moment_ms)
            signal, _ = open_signal(frame, signers[SIGNAL])
            self._limited(signal)
            return self._signal(signal)
        except WireError as error:
            return pack_refusal(Refusal(device, epoch, number, error.reason))

    def _limited(self, signal):
        if self.too_many and signal.kind >= STARTED:
            raise WireError(TOO_MANY, "status signals beyond the limit of one device")

    def _fresh(self, device, epoch):
        if any(who == device and epoch < later for who, later, _ in self.heartbeats):
            raise WireError(STALE, "a later start was heard")

    def _signers_of(self, device):
        if device not in self.signers:
            raise WireError(UNKNOWN_DEVICE, device.hex())
        return self.signers[device]

    def _signal(self, signal):
        content = content_of(signal)
        where = (signal.device.hex(), signal.epoch, signal.number)
        row = self.db.execute(
            "SELECT content, stored_ms FROM signal WHERE (device, epoch, number) = (?, ?, ?)", where
        ).fetchone()
        if row is not None:
            if row[0] != content:
                raise WireError(IDENTITY_REUSED, "other content")
            self.db.execute(
                "UPDATE signal SET arrivals = arrivals + 1 "
                "WHERE (device, epoch, number) = (?, ?, ?)",
                where,
            )
            return self.receipt(signal.device, signal.epoch, signal.number, STORED, row[1])
        now_ms = self.now_ms()
        self.db.execute(
            "INSERT INTO signal VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
            (*where, signal.kind, signal.about.hex(), signal.value, content, now_ms, time.time()),
        )
        return self.receipt(signal.device, signal.epoch, signal.number, STORED, now_ms)

    def receipt(self, device, epoch, number, state, moment_ms):
        """A sealed receipt frame."""
        receipt = Receipt(device, epoch, number, state, moment_utc_ms=moment_ms)
        return seal_receipt(receipt, self.signers[device][RECEIPT])

    def acknowledge(self, device, epoch, number):
        """Someone has taken the ticket: the next long poll brings it."""
        self.acknowledged.append(self.receipt(device, epoch, number, ACKNOWLEDGED, self.now_ms()))

    def rows(self):
        """(device, epoch, number, kind, arrivals) of every signal, in the order of arrival."""
        with self.lock:
            return self.db.execute(
                "SELECT device, epoch, number, kind, arrivals FROM signal ORDER BY turn"
            ).fetchall()

    @staticmethod
    def now_ms():
        return time.time_ns() // 1_000_000


def urgent(frame):
    """Whether this is the frame of an emergency."""
    claimed = claim(frame)
    return claimed.kind_of_frame == SIGNAL_FRAME and urgency(frame[HEAD_BYTES]) == EMERGENCY


class Handler(BaseHTTPRequestHandler):
    """The two requests of docs/architecture.md."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        where = urlsplit(self.path)
        receiver.store.requests.append((where.path, self.client_address, len(body)))
        if receiver.answer_with is not None:
            status, headers = receiver.answer_with
            self._answer(status, b"", headers)
            return
        try:
            assert len(body) <= BATCH_BYTES_MAX
            frames = unpack(body)
        except (WireError, AssertionError):
            self._answer(400, b"", {})
            return
        if where.path == "/v1/signals":
            if receiver.slow_but_for_alarms and not any(urgent(frame) for frame in frames):
                receiver.slow += 1
                time.sleep(10)
            self._answer(200, pack(receiver.store.take(frames)), {})
        elif where.path == "/v1/receipts":
            self._receipts(receiver, frames, parse_qs(where.query))
        else:
            self._answer(404, b"", {})

    def _receipts(self, receiver, frames, query):
        claimed = claim(frames[0])
        try:
            open_heartbeat(frames[0], receiver.store.signers[claimed.device][HEARTBEAT])
        except (WireError, KeyError):
            self._answer(401, b"", {})
            return
        after = int(query["after"][0])
        until = time.monotonic() + min(float(query["wait_s"][0]), 1.0)
        while time.monotonic() < until and len(receiver.store.acknowledged) <= after:
            time.sleep(0.01)
        fresh = receiver.store.acknowledged[after:]
        confirmed = {"Holdfast-Confirmed": str(receiver.store.confirmed)}
        sequence = after + len(fresh) if after <= len(receiver.store.acknowledged) else 0
        self._answer(200, pack(fresh), {"Holdfast-Sequence": str(sequence), **confirmed})

    def _answer(self, status, body, headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/vnd.holdfast.batch")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        """Tests look into the store."""


class Http(ThreadingHTTPServer):
    """Daemon threads; connections that break off are the client's business."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that went away is no error."""


class StrictReceiver:
    """One receiver in threads of this process. `answer_with` (status, headers) overrules all."""

    def __init__(self, path, keys, port=0):
        self.store = Store(str(path), keys)
        self.answer_with = None
        self.slow_but_for_alarms = False
        self.slow = 0
        self._keys = keys
        self._port = port
        self._http = None

    def start(self):
        self._http = Http(("127.0.0.1", self._port), Handler)
        self._http.receiver = self
        self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"


def main():
    port, path, keys = sys.argv[1:4]
    receiver = StrictReceiver(path, json.loads(keys), int(port)).start()
    print(receiver.url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
