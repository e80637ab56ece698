"""A SIA DC-09 receiver by others, pysiaalarm, in a process of its own: our oracle.

It has faults of its own: it acknowledges before its user has stored anything, takes a plain frame
for an account that has a key, expects one frame in one segment, and leaves sockets open. It judges
our frames; it is no model for our receiver. `python other_receiver.py PROTOCOL PORT KEY BAND`.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

ACCOUNT = "AAA1"
TRIES = 4


class Theirs:
    """Started and ended by `with`; what it took comes by `events`."""

    def __init__(self, protocol, key=None, port=0, timeband=None):
        self._kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
        self._wanted = self.port = port
        self.events = queue.Queue()
        self._protocol, self._rest = protocol, [key or "", str(timeband or "")]

    def __enter__(self):
        for _ in range(TRIES):
            if self._started():
                break
            # somebody was quicker at a port that was free a moment ago
            assert not self._wanted, f"port {self._wanted} is taken"
        else:
            raise AssertionError(f"it did not start on any of {TRIES} free ports")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _started(self):
        with socket.socket(socket.AF_INET, self._kind) as probe:
            probe.bind(("127.0.0.1", self._wanted))
            self.port = probe.getsockname()[1]
        words = [self._protocol, str(self.port), *self._rest]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._process.stdout.readline().strip() == "ready":
            return True
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        return False

    def _read(self):
        for line in self._process.stdout:
            self.events.put(SimpleNamespace(**json.loads(line)))

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._reader.join(5)
        self._process.stdin.close()
        self._process.stdout.close()


def main():
    from pysiaalarm import CommunicationsProtocol, SIAAccount, SIAClient

    protocol, port, key, band = sys.argv[1:5]

    def told(event):
        fields = {name: getattr(event, name, None) for name in ("account", "code", "ri", "message")}
        os.write(1, json.dumps(fields).encode() + b"\n")  # whole lines from many threads

    timeband = (int(band), int(band)) if band else None
    account = SIAAccount(ACCOUNT, key or None, allowed_timeband=timeband)
    client = SIAClient("127.0.0.1", int(port), [account], told, CommunicationsProtocol(protocol))
    client.start(poll_interval=0.05)
    if protocol == "TCP":
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.01)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
