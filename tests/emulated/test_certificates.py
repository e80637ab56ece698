"""X.509: our CA and the broker's name are checked always; anything else gets no MQTT."""

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from alarm_wire.signal import CERTIFICATE, CERTIFICATE_OWN, STARTED
from holdfast.brokers import Mosquitto
from needs import needs
from witness import DEVICE, Witness

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A CA, as an installer keeps it; `key`: another than the small one."""

    def __init__(self, name, key=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = named(name)
        self.certificate = self._sign(self.name, self.key, ca=True, first=NOW - DAY, days=10)

    def _sign(self, subject, key, *, ca, first, days, host=None):
        build = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(first + days * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if host:
            names = [x509.DNSName(host)]
            if host == "127.0.0.1":
                names = [x509.IPAddress(ipaddress.ip_address(host)), x509.DNSName(host)]
            build = build.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return build.sign(self.key, hashes.SHA256())

    def issue(self, host, first=NOW - DAY, days=5):
        key = ec.generate_private_key(ec.SECP256R1())
        return self._sign(named(host), key, ca=False, first=first, days=days, host=host), key


def pem(thing):
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    return thing.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def der(thing):
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.DER)
    return thing.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


@pytest.fixture
def broker_with(tmp_path):
    needs("mosquitto")
    started = []

    def make(authority, certificate, key):
        folder = tmp_path / f"broker{len(started)}"
        folder.mkdir()
        for name, thing in (("ca", authority.certificate), ("cert", certificate), ("key", key)):
            (folder / name).write_bytes(pem(thing))
        probe = Mosquitto(tmp_path / "probe")
        port = probe.start()
        probe.stop()
        extra = (
            f"listener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\n"
            f"cafile {folder}/ca\ncertfile {folder}/cert\nkeyfile {folder}/key\n"
        )
        broker = Mosquitto(folder, extra=extra)
        broker.start()
        broker.tls_port = port
        started.append(broker)
        return broker

    yield make
    for broker in started:
        broker.stop()


def settings(authority, client):
    certificate, key = client
    return {
        "tls": "x509",
        "ca": der(authority.certificate),
        "cert": der(certificate),
        "cert_key": der(key),
    }


def test_the_right_certificates_carry_a_press(broker_with, make_board):
    ours = Authority("ours")
    broker = broker_with(ours, *ours.issue("127.0.0.1"))
    witness = Witness(broker.port)
    mine = ours.issue(DEVICE.hex())
    try:
        board = make_board(broker.tls_port, nvs=settings(ours, mine)).start()
        witness.wait_signal(STARTED)
        told = witness.wait_signal(CERTIFICATE).signal
        ends_s = mine[0].not_valid_after_utc.timestamp()
        assert (told.zone, told.value) == (CERTIFICATE_OWN, ends_s // 3600)
        board.press()
        board.wait_lamp("stored")
    finally:
        witness.stop()


def test_a_certificate_above_1024_bytes_is_read(broker_with, make_board):
    """It read as missing, and without `tls` the keypad went over to a key by itself."""
    ours = Authority("ours of a long standing" * 2, rsa.generate_private_key(65537, 3072))
    assert len(der(ours.certificate)) > 1024
    broker = broker_with(ours, *ours.issue("127.0.0.1"))
    witness = Witness(broker.port)
    try:
        mine = settings(ours, ours.issue(DEVICE.hex()))
        make_board(broker.tls_port, nvs=mine).start()
        witness.wait_signal(STARTED)
    finally:
        witness.stop()


WHY = {
    "other_ca": "not correctly signed by the trusted CA",
    "other_host": "does not match with the expected CN",
    "expired": "validity has expired",
    "future": "starts in the future",
    "no_client": "broker:",
}


@pytest.mark.parametrize("case", WHY)
def test_wrong_certificates_get_nothing(broker_with, make_board, case):
    ours, theirs = Authority("ours"), Authority("theirs")
    issuer = theirs if case == "other_ca" else ours
    host = "example.invalid" if case == "other_host" else "127.0.0.1"
    first = {"expired": NOW - 9 * DAY, "future": NOW + 3 * DAY}.get(case, NOW - DAY)
    broker = broker_with(ours, *issuer.issue(host, first))
    mine = settings(ours, ours.issue(DEVICE.hex()))
    if case == "no_client":
        del mine["cert"], mine["cert_key"]
    witness = Witness(broker.port)
    try:
        board = make_board(broker.tls_port, nvs=mine).start()
        board.wait_event(lambda event: event.kind == "line" and WHY[case] in event.text)
        assert witness.arrivals == []
        assert board.running
    finally:
        witness.stop()
