"""Writes the keypad's names for MicroPython's image: it holds them in flash, not in the heap.

    python tools/keypad_names.py            writes the module of names anew
    python tools/keypad_names.py --check    says whether it is what a release has; exit 1 if not

MicroPython keeps each name once, in a table in the heap that doubles as it grows, unless the image
has the name. Written is what stands in a release's .mpy files and is not among those that every
image has. Newer firmware may have further ones: they go into the heap as before.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # hardware is not installed: it is for who has the sources

from hardware.emulated_board.compiled import SHIMS, compile_firmware  # noqa: E402

PAGE = ROOT / "firmware/micropython_board/HOLDFAST_KEYPAD_S3/keypad_names.py"
HEAD = '''\
"""The keypad's names. Frozen into the image they are in flash; nobody calls these functions.

Written by tools/keypad_names.py; a test fails when a release has others.
"""
'''
INTERNED_MAX = 10
"""A longer text is no name to the compiler (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN)."""
WIDTH = 96
ROWS = 40
_HEADER_BYTES = 4  # M, version, flags, bits of a small int


def names(mpy: bytes) -> set[str]:
    """The names in the table of a .mpy file that MicroPython does not have by itself."""
    count, at = _number(mpy, _HEADER_BYTES)
    _, at = _number(mpy, at)
    found = set()
    for _ in range(count):
        size, at = _number(mpy, at)
        if size & 1:
            continue  # one that every image has, by its number
        size >>= 1
        found.add(mpy[at : at + size].decode())
        at += size + 1
    return found


def _number(mpy: bytes, at: int) -> tuple[int, int]:
    """A number in groups of 7 bits, the highest first; and what comes after."""
    value = 0
    while True:
        byte = mpy[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, at


def module() -> str:
    """The text of the module, for the firmware of this tree."""
    shims = {path.stem for path in (ROOT / SHIMS).glob("*.py")}
    found: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        made = compile_firmware(ROOT, Path(folder))
        for path in made.rglob("*.mpy"):
            if path.parent != made or path.stem not in shims:
                found |= names(path.read_bytes())
    rows: list[str] = [""]
    for line in sorted(filter(None, map(said, found))):
        joined = f"{rows[-1]}, {line}" if rows[-1].startswith("of") else line
        if "import" in f"{rows[-1]} {line}".split() or len(joined) > WIDTH:
            rows.append(line)
        else:
            rows[-1] = joined
    text = HEAD
    for place in range(1, len(rows), ROWS):
        text += f"\n\ndef from_{place}(of):\n"
        text += "".join(f"    {row}\n" for row in rows[place : place + ROWS])
    return text


def said(name: str) -> str | None:
    """A line of Python in which `name` is a name to the compiler; None where there is none."""
    if name.isidentifier():
        return f"of.{name}"
    if len(name) <= INTERNED_MAX:
        return f"of({name!r})"
    return f"import {name}" if all(map(str.isidentifier, name.split("."))) else None


def main() -> int:
    """Write the module, or check it."""
    made = module()
    if "--check" in sys.argv[1:]:
        if PAGE.is_file() and PAGE.read_text("utf-8") == made:
            return 0
        print(f"{PAGE.name} is not what a release has; run: python tools/keypad_names.py")
        return 1
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
