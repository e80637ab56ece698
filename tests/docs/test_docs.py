"""The docs are complete: every kind, flag, reason, make target and dependency, and no dead link."""

import re
from pathlib import Path

from alarm_wire import frame, signal
from alarm_wire.profiles import SOURCES, UNSOURCED

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
CLASSES = ("emergency", "technical", "status")


def rows(page):
    """First cells of all table rows of a page, with the whole row."""
    text = (ROOT / page).read_text("utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_every_signal_kind_is_documented_with_its_number_and_class():
    told = {row[1].strip("`"): (row[0], row[2]) for row in rows("docs/signals.md") if len(row) == 4}
    for number, name in signal.KIND_NAMES.items():
        assert told.get(name) == (str(number), CLASSES[signal.urgency(number)]), name


def test_every_reason_for_a_refusal_is_documented():
    told = {(row[0], row[1].strip("`")) for row in rows("docs/signals.md")}
    for number, name in frame.REASON_NAMES.items():
        assert (str(number), name) in told


def test_every_flag_is_documented():
    told = {row[0] for row in rows("docs/signals.md")}
    for bit in range(8):
        assert bool(signal.FLAGS_KNOWN & 1 << bit) == (f"0x{1 << bit:02x}" in told)


def test_every_make_target_says_what_it_does():
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE)
    told = re.findall(r"^([a-z0-9-]+):.*## \S", text, re.MULTILINE)
    assert sorted(phony) == sorted(told)


def test_every_dependency_has_a_line_that_says_why():
    told = " ".join(row[0] for row in rows("docs/dependencies.md"))
    for name in ("run.in", "dev.in"):
        for line in (ROOT / "requirements" / name).read_text("utf-8").splitlines():
            wanted = re.match(r"[A-Za-z0-9_.-]+(\[[a-z0-9,]+\])?", line)
            if line.startswith("-r") or not wanted:
                continue
            assert wanted[0] in told, f"{wanted[0]}: add a line to docs/dependencies.md"


def test_decisions_are_numbered_without_gaps_or_twins():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_link_inside_the_project_is_dead():
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def test_what_no_source_stands_behind_is_said_in_the_page_of_profiles():
    page = (ROOT / "docs/gateway.md").read_text("utf-8")
    unsourced = [name for name, source in SOURCES.items() if source == UNSOURCED]
    assert f"**{' and '.join(unsourced)}:" in page


def test_every_attack_has_its_tests_and_they_exist():
    told = [row for row in rows("docs/attacks.md") if row[0].isdigit()]
    assert [int(row[0]) for row in told] == list(range(1, 28))
    for row in told:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[3])
        assert named, row[1]
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8"), (file, test)


def test_the_scope_tells_every_row_and_its_state_and_names_what_is_there():
    told = [row for row in rows("docs/scope.md") if re.match(r"[CR]\d", row[0])]
    asked = [
        f"R{group}.{n}" for group, last in enumerate((11, 4, 9, 4, 8)) for n in range(1, last + 1)
    ]
    assert [row[0] for row in told if row[0][0] == "R"] == asked
    for name, _, state, where in told:
        assert state in {"here", "in part", "not yet"}, name
        assert where or state == "not yet", name
        for path in re.findall(r"`(tests/[\w/.]+)`", where):
            assert (ROOT / path).exists(), path
