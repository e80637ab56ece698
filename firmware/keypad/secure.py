"""TLS to the broker: a pre-shared key by default, certificates as the other choice.

It promises that nobody but a holder of the key, or of a certificate of our CA for the broker's
name, gets as far as MQTT. With a pre-shared key no clock and no CA are needed, but only ciphers
that use the key may be offered: with others any certificate at all would do. X.509 needs a true
clock on the board. Pre-shared keys need MicroPython 1.29; X.509 works on older builds too.
"""

import tls

from alarm_wire.seal import derive
from keypad.config import blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from keypad.settings import Settings

PSK = b"psk"
"""Purpose from which the pre-shared key is derived when none is provisioned: the broker then knows
that key and nothing of the device key."""

# Forward secrecy first, where the build has it (the ESP32's has; MicroPython's Unix port has not).
PSK_CIPHERS = (
    "TLS-ECDHE-PSK-WITH-CHACHA20-POLY1305-SHA256",
    "TLS-ECDHE-PSK-WITH-AES-128-CBC-SHA256",
    "TLS-PSK-WITH-AES-256-GCM-SHA384",
    "TLS-PSK-WITH-AES-128-GCM-SHA256",
)


def context(settings: "Settings", identity: str) -> "Any":
    """What asyncio.open_connection takes as `ssl`; None for a broker on this very machine."""
    if settings.tls == "none":
        return None
    made: "Any" = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    if settings.tls == "psk":
        made.verify_mode = tls.CERT_NONE  # there is no certificate: the key proves the broker
        known = made.get_ciphers()
        made.set_ciphers([name for name in PSK_CIPHERS if name in known])
        made.psk_identity = identity.encode()
        made.psk_key = blob("psk") or derive(settings.key, PSK)
        return made
    made.verify_mode = tls.CERT_REQUIRED
    made.load_verify_locations(blob("ca"))
    certificate = blob("cert")
    if certificate:
        made.load_cert_chain(certificate, blob("cert_key"))
    return made


def certificate(settings: "Settings") -> "tuple[int, int] | None":
    """Which of our certificates ends first, and when; (0, 0): none is used; None: there is none.

    A keypad that has gone over from certificates to a key says so, or it would be missed.
    """
    authority = blob("ca")
    if not authority:
        return None
    if settings.tls != "x509":
        return 0, 0
    from keypad.expiry import first

    return first(blob("cert"), authority)
