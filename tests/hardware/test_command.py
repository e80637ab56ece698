"""`make hardware` where programs are missing: named with the remedy; a failure in CI only."""

import pytest

from hardware import __main__ as command
from hardware.proofs import spice


@pytest.fixture
def _bare_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("_bare_machine")
@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_missing_kicad_is_named(monkeypatch, capsys, ci, code):
    monkeypatch.setenv("CI", ci)
    assert command.main(["check"]) == code
    said = capsys.readouterr().err
    assert "kicad-cli is not installed: `make system` installs it" in said


@pytest.mark.usefixtures("_bare_machine")
def test_a_missing_ngspice_is_named():
    with pytest.raises(spice.ToolError, match="ngspice is not installed"):
        spice.find()


def test_the_board_file_can_be_printed(capsys):
    assert command.main(["pins", "keypad"]) == 0
    assert "PANIC = 4" in capsys.readouterr().out


def test_anything_else_shows_what_there_is(capsys):
    assert command.main([]) == 2
    assert "python -m hardware draw" in capsys.readouterr().out
