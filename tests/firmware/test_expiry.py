"""When a certificate ends, read from its DER: true ones, other forms, cut short, no certificate."""

from alarm_wire.signal import CERTIFICATE_AUTHORITY, CERTIFICATE_OWN
from keypad.expiry import ends_hour, first

SERIAL = b"\x02\x02\x01\x02"
VERSION = b"\xa0\x03\x02\x01\x02"
UTC = 0x17
GENERAL = 0x18


def element(kind, content):
    size = len(content)
    if size < 0x80:
        return bytes((kind, size)) + content
    return bytes((kind, 0x82)) + size.to_bytes(2, "big") + content


def certificate(end, kind=UTC, version=VERSION, issuer=b"x" * 300):
    """The parts of a certificate up to its subject, as RFC 5280 orders them."""
    validity = element(UTC, b"240101000000Z") + element(kind, end)
    inside = version + SERIAL + element(0x30, b"") + element(0x30, issuer)
    inside += element(0x30, validity) + element(0x30, b"subject")
    return element(0x30, element(0x30, inside) + element(0x30, b"") + element(0x03, b"\0seal"))


# hours since 1970, from the calendar of another program: `date -u -d "..." +%s` / 3600
ENDS = (
    (b"261130112233Z", UTC, 498_899),
    (b"240229000000Z", UTC, 474_768),
    (b"000301000000Z", UTC, 264_408),
    (b"491231235959Z", UTC, 701_279),
    (b"700102030000Z", UTC, 27),
    (b"20500101000000Z", GENERAL, 701_280),
    (b"21000301000000Z", GENERAL, 1_140_984),
    (b"99991231235959Z", GENERAL, 70_389_527),
)


def test_the_end_is_that_of_the_calendar():
    for end, kind, hour in ENDS:
        assert ends_hour(certificate(end, kind)) == hour, end
        assert ends_hour(certificate(end, kind, version=b"", issuer=b"")) == hour, end


def test_what_is_cut_short_or_no_certificate_has_no_end():
    whole = certificate(ENDS[0][0])
    for length in range(len(whole)):
        assert ends_hour(whole[:length]) == 0, length
    for other in (b"", b"-----BEGIN CERTIFICATE-----", b"\x30\x84\xff\xff\xff\xff", b"\x30" * 99):
        assert ends_hour(other) == 0, other
    assert ends_hour(certificate(b"2611301122Z")) == 0, "no seconds"
    assert ends_hour(certificate(b"26113011223xZ", kind=0x0C)) == 0, "no time"
    assert ends_hour(certificate(b"26x130112233Z")) == 0, "no figures"


def test_the_first_that_ends_is_told():
    soon, later = certificate(b"261130112233Z"), certificate(b"491231235959Z")
    assert first(soon, later) == (CERTIFICATE_OWN, 498_899)
    assert first(later, soon) == (CERTIFICATE_AUTHORITY, 498_899)
    assert first(b"", later) == (CERTIFICATE_AUTHORITY, 701_279)
    assert first(b"", b"junk") == (0, 0)
