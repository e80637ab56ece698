"""Labels: a camera and a person read what was meant, in six languages, or it is refused."""

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno
from PIL import Image

from holdfast.labels import LabelError, command, fonts, layout, pdf, svg
from holdfast.labels.notice import notice
from holdfast.labels.words import LANGUAGES
from needs import needs

HOLDFAST = Path(sys.executable).with_name("holdfast")
DEVICE = "9f3a01c2d4e5b6a7"
MADE = datetime(2026, 1, 2, tzinfo=UTC)
DPI = 200
NAMES = {
    "en": ("Bank of the Lowlands, Main Street 5", "Counter 3"),
    "cs": ("Spořitelna Žižkov", "Přepážka č. 3 (vlevo)"),
    "hu": ("Tűzoltó utcai fiók", "Őrség, pult 3"),
    "ru": ("Сберегательная касса, отделение 5", "Касса №3"),  # noqa: RUF001  # it is Russian
    "he": ("בנק השפלה, סניף רחובות 5", "דלפק 3 (ליד הכניסה)"),
    "fa": ("بانک مرکزی، شعبه 5", "باجهٔ ۳ (کنار در)"),
}


@pytest.fixture(scope="module")
def face():
    try:
        return fonts.find()
    except LabelError:
        needs("a font DejaVu Sans (fonts-dejavu-core)")


def keypad(language="en", **changes):
    site, zone_name = NAMES[language]
    fields = {"site": site, "account": "A-4711", "zone": 3, "zone_name": zone_name}
    return layout.Keypad(DEVICE, **{**fields, **changes}, language=language)


def rendered(document, tmp_path):
    path = tmp_path / "document.pdf"
    path.write_bytes(document)
    command_ = [needs("pdftoppm"), "-r", str(DPI), "-png", "-f", "1", "-l", "1", path]
    png = subprocess.run(command_, capture_output=True, check=True, timeout=60).stdout
    return Image.open(io.BytesIO(png)).convert("L")


def code_in(picture, item, pixels_per_mm, x_mm=0.0, y_mm=0.0):
    """The modules of a code as a camera would see them, quiet zone included."""
    size = segno.make(item.content, error="m", micro=False).symbol_size(border=4)[0]
    step = item.size_mm * pixels_per_mm / size
    x, y = (item.x_mm + x_mm) * pixels_per_mm, (item.y_mm + y_mm) * pixels_per_mm
    return [
        [int(picture.getpixel((int(x + (c + 0.5) * step), int(y + (r + 0.5) * step))) < 128)]
        for r in range(size)
        for c in range(size)
    ]


def expected(content):
    rows = segno.make(content, error="m", micro=False).matrix_iter(border=4)
    return [[int(bool(dark))] for row in rows for dark in row]


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_and_text_on_tape_in_every_language(language, face, tmp_path):
    drawing = layout.label(keypad(language), face, *command.TAPE_MM)
    document = pdf.pages([drawing], face, MADE)
    picture = rendered(document, tmp_path)
    code = drawing.items[0]
    assert code_in(picture, code, DPI / 25.4) == expected(code.content)
    assert code.content == "HOLDFAST:1/9F3A01C2D4E5B6A7/A-4711/3"
    text = subprocess.run(
        [needs("pdftotext"), tmp_path / "document.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "9f3a 01c2 d4e5 b6a7" in text
    first_word = NAMES[language][1].split(" ")[0]
    assert first_word in text.replace("\u200f", "").replace("\u202b", ""), text
    # the code stands where reading starts: right for Hebrew and Persian, left for the others
    assert (code.x_mm > drawing.width_mm / 2) == LANGUAGES[language].rtl


@pytest.mark.parametrize("language", ["en", "he"])
def test_the_svg_holds_the_same_code_and_directions(language, face, tmp_path):
    drawing = layout.label(keypad(language), face, *command.TAPE_MM)
    path = tmp_path / "label.svg"
    path.write_text(svg.svg(drawing), "utf-8")
    png = tmp_path / "label.png"
    subprocess.run([needs("rsvg-convert"), "-w", "1240", path, "-o", png], check=True, timeout=60)
    picture = Image.open(png).convert("L")
    code = drawing.items[0]
    assert code_in(picture, code, picture.width / drawing.width_mm) == expected(code.content)
    written = path.read_text("utf-8")
    assert (
        f'direction="rtl" unicode-bidi="embed" font-weight="bold">{NAMES["he"][1]}' in written
    ) == (language == "he")
    assert 'direction="ltr" unicode-bidi="embed" font-weight="bold">9f3a 01c2' in written


def test_a_begun_sheet_goes_on_at_its_first_free_place(face, tmp_path):
    drawing = layout.label(keypad(), face, *command.SHEET_MM)
    document = pdf.sheets([drawing] * 2, face, MADE, first=4)
    picture = rendered(document, tmp_path)
    x_mm, y_mm = 70.0, (297 - 8 * 37) / 2 + 37
    code = drawing.items[0]
    assert code_in(picture, code, DPI / 25.4, x_mm, y_mm) == expected(code.content)
    blank = picture.crop((40, 40, int(200 / 25.4 * DPI), int(36 / 25.4 * DPI)))
    assert blank.getextrema()[0] > 200
    with pytest.raises(LabelError, match="places 0 to 23, not 24"):
        pdf.sheets([drawing], face, MADE, first=24)


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_with_the_number_left_to_right_in_every_language(language, face):
    drawing = notice("+420 974 123 456", language, face, size="a6", name="Police of the district")
    number = next(item for item in drawing.items if item.text == "+420 974 123 456")
    assert not number.rtl
    assert number.size_pt == pytest.approx(max(item.size_pt for item in drawing.items))
    assert pdf.pages([drawing], face, MADE).startswith(b"%PDF")


def test_every_refusal_says_what_to_do(face, tmp_path):
    refusals = [
        (lambda: keypad(zone_name="漢字"), "no '漢' .U.6F22.*--font"),
        (lambda: keypad(zone_name="W" * 60), "too long for .*; shorten the name"),
        (lambda: layout.Keypad("9F3A", "s", "a", 1, ""), "16 lower-case hexadecimal digits"),
        (lambda: layout.Keypad(DEVICE, "s", "a", 1, "z", "xx"), "language 'xx'; use one of en, cs"),
    ]
    for make, text in refusals:
        with pytest.raises(LabelError, match=text):
            layout.label(make(), face, *command.TAPE_MM)
    with pytest.raises(LabelError, match="is no telephone number; write it as people dial it"):
        notice("one five eight", "en", face)
    with pytest.raises(LabelError, match="no sheet 'a0'"):
        notice("158", "en", face, size="a0")
    with pytest.raises(LabelError, match="there is no font file"):
        fonts.find(tmp_path / "missing.ttf")
    (tmp_path / "text.ttf").write_text("no font at all")
    with pytest.raises(LabelError, match=r"holds no glyphs|cannot be read as a font"):
        fonts.find(tmp_path / "text.ttf")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no lines; its first line must be device,site"),
        ("device,site,account,zone\n9f3a01c2d4e5b6a7,Bank,,3\n", "line 2: account missing"),
        ("device,site,account,zone\n9f3a01c2d4e5b6a7,B,1,x\n", "line 2: zone 'x' is no number"),
    ],
)
def test_a_wrong_csv_names_its_line(text, says, tmp_path):
    path = tmp_path / "box.csv"
    path.write_text(text)
    with pytest.raises(LabelError, match=says):
        command.read_csv(path)
    with pytest.raises(LabelError, match="cannot be read"):
        command.read_csv(tmp_path / "missing.csv")


@pytest.mark.usefixtures("face")
def test_the_command_writes_a_box_of_twenty_and_says_where(tmp_path):
    lines = ["device,site,account,zone,zone_name,language,key"]
    secret = "5ec2e7" * 10
    for number in range(20):
        language = list(LANGUAGES)[number % 6]
        site, place = NAMES[language]
        lines.append(f'{number:016x},"{site}",A-1,{number},"{place}",{language},{secret}')
    (tmp_path / "box.csv").write_text("\n".join(lines), "utf-8")
    done = subprocess.run(
        [HOLDFAST, "label", "keypads", "--csv", "box.csv", "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert len(done.stdout.splitlines()) == 22
    for path in (tmp_path / "out").iterdir():
        assert secret.encode() not in path.read_bytes()
    sheet = (tmp_path / "out" / "a4.pdf").read_bytes()
    more = subprocess.run(
        [HOLDFAST, "label", "keypads", "--csv", "box.csv", "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "out/a4-2.pdf" in more.stdout, "a sheet that may wait for the printer stays"
    assert (tmp_path / "out" / "a4.pdf").read_bytes() == sheet
    wrong = subprocess.run(
        [HOLDFAST, "label", "keypads", "--device", "nonsense"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("holdfast label: device 'nonsense' is not 16")
