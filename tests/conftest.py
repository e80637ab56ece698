"""What all tests share: how Hypothesis behaves on a machine that does something else as well."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
