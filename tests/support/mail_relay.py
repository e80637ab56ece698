"""A mail relay of its own for tests: STARTTLS, AUTH PLAIN, and as slow or unkind as it is told."""

import base64
import socketserver
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "holdfast", "not to be read"


def certify(folder, address="127.0.0.1"):
    """`folder` with a `ca` and its `key`, good for `address`, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca").write_bytes(made.public_bytes(pem))
    bare = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(key.private_bytes(pem, *bare))
    return folder


class Talk(socketserver.BaseRequestHandler):
    """One conversation."""

    def setup(self):
        self.relay, self.line = self.server.relay, self.request
        self.words = self.line.makefile("rb")

    def handle(self):
        try:
            if self.relay.implicit:
                self.encrypt()
            self.say("220 relay")
            while raw := self.words.readline():
                verb = raw.split()[0].decode().upper() if raw.split() else ""
                self.relay.heard.append((verb, isinstance(self.line, ssl.SSLSocket), raw))
                if not self.answer(verb, raw):
                    return
        except (OSError, ValueError):  # whoever called has hung up, in the midst of TLS perhaps
            return

    def finish(self):
        self.words.close()
        self.line.close()

    def say(self, text):
        self.line.sendall(text.replace("\n", "\r\n").encode("latin-1") + b"\r\n")

    def answer(self, verb, raw):
        """Whether the conversation goes on."""
        relay = self.relay
        if verb in relay.drips:
            while not relay.ended.wait(0.05):
                self.line.sendall(b"2")
            return False
        if verb in relay.answers:
            self.say(relay.answers[verb])
        elif verb == "EHLO":
            self.say(self.offers())
        elif verb == "STARTTLS":
            self.say("220 go on")
            self.encrypt()
        elif verb == "AUTH":
            wanted = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
            self.say("235 in" if raw.split()[-1] == wanted else "535 5.7.8 no")
        elif verb == "DATA":
            self.say("354 go on")
            self.relay.got.append(self.letter())
            self.say(relay.answers.get(".", "250 taken"))
        else:
            self.say("221 bye" if verb == "QUIT" else "250 fine")
        return verb != "QUIT"

    def offers(self):
        secured = isinstance(self.line, ssl.SSLSocket)
        more = ["STARTTLS"] if self.relay.certificate and not secured else []
        more += ["AUTH PLAIN"] if secured else []
        lines = ["relay", *more, "SIZE 1000000"]
        return "\n".join(f"250-{one}" for one in lines[:-1]) + f"\n250 {lines[-1]}"

    def encrypt(self):
        self.relay.ended.wait(self.relay.before_tls_s)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.relay.certificate / "ca", self.relay.certificate / "key")
        self.words.close()
        self.line = context.wrap_socket(self.line, server_side=True)
        self.words = self.line.makefile("rb")

    def letter(self):
        lines = []
        while (raw := self.words.readline()) not in (b".\r\n", b""):
            lines.append(raw)
        return b"".join(lines)


class Relay:
    """`heard`: each command, whether it was encrypted, and its line; `got`: letters."""

    def __init__(self, certificate):
        self.certificate = certificate
        self.before_tls_s = 0.0
        self.implicit = False
        self.drips = set()
        self.answers = {}
        self.heard, self.got = [], []
        self.ended = threading.Event()

    def verbs(self):
        """What was heard, in order."""
        return [verb for verb, _, _ in self.heard]


@contextmanager
def mail_relay(certificate=None):
    """A relay on a free port: `host`, `port`; it offers STARTTLS when it has a certificate."""
    relay = Relay(certificate)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    server.relay = relay
    relay.host, relay.port = server.server_address
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield relay
    finally:
        relay.ended.set()
        server.shutdown()
        server.server_close()
