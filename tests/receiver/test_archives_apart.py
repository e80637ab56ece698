"""An archive brings things into the agency of who puts it in, and hangs nothing on another's."""

import pytest

from foreign import other
from packed import packed, whole
from receiving import Keypad, running

ZIP = {"Content-Type": "application/zip"}


@pytest.fixture(scope="module")
def two(store):
    """A house with a site and all around it, and the client of another agency's administrator."""
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        keypad, site = Keypad(), client.site("Jeweller")
        client.register(keypad, site)
        customer = client.http.post("/v1/customers", json={"name": "Shops"}).json()["id"]
        police = {"kind": "police", "name": "City police"}
        police = client.http.post("/v1/authorities", json=police).json()["id"]
        foreign = other(receiver, "admin")
        foreign.headers["Authorization"] = f"Bearer {foreign.token}"
        ids = {"site": site, "device": keypad.device.hex(), "customer": customer, "police": police}
        yield client, foreign, ids
        foreign.close()


def foreign_rows(ids):
    """Rows that a stranger who knows the house's ids would hang on its things, by table."""
    site, mine = ids["site"], whole("sites", id="mine", account="M", name="Mine")
    floor = whole("floors", site=site, floor=7, media="image/svg+xml", digest="0" * 64)
    called = whole("authorities", id="called", kind="police", name="Ours")
    place = whole("places", device=ids["device"], site="mine", floor=7)
    return {
        "a zone": {"zones": [whole("zones", site=site, number=7)]},
        "a device": {
            "devices": [
                whole("devices", id="00" * 8, site=site, kind="keypad", profile="SP5", zone=1)
            ]
        },
        "a keyholder": {"keyholders": [whole("keyholders", id="k9", site=site, rank=9)]},
        "whom it calls": {
            "authorities": [called],
            "site_authorities": [
                whole("site_authorities", site=site, authority="called", response="active")
            ],
        },
        "its police for ours": {
            "sites": [mine],
            "site_authorities": [
                whole(
                    "site_authorities", site="mine", authority=ids["police"], response="active"
                )
            ],
        },
        "its customer for ours": {"sites": [mine | {"customer": ids["customer"]}]},
        "a floor": {"floors": [floor]},
        "a way in": {"floors": [floor], "ways_in": [whole("ways_in", site=site, floor=7)]},
        "a position": {"spots": [whole("spots", site=site)]},
        "its keypad on our plan": {
            "sites": [mine], "floors": [floor | {"site": "mine"}], "places": [place],
        },
    }  # fmt: skip


HUNG = sorted(foreign_rows(dict.fromkeys(("site", "device", "customer", "police"), "x")))


@pytest.mark.parametrize("what", HUNG)
def test_nothing_is_hung_on_another_agencys_things(two, what):
    client, foreign, ids = two
    before = client.http.get("/v1/export/registry.zip").content
    archive = packed(**foreign_rows(ids)[what])
    preview = foreign.post("/v1/import/registry", content=archive, headers=ZIP)
    assert preview.status_code == 200, preview.text
    assert preview.json()["errors"] >= 1
    assert "is not here, and not in the archive" in preview.text
    done = foreign.post("/v1/import/registry?commit=true", content=archive, headers=ZIP)
    assert done.status_code == 409
    assert client.http.get("/v1/export/registry.zip").content == before
    assert foreign.get("/v1/sites").json() == []


def test_what_belongs_together_still_goes_in(two):
    _, foreign, _ = two
    site = whole("sites", id="theirs", account="T", name="Theirs", customer="c")
    archive = packed(
        customers=[whole("customers", id="c", name="Theirs")],
        sites=[site],
        zones=[whole("zones", site="theirs", number=1)],
        floors=[whole("floors", site="theirs", floor=1, media="image/svg+xml", digest="0" * 64)],
        ways_in=[whole("ways_in", site="theirs", floor=1)],
    )
    done = foreign.post("/v1/import/registry?commit=true", content=archive, headers=ZIP)
    assert done.status_code == 200, done.text
    assert [one["name"] for one in foreign.get("/v1/sites").json()] == ["Theirs"]
    more = packed(zones=[whole("zones", site="theirs", number=2)])
    done = foreign.post("/v1/import/registry?commit=true", content=more, headers=ZIP)
    assert done.json()["new"]["zones"] == 1, "also of a site that is there already"
