"""What people did is said in words: every deed has some, and no long id or bracket is shown."""

import ast
from pathlib import Path

import pytest

from alarm_receiver.web.browsers import browser
from alarm_receiver.web.deed_words import DEEDS, plain, shorter
from alarm_receiver.web.roster import Leaving

SOURCE = Path(__file__).parents[2] / "alarm_receiver"


def written():
    """The deeds that the source names where it writes one."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            named = isinstance(node.func.value, ast.Name) and node.func.value.id == "deeds"
            if named and node.func.attr == "write" and isinstance(node.args[2], ast.Constant):
                yield node.args[2].value


def test_every_deed_has_words():
    found = set(written())
    assert len(found) > 50, "the way in which deeds are written has changed: mend this test"
    found |= {f"{act}_duty" for act in Leaving}
    found |= {f"{act}_{what}" for act in ("put", "drop") for what in ("customer", "authority")}
    assert found - set(DEEDS) == set()


def test_details_are_shown_without_brackets_and_long_ids():
    assert plain(["Marta", "شیرین"]) == "Marta, شیرین"
    assert plain({"name": "Shop", "of": [1, 2]}) == "name Shop, of 1, 2"
    assert plain("") == ""
    assert len(plain("x" * 900)) == 200
    one = "334132f3-61e2-4cff-a73a-84549db00b5c"
    assert shorter(f"{one} and 98be0bb3fde8f741") == "334132f3… and 98be0bb3fde8f741"


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (f"127.0.0.1 {CHROME}", "127.0.0.1 · Chrome · Linux"),
        (f"::1 {CHROME} Edg/156.0".replace("X11; Linux", "Windows NT"), "::1 · Edge · Windows"),
        ("10.0.0.9 Mozilla/5.0 (Android 16) Firefox/150.0", "10.0.0.9 · Firefox · Android"),
        ("10.0.0.9 curl/8.1", "10.0.0.9 curl/8.1"),
        ("10.0.0.9 " + "x" * 200, "10.0.0.9 " + "x" * 70 + "…"),
        ("", ""),
    ],
)
def test_a_browser_is_said_in_few_words(about, said):
    assert browser(about) == said
