"""What tests of the gateway share: a site with a real broker and the gateway's process."""

import pytest

from needs import needs
from premises import Premises


@pytest.fixture
def site(tmp_path, zygote):
    needs("mosquitto")
    made = Premises(tmp_path, zygote)
    yield made
    made.stop()
