"""The doors that `make bench` measures: each begins, and takes one signal as the bench sends it."""

import pytest

from tests.load import bench_intake

DOORS = ("sqlite", "none", "asgi", "fastapi", "pydantic")


@pytest.mark.parametrize("name", DOORS)
def test_a_door_that_is_measured_answers(name, tmp_path):
    fleet = bench_intake.Fleet()
    url = f"sqlite:///{tmp_path}/{name}.sqlite3"
    fleet.prepare(url, tmp_path)
    with bench_intake.receiver(tmp_path, bench_intake.DOORS[name], url) as (port, pid):
        kind = bench_intake.Json if name == "pydantic" else bench_intake.Door
        found = bench_intake.measure(kind(fleet, port, pid), 1, 1, 1)
    assert found["per_s"] > 0
