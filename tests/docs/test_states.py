"""docs/states.md is what the tables say, and says so of every one of them."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from alarm_receiver.domain import on_test, roster, supervision, ticket

ROOT = Path(__file__).parents[2]
DIAGRAMS = runpy.run_path(str(ROOT / "tools" / "diagrams.py"), run_name="diagrams")


def test_the_page_is_what_the_tables_say():
    said = subprocess.run(
        [sys.executable, "tools/diagrams.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("module", [ticket, supervision, on_test, roster])
def test_a_table_that_changes_changes_the_page(module):
    table = dict(module.NEXT)
    drawn = DIAGRAMS["machine"](table)
    for key in module.NEXT:
        less = {other: after for other, after in table.items() if other != key}
        assert DIAGRAMS["machine"](less) != drawn


def test_no_emergency_is_diverted_whatever_is_on_test():
    emergencies = [row for row in DIAGRAMS["intake"]() if row[0] == "panic"]
    assert {row[4].split("(")[-1] for row in emergencies if row[2] == "new"} == {"emergency)"}
