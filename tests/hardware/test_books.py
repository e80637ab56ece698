"""The .toml files of the hardware are complete and say nothing twice."""

import csv
import itertools
import tomllib
from pathlib import Path

import pytest

from hardware.books import BOARDS, HERE, Books, number
from hardware.checks import everything, firmware_numbers, firmware_pins
from hardware.errors import BookError

ROOT = Path(__file__).resolve().parents[2]
BOARD_FILES = {"keypad": "firmware/boards/esp32_s3.py"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("4k7", 4700), ("100n", 1e-7), ("22R", 22), ("0.47F", 0.47), ("49R9", 49.9), ("1M", 1e6)],
)
def test_values_are_read_as_they_are_written_on_a_drawing(text, value):
    assert number(text) == pytest.approx(value)


def test_nonsense_is_no_value():
    with pytest.raises(BookError, match="write it like 4k7"):
        number("four")


@pytest.mark.parametrize("board", BOARDS)
def test_every_pin_map_is_free_of_twins(board):
    pins = Books().pins(board)
    assert pins.board == board
    assert len({pin.net for pin in pins.pins.values()}) == len(pins.pins)
    assert not {pin.pad for pin in pins.pins.values()} & set(pins.reserved)


def test_analogue_nets_sit_on_adc1():
    pins = Books().pins("keypad")
    low, high = Books().fact("adc_pads")
    for pin in pins.pins.values():
        if pin.way == "adc":
            assert pin.pad in pins.analogue
            assert low <= pin.gpio <= high


def test_a_twin_is_refused(tmp_path):
    text = (HERE / "pins/keypad_esp32s3.toml").read_text("utf-8")
    (tmp_path / "pins").mkdir()
    (tmp_path / "pins/keypad_esp32s3.toml").write_text(text.replace("gpio = 7\n", "gpio = 4\n"))
    with pytest.raises(BookError, match="SECOND and PANIC share gpio 4"):
        Books(tmp_path).pins("keypad")


def test_every_fact_says_where_it_stands():
    facts = Books().fact_sources
    assert len(facts) >= 30
    assert all(fact["source"] for fact in facts.values())


def test_a_fact_without_source_is_refused(tmp_path):
    (tmp_path / "facts.toml").write_text('[x_v]\nvalue = 1\nsource = ""\nread = true\n')
    with pytest.raises(BookError, match="source"):
        Books(tmp_path).fact("x_v")


def test_no_fact_is_repeated_among_our_own_values():
    names = set(Books().fact_sources)
    ours = tomllib.loads((HERE / "values.toml").read_text("utf-8"))
    for group in ours.values():
        assert not names & set(group)


def test_loop_windows_rise_and_leave_fault_between_them():
    windows = list(Books().values["loop"]["windows_permille"].items())
    assert [name for name, _ in windows] == ["short", "normal", "alarm", "open"]
    for (_, below), (_, above) in itertools.pairwise(windows):
        assert below[0] < below[1] < above[0] < above[1]


def test_firmware_numbers_are_those_of_the_lists():
    assert everything.numbers(everything.Places()).complaints == []


def test_firmware_windows_are_read_from_its_code():
    windows = firmware_numbers.windows(ROOT / "firmware/keypad/loop.py")
    assert list(windows) == ["short", "normal", "alarm", "open"]


def test_firmware_pins_are_those_of_the_pin_file(tmp_path):
    pins = Books().pins("keypad")
    good = tmp_path / "board.py"
    good.write_text(firmware_pins.board_source(pins))
    assert firmware_pins.check(pins, good) == []
    good.write_text(good.read_text().replace("PANIC = 4 ", "PANIC = const(5) ") + "EXTRA = 1\n")
    wrong = firmware_pins.check(pins, good)
    assert any("PANIC = 5, the pin file says 4" in line for line in wrong)
    assert any("EXTRA = 1 stands in no pin file" in line for line in wrong)


def test_extras_name_their_board_and_have_every_column():
    with (HERE / "bom/extras.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["board"] for row in rows} == set(BOARDS)
    for row in rows:
        assert row["item"]
        assert None not in row, f"{row['item']}: a comma too many"
        assert None not in row.values(), f"{row['item']}: a column is missing"
