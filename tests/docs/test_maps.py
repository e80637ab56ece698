"""What a package's map names is there: its docstring, or the table in its README."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAPPED = [
    *("alarm_receiver/domain", "alarm_receiver/store", "alarm_receiver/web"),
    *("alarm_receiver/web/console", "alarm_receiver/engine", "gateway"),
]


def named(package):
    """The names in the second column of a package's map, without what is said of them."""
    text = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8")))
    told = re.sub(r"\([^)]*\)", "", text.partition("Errors:")[0])
    if package == "gateway":
        rows = re.findall(r"^ {8}(\w+)  +\S", told, re.MULTILINE)
    else:
        rows = re.findall(r"^ {4}\S.*?  +(.+)$", told, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"\b[a-z_0-9]+(?=[,; ]|$)", row)}


def modules(package):
    return {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("package", MAPPED)
def test_a_package_says_what_lives_where(package):
    assert len(named(package)) > 8
    assert named(package) <= modules(package)


def test_the_readme_of_the_firmware_names_files_that_are_there():
    text = (ROOT / "firmware/README.md").read_text("utf-8")
    table = text.partition("| what | files in `keypad/` |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) <= modules("firmware/keypad")


def test_every_folder_of_tests_is_in_their_readme():
    told = set(re.findall(r"`(\w+)/`", (ROOT / "tests/README.md").read_text("utf-8")))
    assert told == {one.parent.name for one in (ROOT / "tests").glob("*/*.py")}
