"""Whom we connect to and whom TLS believes, and what is wrong, in words for whoever has to mend it.

It promises that an address which can be none, and a file which holds no certificate, are named
before anything connects by them, and that a certificate which has ended, is not yet valid or is of
somebody else is told apart from a receiver that is away.
"""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL's x509_vfy.h.
_NOT_YET, _EXPIRED = 9, 10


def is_url(text: str) -> bool:
    """Whether this can be the address of a receiver: http or https, a host name, a port."""
    try:
        parts = urlsplit(text)
        (parts.hostname or "").encode("idna")
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # UnicodeError is one
        return False


def trusting(ca_file: Path | str | None) -> ssl.SSLContext:
    """Believes the authorities in `ca_file`, or those of the system. Raises ValueError."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except ssl.SSLError:
        raise ValueError(f"{ca_file}: holds no certificate; name a PEM file of one") from None
    except OSError as error:
        raise ValueError(f"{ca_file}: {error.strerror}; name a file that is there") from None


def distrust(error: BaseException | None) -> str:
    """What TLS had against the far end, and what to do; '' when that is not what failed."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if error is None:
        return ""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS failed ({error.reason or error}); is it an https address?"
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    if error.verify_code == _EXPIRED:
        return f"its certificate has ended; renew it there, or set our clock (it says {now} UTC)"
    if error.verify_code == _NOT_YET:
        return f"its certificate is not valid yet; set our clock (it says {now} UTC)"
    return (
        f"its certificate does not hold ({error.verify_message}); name its authority with ca_file, "
        "and in the address the name that stands in it"
    )
