"""The audit's canonical form is one, whichever encoder writes it."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from alarm_receiver.domain.chain import canonical

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text()
    | st.text(st.characters(max_codepoint=0x80)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=8))
@example(["\x7f", '\x1b\x00\n\t\\"/', "\udc80", 1e16, 1e-7, float("nan"), 2**64, -(2**63)])
@example([{"b": 1e16, "a": {"d": 0.1, "c": None}}])
@example([1e16])
@example([{"a": 2**64}])
@example([True, 1, {"é": 1, "e": 2, "Z": 3, "a\x7f": 4}])
def test_a_row_is_written_as_the_standard_library_would(row):
    expected = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert canonical(row) == expected.encode()
