"""The netlist against the pin file: both ways, reserved pads, ADC, pulls, drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.books import Pin, PinMap
    from hardware.kicad import Netlist

RAIL = {"up": {"+3V3"}, "down": {"GND"}}
FIXED = {"GND", "3V3", "+5V", "CM4_3.3V", "CM4_1.8V", "GPIO_VREF", "VBUS", "VSYS", "AGND"}


def module_nets(pins: PinMap, netlist: Netlist) -> dict[str, str]:
    """Pad name -> net of every pad of the module that carries one; open pads give ""."""
    nets = {}
    for net, nodes in netlist.nets.items():
        for node in nodes:
            if node.split(".")[0] == pins.module and node in netlist.functions:
                open_pad = net.startswith("unconnected-")
                nets[netlist.functions[node]] = "" if open_pad else net
    return nets


def check(pins: PinMap, netlist: Netlist, forbidden: frozenset[int] = frozenset()) -> list[str]:
    """Complaints about the module's pads; `forbidden` are GPIOs that no pin file may hand out."""
    nets = module_nets(pins, netlist)
    if not nets:
        return [f"{pins.module}: no such module in the netlist; the pin file names it"]
    wrong = []
    for pin in pins.pins.values():
        found = nets.get(pin.pad, "")
        if found != pin.net:
            wrong.append(f"{pin.pad} ({pin.name}): netlist has '{found}', the pin file '{pin.net}'")
        if pin.gpio in forbidden:
            wrong.append(
                f"{pin.pad} ({pin.name}): a strapping, USB or PSRAM pin, whatever the file says"
            )
        if pin.pad in pins.reserved:
            wrong.append(f"{pin.pad} ({pin.name}): a reserved pad (strap, USB, PSRAM or bus)")
        if pin.way == "adc" and pin.pad not in pins.analogue:
            wrong.append(f"{pin.pad} ({pin.name}): not a pad of ADC1")
        wrong += _pull(pin, netlist) + _driver(pin, netlist)
    known = {pin.pad for pin in pins.pins.values()} | set(pins.reserved) | FIXED
    for pad, net in sorted(nets.items()):
        if pad in pins.reserved and net != pins.reserved[pad]:
            allowed = pins.reserved[pad] or "nothing"
            wrong.append(f"{pad} is reserved for {allowed} but carries '{net}'")
        if net and pad not in known:
            wrong.append(f"{pad} carries '{net}', which the pin file does not know")
    return wrong


def _neighbours(net: str, netlist: Netlist) -> dict[str, str]:
    """Resistor -> net on its other side, for every resistor on `net`."""
    found = {}
    for node in netlist.nets.get(net, ()):
        ref, pad = node.rsplit(".", 1)
        if ref.startswith("R") and ref[1:].isdigit():
            found[ref] = netlist.net_of(f"{ref}.{'2' if pad == '1' else '1'}")
    return found


def _pull(pin: Pin, netlist: Netlist) -> list[str]:
    """A resistor to the rail that the pin file promises, at most one series resistor away."""
    if pin.pull not in RAIL:
        return []
    near = _neighbours(pin.net, netlist)
    reach = set(near.values())
    for net in near.values():
        if net not in {"GND", "+3V3"}:
            reach |= set(_neighbours(net, netlist).values())
    if reach & RAIL[pin.pull]:
        return []
    return [f"{pin.net} ({pin.name}): no pull-{pin.pull} resistor, the pin file promises one"]


def _driver(pin: Pin, netlist: Netlist) -> list[str]:
    """A driven input has exactly one output on its net; no input or ADC net has one by mistake."""
    outputs = sorted(
        node for node in netlist.nets.get(pin.net, ()) if netlist.kinds.get(node) == "output"
    )
    if pin.pull == "driven" and len(outputs) != 1:
        return [f"{pin.net} ({pin.name}): needs exactly one driver, has {outputs}"]
    if pin.way == "adc" and outputs:
        return [f"{pin.net} ({pin.name}): {outputs} drives an analogue input"]
    if pin.way == "out" and outputs:
        return [f"{pin.net} ({pin.name}): {outputs} drives against the module"]
    return []
