"""What folders of tests share: Hypothesis on a busy machine, and gateways that start at once."""

import pytest
from hypothesis import HealthCheck, settings

from gateway_zygote import Zygote

settings.register_profile(
    "house", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


@pytest.fixture(scope="module")
def zygote():
    """Forks gateways; it has imported what they need."""
    made = Zygote()
    yield made
    made.stop()
