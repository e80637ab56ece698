"""Chromium as it runs at a desk: tabs that hide one another. Playwright keeps every page in front.

Spoken to over the DevTools protocol, because whoever attaches Playwright to a page also tells the
browser that it has the focus, and a page that has the focus is never hidden.
"""

import itertools
import json
import subprocess
import time
from contextlib import contextmanager

from websockets.sync.client import connect


class Tabs:
    """One browser; tabs by the session that speaks to them."""

    def __init__(self, url):
        self._socket = connect(url, max_size=None)
        self._numbers = itertools.count(1)

    def send(self, method, session=None, **params):
        """The result of one command; what else arrives meanwhile is let go."""
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(said | ({"sessionId": session} if session else {})))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, url):
        """A new tab in front of the others; the session that speaks to it."""
        target = self.send("Target.createTarget", url=url)["targetId"]
        self.send("Target.activateTarget", targetId=target)
        return self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def run(self, session, script):
        """What a script in a tab comes to; a promise is waited for."""
        options = {"returnByValue": True, "awaitPromise": True, "userGesture": True}
        found = self.send("Runtime.evaluate", session, expression=script, **options)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def close(self):
        """Hang up."""
        self._socket.close()


@contextmanager
def tabs(path, options, folder):
    """A browser of its own with a profile in `folder`."""
    command = [path, *options, "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        [*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        port = folder / "DevToolsActivePort"
        ends = time.monotonic() + 60
        while not (port.exists() and len(port.read_text().split()) == 2):
            assert time.monotonic() < ends, "the browser did not start"
            time.sleep(0.05)
        number, where = port.read_text().split()
        browser = Tabs(f"ws://127.0.0.1:{number}{where}")
        yield browser
        browser.close()
    finally:
        process.kill()
        process.wait(20)
