"""The numbers, pins and parts as they stand in the .toml files, typed and checked on reading.

Promises: every number has one place, every fact a source, every part a maker's number. It only
reads; it neither draws nor judges. A `Books` can be opened on a copy of the tree, which is how
seeded faults are made.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hardware.errors import BookError

HERE = Path(__file__).parent
BOARDS = {"keypad": "keypad_esp32s3", "gateway": "gateway_cm4", "hil_rig": "hil_rig_pico"}
PREFIX = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "R": 1.0, "k": 1e3, "M": 1e6, "": 1.0}
PULLS = ("up", "down", "driven", "")


def number(text: str) -> float:
    """Ohm, farad or henry from the way it is written on a drawing: 4k7, 100n, 22R, 2u2, 0.47F."""
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([pnumRkM]?)(\d*)[FH]?", text.strip())
    if match is None:
        raise BookError(f"'{text}' is no value: write it like 4k7, 100n or 0.47F")
    whole, point, prefix, rest = match.groups()
    return float(f"{whole}.{point or rest or 0}") * PREFIX[prefix]


@dataclass(frozen=True)
class Pin:
    """One line of a pin file; the file's head says what each field means."""

    name: str
    gpio: int
    pad: str
    net: str
    way: str
    why: str
    active: str = ""
    pull: str = ""


@dataclass(frozen=True)
class PinMap:
    """A board's pins: the source for firmware, netlist and docs."""

    board: str
    module: str
    part: str
    reserved: dict[str, str]
    analogue: frozenset[str]
    pins: dict[str, Pin]


@dataclass(frozen=True)
class Part:
    """What stands at one reference on a board, ready for the drawing and the bill of materials."""

    ref: str
    key: str
    value: str
    symbol: str
    footprint: str
    maker: str
    mpn: str
    alternates: tuple[str, ...]
    why: str
    option: str = ""
    bought: bool = True


class Books:
    """All .toml files below `root` (the folder `hardware/`)."""

    def __init__(self, root: Path = HERE) -> None:
        self.root = root

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads((self.root / name).read_text("utf-8"))
        except FileNotFoundError:
            raise BookError(f"{self.root / name} is missing: restore it from git") from None
        except tomllib.TOMLDecodeError as error:
            raise BookError(f"{self.root / name}: {error}") from None

    @cached_property
    def values(self) -> dict[str, Any]:
        """Our own numbers, as values.toml groups them."""
        return self._read("values.toml")

    @cached_property
    def fact_sources(self) -> dict[str, dict[str, Any]]:
        """Numbers of data sheets and standards with their sources; one without is refused."""
        facts = self._read("facts.toml")
        for name, fact in facts.items():
            if set(fact) != {"value", "source", "read"} or len(str(fact["source"])) < len(
                "ISO 1 p. 1"
            ):
                raise BookError(
                    f"facts.toml [{name}]: needs value, source (document, place) and read"
                )
        return facts

    def fact(self, name: str) -> Any:
        """The value of one fact."""
        try:
            return self.fact_sources[name]["value"]
        except KeyError:
            raise BookError(f"facts.toml has no [{name}]") from None

    def pins(self, board: str) -> PinMap:
        """The pin map of `board`; refused when a name, number, pad or net stands twice."""
        name = f"pins/{BOARDS[board]}.toml"
        raw = self._read(name)
        pins = {key: Pin(name=key, **fields) for key, fields in raw["pins"].items()}
        for field in ("gpio", "pad", "net"):
            seen: dict[Any, str] = {}
            for pin in pins.values():
                twin = seen.setdefault(getattr(pin, field), pin.name)
                if twin != pin.name:
                    raise BookError(
                        f"{name}: {pin.name} and {twin} share {field} {getattr(pin, field)}"
                    )
        for pin in pins.values():
            if pin.pull not in PULLS or pin.way not in {"in", "out", "both", "adc"}:
                raise BookError(
                    f"{name}: {pin.name}: way or pull is not one of those in the file's head"
                )
        return PinMap(
            raw["board"],
            raw["module"],
            raw["part"],
            raw["reserved"],
            frozenset(raw["analogue"]["pads"]),
            pins,
        )

    @cached_property
    def kinds(self) -> dict[str, dict[str, Any]]:
        """The catalogue of part kinds."""
        return self._read("parts.toml")

    def parts(self, board: str) -> dict[str, Part]:
        """What stands at each reference of `board`, values and maker's numbers resolved."""
        name = f"fit/{board}.toml"
        return {ref: self._part(name, ref, row) for ref, row in self._read(name).items()}

    def _part(self, name: str, ref: str, row: dict[str, Any]) -> Part:
        key = row["part"]
        if key not in self.kinds:
            raise BookError(
                f"{name}: {ref} is a '{key}', which parts.toml does not have: add it there"
            )
        kind = self.kinds[key]
        value = row.get("value", kind.get("value", ""))
        if value.startswith("@"):
            group, key_name = value[1:].split(".")
            value = written(float(self.values[group][key_name]))
        if not value or not row.get("why"):
            raise BookError(f"{name}: {ref} needs a value and a why")
        words = maker_words(value) if "{" in kind["mpn"] else {}
        return Part(
            ref=ref,
            key=key,
            value=value,
            symbol=kind["symbol"],
            footprint=kind["footprint"],
            maker=kind["maker"],
            mpn=kind["mpn"].format(**words),
            alternates=tuple(text.format(**words) for text in kind["alternates"]),
            why=row["why"],
            option=row.get("option", ""),
        )

    def ohms(self, board: str, ref: str) -> float:
        """The value of `ref` as a number, whatever its unit."""
        return number(self.parts(board)[ref].value.split()[0])

    def tolerance(self, board: str, ref: str) -> float:
        """The tolerance of `ref` as a share, from its kind."""
        return float(self.kinds[self.parts(board)[ref].key]["tolerance"])


def written(ohms: float) -> str:
    """A resistance as it stands on a drawing: 2200 is 2k2, 100000 is 100k."""
    for letter, scale in (("M", 1e6), ("k", 1e3), ("R", 1.0)):
        if ohms >= scale:
            whole, _, rest = f"{ohms / scale:g}".partition(".")
            return f"{whole}{letter}{rest}"
    raise BookError(f"{ohms} ohm is no resistance of ours")


def maker_words(value: str) -> dict[str, str]:
    """A resistance as makers write it: 4k7 is 4K7 (Yageo), 4K70 (Vishay), 472 (three digits)."""
    ohms = number(value)
    power = math.floor(math.log10(ohms))
    yageo = value.upper().removesuffix("R") + ("R" if value.endswith("R") else "")
    letter, scale = next((x, y) for x, y in (("M", 1e6), ("K", 1e3), ("R", 1.0)) if ohms >= y)
    places = 2 - math.floor(math.log10(ohms / scale))
    vishay = (
        f"{ohms / scale:.{places}f}".replace(".", letter)
        if places
        else f"{ohms / scale:.0f}{letter}"
    )
    digits = f"{round(ohms / 10 ** (power - 1))}{power - 1}"
    return {"yageo": yageo, "vishay": vishay, "digits": digits}
