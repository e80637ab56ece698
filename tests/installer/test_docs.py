"""The page that installers and technicians follow speaks of commands and files that exist."""

import re
from pathlib import Path

import pytest

from holdfast.command import PARTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/install.md", "docs/hil.md")


@pytest.mark.parametrize("page", PAGES)
def test_targets_commands_and_pictures_exist(page):
    text = (ROOT / page).read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named
    assert named <= targets, named - targets
    assert set(re.findall(r"(?:^|`)holdfast ([a-z-]+)", text, re.MULTILINE)) <= set(PARTS)
    for picture in re.findall(r"\]\(([^)]+\.svg)\)", text):
        assert (ROOT / "docs" / picture).is_file(), picture
    for path in re.findall(r"\b(?:hardware|holdfast|firmware)/[\w/]+\.(?:py|toml|csv)", text):
        assert (ROOT / path).is_file(), path
