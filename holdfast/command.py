"""The `holdfast` command: one name for everything a person starts.

It promises that each part is imported only when its command runs, so that help comes at once, and
that a wrong word is answered with the right ones.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import sys

PARTS: dict[str, tuple[str, str]] = {
    "demo": ("holdfast.demo.run", "the whole line on this machine, with a red button to press"),
    "receiver": ("alarm_receiver.command", "the alarm receiver"),
    "gateway": ("gateway.command", "the gateway at the premises"),
    "flash": ("holdfast.flash.command", "MicroPython and the keypad's application onto a board"),
    "release": ("holdfast.release.command", "the maker's key, signed images for updates"),
    "provision": (
        "holdfast.provision.command",
        "identity and key onto keypads, and the receiver told",
    ),
    "send": ("holdfast.send.command", "settings and images to keypads on the wall, over the air"),
    "walk-test": ("holdfast.walk.command", "every button of a site, pressed and seen to arrive"),
    "doctor": ("holdfast.doctor.command", "what is wrong here, one line each with the remedy"),
    "label": ("holdfast.labels.command", "labels for keypads, notices with the line's number"),
}
"""Command -> the module that holds its typer `app`, and what it is in a few words."""


def usage() -> str:
    """What `holdfast --help` shows."""
    width = max(map(len, PARTS))
    lines = [f"  holdfast {name:<{width}}  {what}" for name, (_, what) in PARTS.items()]
    return "\n".join(
        [
            "Holdfast carries a press of a red panic button to a person who acts on it.",
            "",
            *lines,
            "",
            "holdfast COMMAND --help tells more; holdfast --version says which this is.",
        ]
    )


def main() -> None:
    """Run the command that the first argument names. Exit code 2 for a wrong one."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return
    if arguments[0] == "--version":
        print(f"holdfast {importlib.metadata.version('holdfast')}")
        return
    if arguments[0] not in PARTS:
        near = difflib.get_close_matches(arguments[0], PARTS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        print(f"holdfast: there is no command '{arguments[0]}'.{hint}\n", file=sys.stderr)
        print(usage(), file=sys.stderr)
        raise SystemExit(2)
    module, _ = PARTS[arguments[0]]
    app = importlib.import_module(module).app
    app(args=arguments[1:], prog_name=f"holdfast {arguments[0]}")
