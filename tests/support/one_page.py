"""A page to be sent, of a silent hold-up; tests change what they are about."""

from alarm_receiver.domain.paged import Paged, Premises

PAGED = Paged(
    page="p1",
    ticket="t1",
    number=7,
    class_="emergency",
    kind="hold_up",
    silent=True,
    round=1,
    site="Shop",
    account="4711",
    place="Counter",
    opened_at="2026-11-21T20:00:00.000Z",
    address="ada@example.org",
    language="en",
    premises=Premises("s1"),
)
