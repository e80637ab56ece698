"""What only `make prove` runs rots unseen: its test runs here too with less, or is named below."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
ALONE = {
    "test_clock_jumps": "libfaketime was seen to hold Python's lock for ever",
    "test_a_button_that_stays_closed_is_told_as_a_fault": "a minute of waiting",
    "test_settings_that_reach_nobody_are_taken_back": "two minutes of waiting",
    "test_an_image_that_nobody_answers_is_taken_back": "two minutes of waiting",
    "test_a_power_cut_at_any_moment_leaves_the_old_image_or_the_new": "the whole image, twice",
    "test_what_the_keypad_itself_refuses_is_shown_with_its_reason": "the whole image, for each",
    "test_a_maker_builds_signs_and_an_administrator_sends_it": "many commands, one by one",
}
"""Tests and files with no shorter case, and why."""


def alone(name, text):
    """What of a file of tests is marked as a proof whole, and not by a case of it."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            marks = {ast.unparse(one) for one in node.decorator_list}
            whole, called = "pytest.mark.prove" in marks, node.name
        else:
            whole, called = ast.unparse(node) == "pytestmark = pytest.mark.prove", name
        if whole:
            yield called


def test_every_proof_without_a_shorter_case_is_named_with_its_reason():
    files = sorted(TESTS.glob("*/test_*.py"))
    found = {one for file in files for one in alone(file.stem, file.read_text("utf-8"))}
    assert found == set(ALONE)


def test_a_proof_alone_would_be_seen():
    marked = "@pytest.mark.prove\ndef test_long(): ...\n"
    assert list(alone("test_x", marked)) == ["test_long"]
    assert list(alone("test_x", "pytestmark = pytest.mark.prove\n")) == ["test_x"]
    assert not list(alone("test_x", "@pytest.mark.parametrize('n', [1, longer(2)])\ndef t(n): ..."))
