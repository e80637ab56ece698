"""Two hundred consoles in six languages, and all of them at once back after an outage (A13).

What it takes them is a benchmark's business (`make bench ARGS=console`); nothing may be missing.
"""

import asyncio

import pytest

from tests.load.bench_console import crowd

pytestmark = pytest.mark.prove


def test_two_hundred_consoles_miss_no_card_and_their_storm_stops_no_signal(house):
    figures = asyncio.run(crowd(house.client, 200))
    assert figures["consoles"] == 200
    assert figures["cards missing"] == 0
