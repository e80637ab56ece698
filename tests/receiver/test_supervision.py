"""A silent gateway is on a ticket in time, once; and what was heard outlives a restart."""

import dataclasses
import subprocess
import sys

import pytest

from alarm_receiver.domain import supervision
from alarm_receiver.domain.supervision import NEXT, Heard, Sign, Standing, change, over, term_ms
from alarm_receiver.domain.ticket import Act, TicketClass, act_on, opened
from alarm_receiver.engine import silence
from alarm_receiver.store import heard, parts, registry, tickets
from alarm_receiver.store.database import open_reader, open_writer
from alarm_receiver.store.keybox import KeyBox
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.writer import Writer
from alarm_wire import signal as wire
from alarm_wire.frame import STALE
from alarm_wire.profiles import PROFILES
from alarm_wire.receipt import Receipt, unpack_refusal
from receiving import Client, Keypad, Running, running, wait_for

NOW = 1_795_000_000_000
GATEWAY = "aa00000000000001"
SEEN = Heard(GATEWAY, "own", "s1", "SP6", NOW, None)


def test_every_standing_goes_where_the_table_says_and_nowhere_else():
    assert set(NEXT.values()) == set(Standing) - {Standing.UNKNOWN}
    assert (Standing.UNKNOWN, Sign.SILENCE) not in NEXT


@pytest.mark.parametrize("profile", PROFILES)
def test_silence_is_known_within_the_reporting_time_and_not_before_the_term(profile):
    one = dataclasses.replace(SEEN, profile=profile)
    first_ms = PROFILES[profile][0] * 1000
    assert term_ms(profile) < first_ms
    assert change(one, NOW + term_ms(profile) - 1, 0) is None
    assert change(one, NOW + term_ms(profile), 0) is Standing.LOST


def test_nobody_is_lost_for_a_time_in_which_nobody_could_hear():
    late = NOW + 3_600_000
    assert change(SEEN, late, None) is None
    assert change(SEEN, late, late - term_ms("SP6") + 1) is None
    assert change(SEEN, late, late - term_ms("SP6")) is Standing.LOST


def test_a_lost_one_is_back_when_it_is_heard_and_told_once():
    lost = dataclasses.replace(SEEN, lost_ms=NOW + 20_000)
    assert change(lost, NOW + 90_000, 0) is None
    again = dataclasses.replace(lost, heard_ms=NOW + 20_000)
    assert change(again, NOW + 90_000, None) is Standing.HEARD


def silent_ticket(class_=TicketClass.TECHNICAL, who="device:1"):
    ticket, entry = opened(
        "t",
        agency="own",
        site="s",
        class_=class_,
        number=1,
        now_ms=NOW,
        actor="receiver",
        detail={"silence": {"who": who, "kind": "path_lost"}},
    )
    assert ticket.kind == "path_lost"
    return ticket, [entry]


def go_on(ticket, entries, act, **detail):
    ticket, entry = act_on(ticket, act, now_ms=NOW, actor="x", detail=detail)
    return ticket, [*entries, entry]


def test_a_trouble_ends_its_ticket_only_when_all_of_it_is_over_and_nobody_has_begun():
    one = silent_ticket()
    back = go_on(*one, Act.RESTORE, restore={"who": "device:1"})
    assert not over(*one)
    assert over(*back)
    assert over(*go_on(*back, Act.COME_BACK))
    second = go_on(*back, Act.SILENCE, silence={"who": "device:2", "kind": "path_lost"})
    assert not over(*second)
    assert over(*go_on(*second, Act.RESTORE, restore={"who": "device:2"}))
    for act in (Act.ACKNOWLEDGE, Act.NOTE, Act.SECURITY):
        assert not over(*go_on(*back, act))
    assert not over(*go_on(*back, Act.SIGNAL, signal={"kind": "tamper"}))
    emergency = go_on(
        *silent_ticket(TicketClass.EMERGENCY), Act.RESTORE, restore={"who": "device:1"}
    )
    assert not over(*emergency)


def test_a_ticket_is_about_who_was_silent_until_that_was_taken_back():
    one = silent_ticket()
    assert supervision.is_about(one[1], "device:1")
    assert not supervision.is_about(one[1], "device:2")
    back = go_on(*one, Act.RESTORE, restore={"who": "device:1"})
    assert not supervision.is_about(back[1], "device:1")
    other = go_on(*one, Act.RESTORE, restore={"who": "device:2"})
    assert supervision.is_about(other[1], "device:1")
    again = go_on(*back, Act.SILENCE, silence={"who": "device:1", "kind": "path_lost"})
    assert supervision.is_about(again[1], "device:1")


def test_a_gateway_of_an_unknown_profile_has_the_shortest_term():
    assert term_ms("SP7") == term_ms("SP6") == min(map(term_ms, PROFILES)) == 16_000


class Watched:
    """A store with one gateway, and any number of engines over it."""

    def __init__(self, url):
        upgrade(url)
        self.url = url
        self.now_ms = NOW
        self.lines = []
        self.writer = Writer(
            open_writer(url).execution_options(box=KeyBox(None, [bytes(32)])), log=self.log
        )
        self.writer.start()
        self.reader = open_reader(url)
        self.me = parts.Where("intake", "intake", "here", 1)
        self.writer.do(self.prepare)

    def log(self, what, **fields):
        self.lines.append((what, fields))

    def prepare(self, connection):
        registry.make_agency(connection, "own", "Own")
        registry.make_site(connection, "s1", agency_id="own", name="x", account="1", now_ms=NOW)
        registry.register(
            connection,
            GATEWAY,
            site_id="s1",
            kind="gateway",
            zone_number=0,
            secret=bytes(32),
            now_ms=NOW,
        )
        heard.set_profile(connection, GATEWAY, "SP6")

    def beat(self, number=None, epoch=1):
        """We live; with a number the gateway was heard as well."""

        def do(connection):
            if number is not None:
                heard.keep(connection, [(bytes.fromhex(GATEWAY), epoch, number, self.now_ms)])
            parts.beat(connection, self.me, self.now_ms)

        self.writer.do(do)

    def engine(self):
        return silence.Silence(
            self.writer,
            self.reader,
            now_ms=lambda: self.now_ms,
            log=self.log,
            policies=Policies(),
        )

    def pass_(self, seconds):
        """Time goes by, and we live all along."""
        for _ in range(seconds):
            self.now_ms += 1_000
            self.beat()

    def tickets(self, site="s1"):
        with self.reader.connect() as connection:
            return tickets.live(connection, [site])

    def entries(self, id_):
        with self.reader.connect() as connection:
            return [str(one.act) for one in tickets.entries(connection, id_)]

    def stop(self):
        self.writer.stop()
        self.writer._engine.dispose()
        self.reader.dispose()


@pytest.fixture
def watched(store_url):
    one = Watched(store_url)
    yield one
    one.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'receiver.sqlite3'}"
    return request.getfixturevalue("postgres").fresh()


def test_silence_opens_one_ticket_whichever_engines_look_and_its_end_closes_it(watched):
    engines = [watched.engine() for _ in range(3)]
    watched.beat(1)
    watched.pass_(15)
    [one._turn() for one in engines]
    assert watched.tickets() == []
    watched.pass_(1)
    [one._turn() for one in engines]
    (ticket,) = watched.tickets()
    assert (ticket.kind, ticket.class_, watched.entries(ticket.id)) == (
        "path_lost",
        TicketClass.TECHNICAL,
        ["open"],
    )
    watched.pass_(100)
    [one._turn() for one in engines]
    assert watched.entries(ticket.id) == ["open"]
    watched.beat(2)
    [one._turn() for one in engines]
    assert watched.tickets() == []
    assert watched.entries(ticket.id) == ["open", "restore", "acknowledge", "close"]
    with watched.reader.connect() as connection:
        assert tickets.read(connection, ticket.id).outcome == "restored"


def test_an_old_heartbeat_moves_nothing(watched):
    watched.beat(7, epoch=2)
    watched.pass_(16)
    for epoch, number in ((2, 7), (2, 6), (1, 900)):
        watched.beat(number, epoch=epoch)
    watched.engine()._turn()
    assert [one.kind for one in watched.tickets()] == ["path_lost"]


def test_after_a_break_in_our_own_hearing_everyone_has_a_full_term(watched):
    watched.beat(1)
    watched.now_ms += 60_000
    engine = watched.engine()
    engine._turn()
    assert watched.tickets() == []
    watched.pass_(16)
    engine._turn()
    assert watched.tickets() == []
    watched.pass_(1)
    engine._turn()
    assert len(watched.tickets()) == 1


def test_a_ticket_that_somebody_has_taken_stays_his(watched):
    engine = watched.engine()
    watched.beat(1)
    watched.pass_(16)
    engine._turn()
    (ticket,) = watched.tickets()
    watched.writer.do(
        lambda connection: tickets.act(
            connection,
            ticket.id,
            Act.ACKNOWLEDGE,
            version=None,
            now_ms=watched.now_ms,
            actor="operator:Ada",
        )
    )
    watched.beat(2)
    engine._turn()
    assert watched.entries(ticket.id) == ["open", "acknowledge", "restore"]
    assert [str(one.state) for one in watched.tickets()] == ["acknowledged"]


def test_a_dead_part_of_the_receiver_is_on_a_ticket_once_and_is_paged(watched):
    watched.writer.do(
        lambda connection: parts.beat(
            connection, parts.Where("e1", "engine", "elsewhere", 5), watched.now_ms
        )
    )
    engines = [watched.engine() for _ in range(2)]
    watched.pass_(10)
    [one._turn() for one in engines]
    assert watched.tickets("receiver") == []
    watched.pass_(1)
    [one._turn() for one in engines]
    (ticket,) = watched.tickets("receiver")
    assert ticket.kind == "device_lost"
    assert watched.entries(ticket.id) == ["open"]
    assert [one for one, _ in watched.lines if one == "engine_dead"] == ["engine_dead"]


def test_a_heartbeat_recorded_before_a_restart_is_not_heard_after_it(tmp_path):
    gateway = Keypad()
    with running(tmp_path) as (_, client):
        client.register(gateway, client.site(), kind="gateway")
        recorded = [gateway.heartbeat() for _ in range(3)]
        client.send(*recorded)
        before = client.http.get("/v1/devices").json()[0]
        assert before["standing"] in ("heard", "unknown")
        token = client.token
    again = Running(tmp_path)
    client = Client(again.url)
    client.http.headers["Authorization"] = f"Bearer {token}"
    try:
        assert [unpack_refusal(one).reason for one in client.send(*recorded)] == [STALE] * 3
        (device,) = client.http.get("/v1/devices").json()
        assert (device["heard_at"], device["standing"]) == (before["heard_at"], "heard")
        assert isinstance(gateway.read(client.send(gateway.heartbeat())[0]), Receipt)
    finally:
        client.close()
        again.stop()


def test_a_running_receiver_tells_a_lost_gateway_and_leaves_a_hold_up_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(supervision, "MARGIN_MS", 18_500)
    monkeypatch.setattr(silence, "EVERY_S", 0.05)
    gateway, keypad = Keypad(), Keypad()
    with running(tmp_path) as (_, client):
        site = client.site()
        client.register(gateway, site, kind="gateway")
        client.register(keypad, site)
        put = client.http.put(
            f"/v1/devices/{gateway.device.hex()}/profile", json={"profile": "SP6"}
        )
        assert put.json()["profile"] == "SP6"
        keypads = client.http.put(
            f"/v1/devices/{keypad.device.hex()}/profile", json={"profile": "SP6"}
        )
        assert keypads.status_code == 422
        client.send(gateway.heartbeat(), keypad.press(wire.HOLD_UP))
        (lost,) = wait_for(lambda: client.tickets(**{"class": "technical"}))
        assert (lost["kind"], lost["state"]) == ("path_lost", "open")
        wait_for(
            lambda: (
                client.send(gateway.heartbeat()) and client.ticket(lost["id"])["state"] == "closed"
            )
        )
        assert client.ticket(lost["id"])["outcome"] == "restored"
        assert client.tickets(**{"class": "emergency"})[0]["state"] == "open"


def test_who_was_killed_here_and_started_again_later_is_not_missing(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with running(tmp_path) as (receiver, client):
        made = receiver.receiver
        dead = parts.Where("killed", "all", made.upkeep.me.host, gone.pid)
        long_ago = made.context.clock.now_ms() - 60_000
        token = client.token
        made.silence.stop()
        made.writer.do(lambda connection: parts.beat(connection, dead, long_ago))
    again = Running(tmp_path)
    client = Client(again.url)
    client.http.headers["Authorization"] = f"Bearer {token}"
    try:
        with again.receiver._reader.connect() as connection:
            assert [one.id for one in parts.everyone(connection)] == [again.receiver.upkeep.me.id]
        assert client.tickets() == []
    finally:
        client.close()
        again.stop()
