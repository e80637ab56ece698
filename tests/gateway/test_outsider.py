"""A gateway with a DC-09 receiver by others beside ours: it gets everything, whatever happens."""

import re
import socketserver
import threading

import pytest

from alarm_wire.signal import HOLD_UP, PANIC, STARTED
from gateway.dc09 import framed
from other_receiver import Theirs
from premises import until
from receiving import free_port


def with_outsider(site, port, protocol="tcp", key=None, form="SIA-DCS"):
    text = site.config.read_text().split("[[dc09]]")[0]
    text += (
        f'[[dc09]]\nname = "police"\nhost = "127.0.0.1"\nport = {port}\naccount = "AAA1"\n'
        f'transport = "{protocol}"\nformat = "{form}"\nreceiver = "1"\npoll_s = 1\n'
    )
    if key:
        (site.folder / "aes").write_text(key.encode().hex())
        (site.folder / "aes").chmod(0o600)
        text += 'key_file = "aes"\n'
    site.config.write_text(text)


def events(theirs, wanted):
    """Codes that the other receiver got, until `wanted` have come, without its null messages."""
    got = []

    def enough():
        while not theirs.events.empty():
            one = theirs.events.get()
            if one.code and one.code != "RP":
                got.append((one.code, one.ri, one.message or ""))
        return len(got) >= wanted

    until(enough)
    return [code for code, _, _ in got]


@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
@pytest.mark.parametrize("key", [None, "A" * 16])
def test_signals_reach_a_receiver_by_others_as_well(site, protocol, key):
    with Theirs(protocol, key) as theirs:
        with_outsider(site, theirs.port, protocol.lower(), key)
        site.start().connect()
        site.publish(site.keypad.signal(1, HOLD_UP))
        assert site.receipt().number == 1
        codes = events(theirs, 2)
        assert sorted(codes) == ["HA", "RR"]
    assert site.stored() == [(1, HOLD_UP, 1)]


def test_while_it_is_away_its_signals_wait_and_ours_do_not(site):
    port = free_port()
    with_outsider(site, port)
    site.start().connect()
    for number in range(1, 6):
        site.publish(site.keypad.signal(number, HOLD_UP if number % 2 else STARTED))
    assert sorted(site.receipt(5).number for _ in range(5)) == [1, 2, 3, 4, 5]
    until(lambda: any(line["path"] == "police" for line in site.said("path_failing")))
    site.kill()
    site.start()
    with Theirs("TCP", port=port) as theirs:
        codes = events(theirs, 7)
    assert codes.count("HA") == 3
    assert codes.count("RR") == 4


def test_a_clock_that_differs_is_mended_by_the_nak(site):
    """Theirs takes 40 s of difference; the gateway's clock is an hour ahead."""
    with Theirs("TCP", timeband=40) as theirs:
        with_outsider(site, theirs.port)
        site.start(["an_hour_ahead"]).connect()
        site.publish(site.keypad.signal(1, HOLD_UP))
        assert "HA" in events(theirs, 2)


class Picky(socketserver.StreamRequestHandler):
    """A receiver of the standard that cannot take one code: DUH to it, ACK to the rest."""

    def handle(self):
        while raw := self._frame():
            body = raw[9:-1]
            code = re.search(rb"Nri1/([A-Z]{2})", body)
            if code is not None:
                self.server.codes.append(code[1].decode())
            kind = b"DUH" if code is not None and code[1] == b"PA" else b"ACK"
            sequence = re.search(rb'"(\d{4})', body)[1]
            self.wfile.write(framed(b'"' + kind + b'"' + sequence + b"R1L0#AAA1[]"))

    def _frame(self):
        raw = b""
        while not raw.endswith(b"\r"):
            byte = self.rfile.read(1)
            if not byte:
                return b""
            raw += byte
        return raw


def test_a_signal_that_it_cannot_take_lets_the_others_pass(site):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Picky) as picky:
        picky.codes = []
        thread = threading.Thread(target=picky.serve_forever)
        thread.start()
        try:
            with_outsider(site, picky.server_address[1])
            site.start().connect()
            site.publish(site.keypad.signal(1, PANIC))
            until(lambda: "PA" in picky.codes, wait_s=60)
            for number in (2, 3):
                site.publish(site.keypad.signal(number, HOLD_UP))
            until(lambda: picky.codes.count("HA") == 2, wait_s=60)
            refused = picky.codes.count("PA")
            until(lambda: picky.codes.count("PA") > refused)  # it is offered again: never dropped
            assert picky.codes.count("HA") == 2, "what was acknowledged is not sent again"
            assert any("DUH" in line["text"] for line in site.said("path_failing"))
            assert sorted(number for number, _, _ in site.stored()) == [1, 2, 3]
        finally:
            site.kill()
            picky.shutdown()
            thread.join()
