"""Two hundred consoles in six languages, and all of them at once back after an outage (A13).

What it takes them is a benchmark's business (`make bench ARGS=console`); nothing may be missing.
"""

import asyncio

import pytest

from longer import longer
from tests.load.bench_console import crowd


@pytest.mark.parametrize("consoles", [12, longer(200)])
def test_consoles_miss_no_card_and_their_storm_stops_no_signal(house, consoles):
    figures = asyncio.run(crowd(house.client, consoles))
    assert figures["consoles"] == consoles
    assert figures["cards missing"] == 0
