"""Demo data: a small town in an empty store, and in no other."""

from typer.testing import CliRunner

from alarm_receiver.command import app
from receiving import running


def fill(folder, settings):
    env = {f"HOLDFAST_RECEIVER_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(app, ["demo-data", "--data", str(folder)], env=env)


def test_an_empty_store_becomes_a_town_that_can_be_looked_at_once(store):
    folder, settings = store
    assert fill(folder, settings).exit_code == 0
    again = fill(folder, settings)
    assert (again.exit_code, "already" in again.output) == (2, True)
    with running(folder, **settings) as (_, client):
        sites = client.http.get("/v1/sites").json()
        assert len(sites) == 5
        assert all(one["police_reference"] and one["customer"] for one in sites)
        devices = client.http.get("/v1/devices").json()
        assert {one["standing"] for one in devices} == {"unknown"}
        for one in sites:
            (floor,) = client.http.get(f"/v1/sites/{one['id']}/floors").json()
            keypads = [d for d in devices if d["site"] == one["id"] and d["kind"] == "keypad"]
            assert len(floor["places"]) == len(keypads) >= 2
            assert client.http.get(floor["picture"]).status_code == 200
        assert client.tickets() == []
