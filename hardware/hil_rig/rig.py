"""The test rig: runs on a Raspberry Pi Pico with MicroPython and is a keypad's fingers and eyes.

It promises that presses have the length that was asked for, that a press and the keypad's answer
are timed by one clock (this chip's), and that a rig that has just started presses nothing: every
contact is a relay that is open without power. It knows pins only, nothing of the firmware; pins
are those of hardware/pins/hil_rig_pico.toml, and a test compares them.
"""

import time

from machine import ADC, Pin

PRESS = 2
PRESS_SECOND = 3
LOOP_SHORT = 4
LOOP_NORMAL = 5
LOOP_ALARM = 6
LID_SHUT = 7
WALL_SHUT = 8
MAINS_ON = 10
BATTERY_ON = 11
STROBE = 14
LAMP_TROUBLE = 15
LAMP_TOLD = 16
LAMP_TAKEN = 17
SOUNDER = 18
MAINS_SENSE = 26
BATTERY_SENSE = 27

_SEEN = {
    STROBE: "strobe",
    LAMP_TROUBLE: "trouble",
    LAMP_TOLD: "told",
    LAMP_TAKEN: "taken",
    SOUNDER: "sounder",
}
_LOOP = {"short": LOOP_SHORT, "normal": LOOP_NORMAL, "alarm": LOOP_ALARM}
_EDGES_MAX = 256

_out = {
    number: Pin(number, Pin.OUT, value=0)
    for number in (
        PRESS,
        PRESS_SECOND,
        LOOP_SHORT,
        LOOP_NORMAL,
        LOOP_ALARM,
        LID_SHUT,
        WALL_SHUT,
        MAINS_ON,
        BATTERY_ON,
    )
}
_in = {number: Pin(number, Pin.IN, Pin.PULL_DOWN) for number in _SEEN}
_edges = []


def _edge(pin):
    if len(_edges) < _EDGES_MAX:
        _edges.append((time.ticks_us(), pin))


for _pin in _in.values():
    _pin.irq(_edge, Pin.IRQ_RISING | Pin.IRQ_FALLING)


def quiet():
    """A keypad at rest: nothing pressed, loop normal, lid and wall shut, both supplies on."""
    for number in (PRESS, PRESS_SECOND):
        _out[number].value(0)
    loop("normal")
    for number in (LID_SHUT, WALL_SHUT, MAINS_ON, BATTERY_ON):
        _out[number].value(1)


def press(ms, second=False, rest_ms=100):
    """Close a button's contact for `ms` milliseconds, then leave it open for `rest_ms`."""
    pin = _out[PRESS_SECOND if second else PRESS]
    pin.value(1)
    time.sleep_ms(ms)
    pin.value(0)
    time.sleep_ms(rest_ms)


def press_both(ms, apart_ms):
    """Both buttons for `ms`, the second `apart_ms` after the first."""
    _out[PRESS].value(1)
    time.sleep_ms(apart_ms)
    _out[PRESS_SECOND].value(1)
    time.sleep_ms(ms)
    _out[PRESS].value(0)
    _out[PRESS_SECOND].value(0)


def bounce(train_us):
    """Close and open by turns for the times in `train_us`; ends open. How long each really took."""
    pin = _out[PRESS]
    closed = 1
    at = [time.ticks_us()]
    for wait_us in train_us:
        pin.value(closed)
        closed ^= 1
        time.sleep_us(wait_us)
        at.append(time.ticks_us())
    pin.value(0)
    return [time.ticks_diff(at[n + 1], at[n]) for n in range(len(train_us))]


def loop(state):
    """Put the loop in one of its four states: short, normal, alarm, open."""
    for name, number in _LOOP.items():
        if name != state:
            _out[number].value(0)
    if state in _LOOP:
        _out[_LOOP[state]].value(1)


def contact(name, shut):
    """The lid's or the wall's tamper contact."""
    _out[LID_SHUT if name == "lid" else WALL_SHUT].value(1 if shut else 0)


def power(mains, battery):
    """Switch the keypad's supplies; off together is a power cut."""
    _out[MAINS_ON].value(1 if mains else 0)
    _out[BATTERY_ON].value(1 if battery else 0)


def lamps():
    """Levels now, by name: strobe, trouble, told, taken, sounder."""
    return {name: _in[number].value() for number, name in _SEEN.items()}


def forget():
    """Forget the edges seen so far."""
    _edges.clear()


def edges():
    """(microseconds, name) of every edge since `forget`; at most 256, the first ones."""
    names = {id(_in[number]): name for number, name in _SEEN.items()}
    return [(at, names[id(pin)]) for at, pin in _edges]


def press_to_strobe(hold_ms, timeout_ms):
    """Press, and wait for the keypad's publish strobe: microseconds, or -1 when none came.

    The strobe falls with a new press and rises when that press is published.
    """
    strobe = _in[STROBE]
    pin = _out[PRESS]
    _edges.clear()
    start = time.ticks_us()
    pin.value(1)
    released = False
    took = -1
    while time.ticks_diff(time.ticks_us(), start) < timeout_ms * 1000:
        now = time.ticks_us()
        if not released and time.ticks_diff(now, start) >= hold_ms * 1000:
            pin.value(0)
            released = True
        rises = [at for at, seen in list(_edges) if seen is strobe]
        if released and rises and strobe.value():
            took = time.ticks_diff(rises[-1], start)
            break
        time.sleep_us(200)
    pin.value(0)
    time.sleep_ms(100)  # the next press is one of its own
    return took


def supplies_mv():
    """(mains, battery) as switched, in millivolts: the rig proves its own cuts."""
    return (
        ADC(Pin(MAINS_SENSE)).read_u16() * 3300 * 10 // 65535,
        ADC(Pin(BATTERY_SENSE)).read_u16() * 3300 * 2 // 65535,
    )
