"""What is let in as a floor plan, and what of it is kept."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarm_receiver.domain.picture import BYTES_MAX, PNG, SVG, Unfit, checked

HEAD = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 100'>"


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width=4, height=3, *, more=b"", data=None, woven=0, end=True):
    """A grey picture of width x height."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, woven))
    data = zlib.compress(bytes((1 + width) * height)) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", data) + chunk(b"IEND", b"") * end


def svg(inside, head=HEAD):
    return f"{head}{inside}</svg>".encode()


def test_a_png_keeps_its_pixels_and_loses_its_remarks():
    remark = chunk(b"tEXt", b"Author\0somebody at home") + chunk(b"eXIf", b"GPS")
    kept = checked(PNG, png(more=remark))
    assert (kept.width, kept.height, kept.data) == (4, 3, png())


WRONG_PNG = {
    "no picture": b"GIF89a" + bytes(100),
    "torn": png()[:-6],
    "changed": png().replace(chunk(b"IEND", b""), chunk(b"IEND", b"")[:-1] + b"x"),
    "without an end": png(end=False),
    "a bomb": png(4, 3, data=zlib.compress(bytes(30_000_000))),
    "too few pixels": png(4, 3, data=zlib.compress(bytes(5))),
    "huge": png(9_999, 9_999, data=b""),
    "beyond a side": png(10_001, 1),
    "interlaced": png(woven=1),
    "an unknown part that is needed": png(more=chunk(b"NEED", b"")),
    "without a size": b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
}


@pytest.mark.parametrize("what", WRONG_PNG)
def test_a_png_is_not_let_in(what):
    with pytest.raises(Unfit):
        checked(PNG, WRONG_PNG[what])


def test_a_drawing_keeps_its_shapes_and_loses_what_editors_leave():
    drawn = svg(
        "<!-- by somebody --><metadata><x>where I live</x></metadata>"
        "<sodipodi:view xmlns:sodipodi='http://sodipodi.example'><path/></sodipodi:view>"
        "<style>.wall { stroke: #000 }</style>"
        "<g class='wall' fill='url(#a)'><path d='M0 0 L10 10'/><text x='1'>Till &amp; &lt;safe&gt;"
        "</text></g><linearGradient id='a' href='#b'/><linearGradient id='b'/><use href='#c'/>"
        "<rect id='c' width='1'/>"
    )
    kept = checked(SVG, drawn)
    assert (kept.width, kept.height) == (200, 100)
    text = kept.data.decode()
    assert "M0 0 L10 10" in text
    assert "Till &amp; &lt;safe&gt;" in text
    assert "somebody" not in text
    assert "where I live" not in text
    assert "sodipodi" not in text
    assert checked(SVG, kept.data) == kept


WRONG_SVG = {
    "no drawing": b"hello",
    "a page": b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
    "a script": svg("<script>alert(1)</script>"),
    "a handler": svg("<rect onload='x()'/>"),
    "a handler on the root": svg("", HEAD.replace("viewBox", "ONload='x' viewBox")),
    "foreign content": svg("<foreignObject><p/></foreignObject>"),
    "an embedded picture": svg("<image href='data:image/png;base64,AA'/>"),
    "a link": svg("<a href='javascript:x'><rect/></a>"),
    "a reference to elsewhere": svg("<use href='https://elsewhere.example/#x'/>"),
    "an old reference to elsewhere": svg(
        "<use xmlns:k='http://www.w3.org/1999/xlink' k:href='//elsewhere.example'/>"
    ),
    "a fill from elsewhere": svg("<rect fill='url( \"https://elsewhere.example\" )'/>"),
    "a style from elsewhere": svg("<style>@import 'https://elsewhere.example'</style>"),
    "a hidden style": svg("<rect style='fill: \\75rl(https://elsewhere.example)'/>"),
    "an animation": svg("<rect><animate attributeName='href'/></rect>"),
    "a document type": b"<!DOCTYPE svg [<!ENTITY a 'aaaa'>]>" + svg("<text>&a;</text>"),
    "an instruction": b"<?xml-stylesheet href='x.css'?>" + svg(""),
    "no size": svg("", "<svg xmlns='http://www.w3.org/2000/svg'>"),
    "a billion shapes": svg(
        "<g id='a'><rect/></g>"
        + "".join(
            f"<g id='{b}'><use href='#{a}'/><use href='#{a}'/></g>"
            for a, b in zip("abcdefg", "bcdefgh", strict=True)
        )
    ),
    "too deep": svg("<g>" * 70 + "</g>" * 70),
    "too many": svg("<g/>" * 50_001),
    "too long": svg("<!--" + "x" * BYTES_MAX + "-->"),
}


@pytest.mark.parametrize("what", WRONG_SVG)
def test_a_drawing_is_not_let_in(what):
    with pytest.raises(Unfit):
        checked(SVG, WRONG_SVG[what])


def test_other_kinds_are_named():
    with pytest.raises(Unfit, match="image/gif"):
        checked("image/gif", b"GIF89a")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([PNG, SVG]), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_no_damage_gets_through_as_anything_but_a_refusal(media, place, damage):
    whole = png() if media == PNG else svg("<g fill='url(#a)'><text x='1'>T &amp; s</text></g>")
    place %= len(whole)
    try:
        kept = checked(media, whole[:place] + damage + whole[place + len(damage) :])
    except Unfit:
        return
    assert checked(media, kept.data) == kept
