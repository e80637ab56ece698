"""Cases that only `make prove` runs: the test that CI runs too, with more of the same.

So a long proof cannot rot: whatever breaks its harness breaks the short case of it first.
"""

import pytest


def longer(*values, timeout_s=3600):
    """The arguments of such a case."""
    return pytest.param(*values, marks=[pytest.mark.prove, pytest.mark.timeout(timeout_s)])
