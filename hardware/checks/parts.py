"""The netlist against the lists of parts: values, makers' numbers, footprints, alternates, pads."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hardware.drawing.sexpr import Node, children, parse, text, walk

if TYPE_CHECKING:
    from pathlib import Path

    from hardware.books import Books
    from hardware.drawing.symbols import Symbol
    from hardware.kicad import Netlist


def check(board: str, books: Books, netlist: Netlist) -> list[str]:
    """Complaints about what is fitted on `board`."""
    parts = books.parts(board)
    found = netlist.components
    wrong = [
        f"{ref}: in the list of parts, not in the netlist"
        for ref in sorted(set(parts) - set(found))
    ]
    wrong += [
        f"{ref}: in the netlist, not in the list of parts"
        for ref in sorted(set(found) - set(parts))
    ]
    for ref in sorted(set(parts) & set(found)):
        part, comp = parts[ref], found[ref]
        for name, ours, theirs in (
            ("value", part.value, comp.value),
            ("footprint", part.footprint, comp.footprint),
            ("MPN", part.mpn, comp.fields.get("MPN", "")),
            ("alternate", "; ".join(part.alternates), comp.fields.get("Alternate", "")),
        ):
            if ours != theirs:
                wrong.append(f"{ref}: {name} is '{theirs}', the list of parts says '{ours}'")
            if not theirs and name in {"footprint", "MPN"}:
                wrong.append(f"{ref}: no {name}")
        if books.kinds[part.key].get("ic") and not part.alternates:
            wrong.append(f"{ref} ({part.mpn}): an integrated circuit without an alternate")
    return wrong


def safety_nets(wanted: dict[str, list[str]], netlist: Netlist) -> list[str]:
    """Complaints where a net of safety holds other pads than a person has approved."""
    wrong = []
    for name, pads in wanted.items():
        net = netlist.net_of(name) if "." in name else name
        found = netlist.nets.get(net, set())
        if found != set(pads):
            extra, gone = sorted(found - set(pads)), sorted(set(pads) - found)
            wrong.append(f"safety net {name}: extra {extra}, missing {gone}; see safety_nets.toml")
    return wrong


def footprint_pads(library: Path, footprint: str) -> set[str] | None:
    """Pads of a footprint in KiCad's library; None when it is not there."""
    folder, name = footprint.split(":")
    file = library / f"{folder}.pretty" / f"{name}.kicad_mod"
    if not file.is_file():
        return None
    return {str(pad[1]) for pad in walk(parse(file.read_text("utf-8")), "pad") if pad[1]}


def check_footprints(
    board: str, books: Books, symbols: dict[str, Symbol], library: Path
) -> list[str]:
    """Complaints where a footprint is unknown or lacks a pad that the symbol has."""
    wrong = []
    seen = set()
    for part in books.parts(board).values():
        if part.key in seen:
            continue
        seen.add(part.key)
        pads = footprint_pads(library, part.footprint)
        if pads is None:
            wrong.append(f"{part.key}: footprint {part.footprint} is not in KiCad's library")
            continue
        wanted = {digits for pin in symbols[part.symbol].pins for digits in pin.numbers}
        if missing := wanted - pads:
            wrong.append(f"{part.key}: footprint {part.footprint} has no pads {sorted(missing)}")
    return wrong


@cache
def _library(file: Path) -> dict[str, list[Node]]:
    """The symbols of one of KiCad's library files by name."""
    tree = parse(file.read_text("utf-8"))
    return {str(entry[1]): entry for entry in children(tree, "symbol")}


def library_pins(library: Path, symbol: str) -> dict[str, str]:
    """Pad -> name of a symbol in KiCad's library, derived symbols followed to their base."""
    folder, name = symbol.split(":")
    by_name = _library(library / f"{folder}.kicad_sym")
    entry = by_name[name]
    for base in children(entry, "extends"):
        entry = by_name[str(base[1])]
    return {text(pin, "number"): text(pin, "name") for pin in walk(entry, "pin")}


def _plain(name: str) -> str:
    """A pin's name without case, bars and decoration, so that spelling does not matter."""
    return re.sub(r"[~{}_/ ]", "", name).upper()


def check_symbols(books: Books, symbols: dict[str, Symbol], library: Path) -> list[str]:
    """Complaints where our pin numbers are not those of KiCad's symbol for the same part."""
    wrong = []
    for key, kind in books.kinds.items():
        if "kicad" not in kind:
            continue
        theirs = library_pins(library, kind["kicad"])
        ours = {digits: pin.name for pin in symbols[kind["symbol"]].pins for digits in pin.numbers}
        if set(ours) != set(theirs):
            odd = sorted(set(ours) ^ set(theirs))
            wrong.append(
                f"{key}: pads {odd} are in one of our symbol and KiCad's {kind['kicad']} only"
            )
        for pad in sorted(set(ours) & set(theirs)):
            named = theirs[pad] not in {"~", ""} and not theirs[pad].isdigit()
            if named and _plain(ours[pad]) != _plain(theirs[pad]):
                wrong.append(f"{key}: pad {pad} is '{ours[pad]}' here and '{theirs[pad]}' in KiCad")
    return wrong
