"""Pictures of floor plans that strangers draw: what is let in, and what of it is kept.

It promises that what comes out holds shapes and words only: nothing that runs, nothing that is
fetched from elsewhere, no comment, place or author of the picture, and nothing that unpacks to
more than its size says. It refuses by name what it does not know, and repairs nothing. Pure.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

BYTES_MAX = 2 * 1024 * 1024
SIDE_MAX = 10_000
PIXELS_MAX = 25_000_000
ELEMENTS_MAX = 50_000
DEPTH_MAX = 64
PNG, SVG = "image/png", "image/svg+xml"

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}

_SPACE = "http://www.w3.org/2000/svg"
_LINK = "http://www.w3.org/1999/xlink href"
_GRADIENTS = ("linearGradient", "radialGradient")
_ELEMENTS = {
    *("svg", "g", "defs", "symbol", "use", "switch", "title", "desc", "style", "text", "tspan"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    *("clipPath", "mask", "pattern", "marker", "stop"),
    *_GRADIENTS,
}
_DROPPED = ("metadata",)
_REFERENCE = re.compile(r"url\(\s*['\"]?(#?)([^)'\"]*)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")


class Unfit(Exception):
    """A picture that is not let in; the text says what is wrong with it and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be shown. Width and height in pixels or the drawing's own units."""

    media: str
    data: bytes
    width: int
    height: int


def checked(media: str, data: bytes) -> Picture:
    """`data` as it may be kept. Raises Unfit."""
    if len(data) > BYTES_MAX:
        raise Unfit(f"a floor plan has at most {BYTES_MAX} bytes, not {len(data)}; simplify it")
    if media == PNG:
        return _png(data)
    if media == SVG:
        return _Drawing(data).picture()
    raise Unfit(f"a floor plan is {SVG} or {PNG}, not {media or 'of no type'}")


def _png(data: bytes) -> Picture:
    if not data.startswith(_SIGNATURE):
        raise Unfit("the file is no PNG picture")
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:  # noqa: PLR2004 - PNG's own
        raise Unfit("the PNG picture does not begin with its size")
    width, height, depth, colour, packing, filters, woven = struct.unpack(">IIBBBBB", chunks[0][1])
    if min(width, height) < 1 or max(width, height) > SIDE_MAX or width * height > PIXELS_MAX:
        raise Unfit(
            f"a floor plan has at most {SIDE_MAX} pixels a side and {PIXELS_MAX} in all, "
            f"not {width} x {height}; scale it down"
        )
    if depth not in _DEPTHS.get(colour, ()) or packing or filters or woven:
        raise Unfit("the PNG picture is of a kind that is not taken; save it without interlacing")
    line = 1 + (width * _CHANNELS[colour] * depth + 7) // 8
    _unpacks_to(b"".join(body for name, body in chunks if name == b"IDAT"), line * height)
    kept = b"".join(_chunk(name, body) for name, body in chunks if name in _KEPT)
    return Picture(PNG, _SIGNATURE + kept, width, height)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Names and bodies up to IEND, each with its checksum checked."""
    found, place = [], len(_SIGNATURE)
    while True:
        head = data[place : place + 8]
        size = int.from_bytes(head[:4], "big")
        name, body = head[4:], data[place + 8 : place + 8 + size]
        check = data[place + 8 + size : place + 12 + size]
        if len(check) != 4 or zlib.crc32(name + body) != int.from_bytes(check, "big"):  # noqa: PLR2004 - a CRC's bytes
            raise Unfit("the PNG picture is torn or was changed; save it again")
        if name not in _KEPT and not name[0] & 0x20:
            raise Unfit(f"the PNG picture needs {name!r}, which is not taken")
        found.append((name, body))
        place += 12 + size
        if name == b"IEND":
            return found


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + name + body + check


def _unpacks_to(packed: bytes, size: int) -> None:
    """Raise Unfit unless `packed` unpacks to `size` bytes; never unpacks more than that at once."""
    machine, left, rest = zlib.decompressobj(), size, packed
    try:
        while left >= 0 and not machine.eof and rest:
            left -= len(machine.decompress(rest, min(left + 1, 1 << 20)))
            rest = machine.unconsumed_tail
    except zlib.error as error:
        raise Unfit(f"the PNG picture is torn: {error}") from error
    if left != 0 or not machine.eof:
        raise Unfit("the PNG picture does not unpack to the size that it names")


@dataclass(slots=True)
class _Open:
    """An element that has begun: its name, its id, and whether it is left out."""

    name: str
    id: str
    dropped: bool


@dataclass(slots=True)
class _References:
    """Who refers to what, so that a few lines cannot stand for a billion shapes."""

    targets: set[str] = field(default_factory=set)
    holders: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Raise Unfit when something that is referred to refers on."""
        nested = sorted(self.targets & self.holders)
        if nested:
            raise Unfit(f"the drawing repeats #{nested[0]}, which repeats others; flatten it")


class _Drawing:
    """Reads an SVG drawing and writes down what of it is kept."""

    def __init__(self, data: bytes) -> None:
        self._out: list[str] = []
        self._open: list[_Open] = []
        self._count = 0
        self._size: tuple[int, int] | None = None
        self._references = _References()
        parser = expat.ParserCreate("UTF-8", " ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Unfit(f"the drawing is no SVG: {error}") from error

    def picture(self) -> Picture:
        """What is kept. Raises Unfit."""
        if self._size is None:
            raise Unfit("the drawing does not say its size; give it a viewBox")
        self._references.check()
        data = "".join(self._out).encode()
        if len(data) > BYTES_MAX:
            raise Unfit(
                f"the drawing has more than {BYTES_MAX} bytes when written out; simplify it"
            )
        return Picture(SVG, data, *self._size)

    def _doctype(self, *_said: object) -> None:
        raise Unfit(
            "the drawing has a document type, which may hide entities; save it as plain SVG"
        )

    def _instruction(self, target: str, _data: str) -> None:
        raise Unfit(f"the drawing has an instruction <?{target}?>; save it as plain SVG")

    def _begin(self, name: str, given: dict[str, str]) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise Unfit(
                f"a drawing has at most {ELEMENTS_MAX} elements, {DEPTH_MAX} deep; simplify it"
            )
        space, _, plain = name.rpartition(" ")
        dropped = bool(self._open and self._open[-1].dropped)
        if dropped or (self._open and space != _SPACE) or plain in _DROPPED:
            self._open.append(_Open(plain, "", dropped=True))
            return
        if space != _SPACE or plain not in _ELEMENTS or (not self._open and plain != "svg"):
            raise Unfit(f"the drawing holds <{plain}>, which is not let in; remove it")
        kept = {key: text for key, value in given.items() if (text := self._kept(key, value))}
        self._open.append(_Open(plain, given.get("id", ""), dropped=False))
        self._note_references(plain, kept)
        if len(self._open) == 1:
            self._size = _size(given)
        head = f' xmlns="{_SPACE}"' if len(self._open) == 1 else ""
        listed = "".join(f" {key.rpartition(' ')[2]}={quoteattr(kept[key])}" for key in kept)
        self._out.append(f"<{plain}{head}{listed}>")

    def _kept(self, key: str, value: str) -> str:
        """The value of an attribute that stays; empty for one that is left out."""
        if " " in key and key != _LINK:
            return ""
        if key.lower().startswith("on"):
            raise Unfit(f"the drawing has a script in {key}; remove it")
        if key in ("href", _LINK) and not value.startswith("#"):
            raise Unfit(f"the drawing refers to {value[:60]!r} outside itself; embed nothing")
        _check_style(value)
        return value

    def _note_references(self, name: str, kept: dict[str, str]) -> None:
        """Gradients that inherit from one another stand for no more than one gradient each."""
        found = [match[1] for value in kept.values() for match in _references(value)]
        found += [kept[key][1:] for key in ("href", _LINK) if key in kept]
        if found and name not in _GRADIENTS:
            self._references.targets.update(found)
            self._references.holders.update(one.id for one in self._open if one.id)

    def _text(self, text: str) -> None:
        if not self._open or self._open[-1].dropped:
            return
        if self._open[-1].name == "style":
            _check_style(text)
            found = [match[1] for match in _references(text)]
            if found:
                raise Unfit("the drawing's style sheet refers to shapes; put that on the shapes")
        self._out.append(escape(text))

    def _end(self, _name: str) -> None:
        closed = self._open.pop()
        if not closed.dropped:
            self._out.append(f"</{closed.name}>")


def _references(value: str) -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in _REFERENCE.finditer(value)]


def _check_style(value: str) -> None:
    """Raise Unfit for a style or attribute that reaches outside the drawing."""
    low = value.lower()
    if "\\" in value or "@import" in low or "javascript:" in low or "expression(" in low:
        raise Unfit(f"the drawing's {value[:60]!r} is not let in; remove it")
    for inside, target in _references(value):
        if not inside:
            raise Unfit(f"the drawing refers to {target[:60]!r} outside itself; embed nothing")


def _size(given: dict[str, str]) -> tuple[int, int] | None:
    box = given.get("viewBox", "").replace(",", " ").split()
    texts = box[2:4] if len(box) == 4 else [given.get("width", ""), given.get("height", "")]  # noqa: PLR2004 - a box
    found = [_NUMBER.match(text) for text in texts]
    sides = [max(1, round(min(float(one[0]), 1e9))) for one in found if one]
    if len(sides) != 2:  # noqa: PLR2004 - width and height
        return None
    return sides[0], sides[1]
