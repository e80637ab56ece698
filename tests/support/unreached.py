"""People whom no page reaches, for screens that show it: nothing is written by hand."""

from unittest.mock import patch

from alarm_receiver.store import pages
from receiving import wait_for


def unreached(client, press, names):
    """Give these operators phones that no gateway serves, and press until one was given up.

    The first press ends after one try, the second one goes on failing.
    """
    for place, name in enumerate(names):
        where = {"channel": "sms", "value": f"+42060155501{place}"}
        client.http.put(f"/v1/operators/{name}/address", json=where)
    targets = [f"operator:{name}" for name in names]
    before = client.http.get("/v1/policies/emergency").json()
    form = {name: before[name] for name in ("acknowledged_s", "dispatched_s")}
    steps = [{"wait_s": 10, "targets": targets}]
    done = client.http.put("/v1/policies/emergency", json=form | {"steps": steps})
    assert done.status_code == 200, done.text
    with patch.object(pages, "ATTEMPTS_MAX", 1):
        press()
        wait_for(lambda: _found(client, "failed"), 20)
    press()
    wait_for(lambda: _found(client, "failing"), 20)
    kept = [{name: one[name] for name in ("wait_s", "targets")} for one in before["steps"]]
    client.http.put("/v1/policies/emergency", json=form | {"steps": kept})


def _found(client, state):
    return len(client.http.get("/v1/undelivered", params={"state": state}).json())
