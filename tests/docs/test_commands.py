"""Every command, option and make target that a page names is there."""

import importlib
import re
from pathlib import Path

import pytest
import typer.main

from holdfast.command import PARTS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
TARGETS = set(
    re.findall(r"^([a-z0-9-]+):.*## \S", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
)


def spoken(text):
    """Each line of code of a page, in a block or in a sentence, without its comment."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in fenced:
        yield from (line.partition(" # ")[0] for line in block.splitlines())
    for block in fenced:
        text = text.replace(block, "")
    yield from re.findall(r"`([^`\n]+)`", text)


def wrong(line):
    """What of a line of code is not there."""
    for target in re.findall(r"\bmake ([a-z][a-z0-9-]*)", line):
        if target not in TARGETS:
            yield f"make {target}"
    for words in re.findall(r"\bholdfast ([a-z][-a-z].*)", line):
        yield from misfits(words.split())


def misfits(words):
    """The first word of `holdfast ...` that names no command, and each option it does not take."""
    if words[0] not in PARTS:
        yield f"holdfast {words[0]}"
        return
    command = typer.main.get_command(importlib.import_module(PARTS[words[0]][0]).app)
    said = words[0]
    rest = words[1:]
    while hasattr(command, "commands") and rest and re.fullmatch(r"[a-z][a-z-]+", rest[0]):
        said += f" {rest[0]}"
        if rest[0] not in command.commands:
            yield f"holdfast {said}"
            return
        command = command.commands[rest.pop(0)]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    for option in rest:
        if option.startswith("--") and option.partition("=")[0] not in {*known, "--help"}:
            yield f"holdfast {said} {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_to_type_can_be_typed(page):
    found = [one for line in spoken(page.read_text("utf-8")) for one in wrong(line)]
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("make flahs PORT=auto", ["make flahs"]),
        ("holdfast serve", ["holdfast serve"]),
        ("sudo holdfast receiver sevre --data DIR", ["holdfast receiver sevre"]),
        ("holdfast receiver serve --prot 8480", ["holdfast receiver serve --prot"]),
        ("holdfast receiver keys show --data DIR", []),
        ("make test && holdfast doctor --receiver=URL", []),
    ],
)
def test_what_is_not_there_is_found(line, found):
    assert list(wrong(line)) == found
