"""HTTP over one path: a dead kept connection costs no wait, TLS is checked, answers are bounded."""

import asyncio
import contextlib
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alarm_wire.batch import BATCH_BYTES_MAX, pack
from gateway import client
from gateway.client import Client, number, retry_after_ms
from gateway.config import Way
from gateway.errors import AnswerError, LinkError
from needs import needs
from strict_receiver import StrictReceiver
from wirework import Device

GATEWAY = Device("aa00000000000001")
LOOPBACK = ip_address("127.0.0.1")


class Scripted:
    """A server that answers each request by the next line of its script, and counts."""

    def __init__(self, *script, tls=None):
        self._script = list(script)
        self._tls = tls
        self.connections = 0
        self.requests = 0
        self._tasks = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # for what was aborted to be closed

    def _connected(self, reader, writer):
        self._tasks.append(asyncio.get_running_loop().create_task(self._serve(reader, writer)))

    async def _serve(self, reader, writer):
        self.connections += 1
        with contextlib.ExitStack() as stack:
            stack.callback(writer.transport.abort)
            stack.enter_context(contextlib.suppress(asyncio.IncompleteReadError, OSError))
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.requests += 1
                what = self._script.pop(0)
                if what == "drop":
                    break
                if what == "silence":
                    await asyncio.sleep(30)
                if what == "drip":
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
                    for _ in range(600):
                        writer.write(b"x")
                        await asyncio.sleep(0.1)
                    break
                writer.write(what)
                await writer.drain()
                if self._script and self._script[0] == "close":
                    self._script.pop(0)
                    break


def answer(body=b"", status=b"200 OK", more=b""):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)


def asked(*script, times=1, wait_s=2.0, tls=None, **way):
    """Ask a scripted server `times` times; the answers or errors, and the server."""

    async def run():
        async with Scripted(*script, tls=tls) as server:
            client = Client(Way(server.url, **way), 1)
            got = []
            for _ in range(times):
                try:
                    got.append(await client.post("/v1/signals", b"x", wait_s))
                except (LinkError, AnswerError) as error:
                    got.append(error)
            await client.close()
            return got, server

    return asyncio.run(run())


def test_a_connection_is_kept_and_used_again():
    got, server = asked(answer(b"1"), answer(b"2", more=b"Holdfast-Sequence: 7\r\n"), times=2)
    assert [(one.body, one.sequence) for one in got] == [(b"1", -1), (b"2", 7)]
    assert server.connections == 1


@pytest.mark.parametrize("how", ["close", "drop"])
def test_a_kept_connection_that_died_is_tried_again_at_once_on_a_new_one(how):
    started = time.monotonic()
    got, server = asked(answer(b"1"), how, answer(b"2"), times=2)
    assert [one.body for one in got] == [b"1", b"2"]
    assert server.connections == 2
    assert time.monotonic() - started < 10  # not a wait of the retry, on any machine


def test_one_that_always_drops_is_told():
    (error,), server = asked("drop", "drop")
    assert "is the receiver running" in str(error)
    assert server.requests == 2


def test_no_answer_in_time_is_told_and_not_waited_for_longer():
    started = time.monotonic()
    (error,), _ = asked("silence", wait_s=0.2)
    assert isinstance(error, LinkError)
    assert not error.reached
    assert time.monotonic() - started < 5


def test_an_answer_that_drips_is_given_up_all_the_same(monkeypatch):
    monkeypatch.setattr(client, "CONNECT_S", 0.5)
    started = time.monotonic()
    (error,), _ = asked("drip", wait_s=0.5)
    assert isinstance(error, LinkError)
    assert "no whole answer in 0.5 s" in str(error)
    assert time.monotonic() - started < 30


def test_nobody_there_is_told():
    async def run():
        client = Client(Way("http://127.0.0.1:1"), 1)
        with pytest.raises(LinkError, match="is the receiver running"):
            await client.post("/", b"", 1.0)
        await client.close()

    asyncio.run(run())


def test_a_receiver_that_cannot_serve_says_when_to_come_again():
    (error,), _ = asked(answer(status=b"503 Busy", more=b"Retry-After: 3\r\n"))
    assert (error.retry_after_ms, error.reached, error.smaller) == (3000, True, False)
    (error,), _ = asked(answer(status=b"413 Long"))
    assert (error.retry_after_ms, error.reached, error.smaller) == (None, True, True)
    assert retry_after_ms(b"Wed, 21 Oct 2026 07:28:00 GMT") is None
    assert retry_after_ms(b"999999") is None


def test_an_answer_beyond_its_bound_is_not_read():
    (error,), _ = asked(answer(bytes(BATCH_BYTES_MAX + 1)))
    assert isinstance(error, AnswerError)


@pytest.mark.parametrize(
    "junk", [b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"]
)
def test_what_is_no_http_is_told(junk):
    (error,), _ = asked(junk, junk)
    assert isinstance(error, LinkError)


def test_an_interface_that_is_not_there_is_told_by_name():
    (error,), _ = asked(answer(), interface="nowhere0")
    assert "No such device" in str(error)
    ((good,), _) = asked(answer(b"1"), interface="lo")
    assert good.body == b"1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1, its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    command = [needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=receiver"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "ca")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def served(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "ca", certificate / "key")
    return context


def test_tls_is_used_and_the_authority_is_checked(certificate):
    got, _ = asked(
        answer(b"1"),
        answer(b"2"),
        times=2,
        tls=served(certificate),
        ca_file=str(certificate / "ca"),
    )
    assert [one.body for one in got] == [b"1", b"2"]
    (error,), server = asked(answer(), tls=served(certificate))
    assert "its certificate does not hold (self" in str(error)
    assert "name its authority with ca_file" in str(error)
    assert server.requests == 0


@pytest.mark.parametrize(
    ("days", "says"), [(-100, "has ended; renew it there"), (100, "is not valid yet")]
)
def test_a_certificate_out_of_its_time_is_told_from_a_receiver_that_is_away(days, says, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    begins = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "ca").write_bytes(made.public_bytes(pem))
    bare = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key").write_bytes(key.private_bytes(pem, *bare))
    (error,), _ = asked(answer(), tls=served(tmp_path), ca_file=str(tmp_path / "ca"))
    assert says in str(error)
    assert "clock (it says 20" in str(error)


def test_it_knows_when_the_certificate_ends_that_it_was_shown(certificate):
    command = [needs("openssl"), "x509", "-in", str(certificate / "ca"), "-noout", "-enddate"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    async def run():
        async with Scripted(answer(b"1"), tls=served(certificate)) as server:
            client = Client(Way(server.url, ca_file=str(certificate / "ca")), 1)
            assert client.ends_s == 0
            await client.post("/v1/signals", b"x", 5.0)
            await client.close()
            return client.ends_s

    ends_s = asyncio.run(run())
    assert ends_s == ssl.cert_time_to_seconds(said.strip().partition("=")[2])


def test_a_heartbeat_and_a_signal_over_the_real_protocol(tmp_path):
    receiver = StrictReceiver(tmp_path / "db", {GATEWAY.name: GATEWAY.key.hex()}).start()

    async def run():
        client = Client(Way(receiver.url), 1)
        body = pack([GATEWAY.heartbeat(1), GATEWAY.signal(1)])
        got = await client.post("/v1/signals", body, 5.0)
        await client.close()
        return got

    assert len(asyncio.run(run()).body) == 2 * (2 + 59)
    receiver.stop()
    receiver.store.db.close()


def test_a_header_beyond_what_a_spool_can_count_is_none():
    assert [number(text) for text in (b"", b"x", b"-1", b"0", b"77")] == [-1, -1, -1, 0, 77]
    assert number(b"%d" % (2**63 - 1)) == 2**63 - 1
    assert number(b"%d" % 2**63) == number(b"9" * 19) == number(b"9" * 4_000) == -1
