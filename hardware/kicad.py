"""Runs kicad-cli and reads what it says: rule check, netlist, pages as SVG and PDF.

Promises: KiCad's own verdicts, unfiltered. It uses a private settings folder, so that it neither
reads nor changes the user's KiCad. Every failure names the program and what to do.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hardware.drawing.sexpr import child, children, parse, text
from hardware.errors import DrawingError, ToolError

LIBRARIES = Path("/usr/share/kicad")
TIMEOUT_S = 120
WANTED = "9."


@dataclass(frozen=True)
class Component:
    """One part as the netlist has it."""

    ref: str
    value: str
    footprint: str
    fields: dict[str, str]


@dataclass
class Netlist:
    """What hangs on what: `nets` name -> {"REF.PAD"}, `functions` "REF.PAD" -> pin's name."""

    components: dict[str, Component] = field(default_factory=dict)
    nets: dict[str, set[str]] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def net_of(self, node: str) -> str:
        """The net of "REF.PAD", or empty."""
        return next((name for name, nodes in self.nets.items() if node in nodes), "")


def find(program: str = "kicad-cli") -> str:
    """The path of `program`, or `ToolError` with the remedy."""
    path = shutil.which(program)
    if path is None:
        raise ToolError(f"{program} is not installed: `make system` installs it")
    return path


def run(*arguments: str) -> str:
    """Run kicad-cli; its output."""
    with tempfile.TemporaryDirectory() as settings:
        environment = {
            **os.environ,
            "KICAD_CONFIG_HOME": settings,
            "KICAD9_SYMBOL_DIR": str(LIBRARIES / "symbols"),
            "KICAD9_FOOTPRINT_DIR": str(LIBRARIES / "footprints"),
        }
        done = subprocess.run(  # noqa: S603 - our own arguments
            [find(), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    if done.returncode:
        raise ToolError(
            f"kicad-cli {' '.join(arguments[:3])}: {(done.stdout + done.stderr).strip()}"
        )
    return done.stdout


def version() -> str:
    """KiCad's version; refused when it is not the one the drawings are for."""
    found = run("version").strip()
    if not found.startswith(WANTED):
        raise ToolError(f"kicad-cli is {found}, the drawings need {WANTED}x: see `make system`")
    return found


def rule_check(sheet: Path) -> list[str]:
    """Every violation of KiCad's electrical rules, warnings too, on the board of `sheet`."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "erc.json")
        run("sch", "erc", "--severity-all", "--format", "json", "-o", str(report), str(sheet))
        found = json.loads(report.read_text("utf-8"))
    return [
        f"{page['path']}: {violation['description']}: "
        + ", ".join(item["description"] for item in violation["items"])
        for page in found["sheets"]
        for violation in page["violations"]
    ]


def netlist(sheet: Path) -> Netlist:
    """The netlist of the board that `sheet` opens."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "board.net")
        run("sch", "export", "netlist", "--format", "kicadsexpr", "-o", str(target), str(sheet))
        tree = parse(target.read_text("utf-8"))
    found = Netlist()
    for comp in children(child(tree, "components"), "comp"):
        fields = {}
        for holder in children(comp, "fields"):
            for entry in children(holder, "field"):
                words = [part for part in entry[1:] if isinstance(part, str)]
                fields[text(entry, "name")] = words[-1] if words else ""
        try:
            footprint = text(comp, "footprint")
        except DrawingError:
            footprint = ""
        ref = text(comp, "ref")
        found.components[ref] = Component(ref, text(comp, "value"), footprint, fields)
    for net in children(child(tree, "nets"), "net"):
        name = text(net, "name").lstrip("/")
        for node in children(net, "node"):
            where = f"{text(node, 'ref')}.{text(node, 'pin')}"
            found.nets.setdefault(name, set()).add(where)
            if list(children(node, "pinfunction")):
                found.functions[where] = text(node, "pinfunction")
            found.kinds[where] = text(node, "pintype")
    return found


def pages(sheet: Path, folder: Path) -> None:
    """Write every page of the board as SVG into `folder`, and all as one PDF beside the sheet."""
    run("sch", "export", "svg", "-o", str(folder), str(sheet))
    run("sch", "export", "pdf", "-o", str(sheet.with_suffix(".pdf")), str(sheet))
