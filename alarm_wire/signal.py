"""What a device has to say: a numbered Signal, or a Heartbeat that proves it lives.

A signal is immutable. Its identity is (device, epoch, number): epoch counts the boots of the
device, number comes from its flash ring, and both only grow. The same identity again is a
duplicate; the same identity with other content is an attack.
"""

from binascii import hexlify

DEVICE_BYTES = 8
"""Length of a device's identity; written as 16 lower-case hexadecimal digits."""

ITSELF = bytes(DEVICE_BYTES)
"""`about` of a signal that speaks of the device that sends it."""

# Kinds. The number decides the class, so that a receiver that does not know a newer kind still
# treats it by its class: 1 to 31 emergencies, 32 to 95 technical alarms, 96 to 255 status.
HOLD_UP = 1
DURESS = 2
PANIC = 3
MEDICAL = 4
FIRE = 5

TAMPER = 32
LOOP_FAULT = 33
MAINS_LOST = 34
BATTERY_LOW = 35
DEVICE_LATE = 36
DEVICE_LOST = 37
PATH_LOST = 38
STORE_TROUBLE = 39
CODE_LOCKED = 40
SELF_TEST_FAILED = 41
CLOCK_SKEWED = 42
FORGERY = 43
HELD_BACK = 44

STARTED = 96
STOPPED = 97
TEST_STARTED = 98
TEST_ENDED = 99
TAMPER_RESTORED = 100
LOOP_RESTORED = 101
MAINS_RESTORED = 102
BATTERY_RESTORED = 103
DEVICE_RESTORED = 104
PATH_RESTORED = 105
STORE_RESTORED = 106
PANEL_RESET = 107
CONFIG_CHANGED = 108
UPDATED = 109
PERIODIC_TEST = 110
FETCHING = 111
CERTIFICATE = 112

KIND_NAMES: "dict[int, str]" = {
    HOLD_UP: "hold_up",
    DURESS: "duress",
    PANIC: "panic",
    MEDICAL: "medical",
    FIRE: "fire",
    TAMPER: "tamper",
    LOOP_FAULT: "loop_fault",
    MAINS_LOST: "mains_lost",
    BATTERY_LOW: "battery_low",
    DEVICE_LATE: "device_late",
    DEVICE_LOST: "device_lost",
    PATH_LOST: "path_lost",
    STORE_TROUBLE: "store_trouble",
    CODE_LOCKED: "code_locked",
    SELF_TEST_FAILED: "self_test_failed",
    CLOCK_SKEWED: "clock_skewed",
    FORGERY: "forgery",
    HELD_BACK: "held_back",
    STARTED: "started",
    STOPPED: "stopped",
    TEST_STARTED: "test_started",
    TEST_ENDED: "test_ended",
    TAMPER_RESTORED: "tamper_restored",
    LOOP_RESTORED: "loop_restored",
    MAINS_RESTORED: "mains_restored",
    BATTERY_RESTORED: "battery_restored",
    DEVICE_RESTORED: "device_restored",
    PATH_RESTORED: "path_restored",
    STORE_RESTORED: "store_restored",
    PANEL_RESET: "panel_reset",
    CONFIG_CHANGED: "config_changed",
    UPDATED: "updated",
    PERIODIC_TEST: "periodic_test",
    FETCHING: "fetching",
    CERTIFICATE: "certificate",
}

# What a `certificate` speaks of, as its zone; its value is the hour since 1970 in which the first
# of them ends, or 0 when none is in use.
CERTIFICATE_OWN = 1
"""The certificate that the device shows to its broker."""
CERTIFICATE_AUTHORITY = 2
"""The authority by which the device checks its broker."""
CERTIFICATE_RECEIVER = 3
"""The certificate that a receiver has shown to the gateway."""

# Classes, most urgent first: the order in which everything is sent, stored and shown.
EMERGENCY = 0
TECHNICAL = 1
STATUS = 2

# Flags of a signal.
TEST = 0x01
"""Made in the installer's test mode. Shown and marked, never dropped."""
SILENT = 0x02
"""The device showed and sounded nothing; nobody may call the premises."""
CLOCK_KNOWN = 0x04
"""`pressed_utc_ms` is true; without it the age follows from the uptimes alone."""
FLAGS_KNOWN = TEST | SILENT | CLOCK_KNOWN


def urgency(kind: int) -> int:
    """Class of `kind`: EMERGENCY, TECHNICAL or STATUS. Unknown kinds have a class too."""
    if kind < TAMPER:
        return EMERGENCY
    if kind < STARTED:
        return TECHNICAL
    return STATUS


def kind_name(kind: int) -> str:
    """Name of `kind` as the API shows it; `kind_N` for one that this version does not know."""
    return KIND_NAMES.get(kind, "kind_%d" % kind)


class Signal:
    """One numbered thing that happened, as the device saw it.

    device          8 bytes, who sends
    epoch, number   with `device` the identity; 1 to 2**32 - 1
    kind            1 to 255, one of the kinds above
    flags           TEST | SILENT | CLOCK_KNOWN
    zone            0 to 65535, the place inside the site; 0 = the device itself
    about           8 bytes, the device spoken of (a gateway reports a lost keypad), or ITSELF
    value           signed 32 bits whose meaning belongs to the kind (millivolts, user, count)
    pressed_ms      uptime of the device in `epoch` when it happened
    pressed_utc_ms  milliseconds since 1970 when flag CLOCK_KNOWN is set, else 0
    """

    def __init__(
        self,
        device: bytes,
        epoch: int,
        number: int,
        kind: int,
        *,
        flags: int = 0,
        zone: int = 0,
        about: bytes = ITSELF,
        value: int = 0,
        pressed_ms: int = 0,
        pressed_utc_ms: int = 0,
    ) -> None:
        self.device = device
        self.epoch = epoch
        self.number = number
        self.kind = kind
        self.flags = flags
        self.zone = zone
        self.about = about
        self.value = value
        self.pressed_ms = pressed_ms
        self.pressed_utc_ms = pressed_utc_ms

    def identity(self) -> "tuple[bytes, int, int]":
        """(device, epoch, number): what makes a second arrival a duplicate."""
        return (self.device, self.epoch, self.number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signal) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.identity())

    def __repr__(self) -> str:
        return "<Signal %s %d.%d %s zone %d>" % (
            device_text(self.device),
            self.epoch,
            self.number,
            kind_name(self.kind),
            self.zone,
        )


class Moment:
    """When a device sent a frame: its boot counter and its uptime in that boot."""

    def __init__(self, epoch: int, uptime_ms: int) -> None:
        self.epoch = epoch
        self.uptime_ms = uptime_ms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.epoch, self.uptime_ms))

    def __repr__(self) -> str:
        return "<Moment epoch %d, %d ms>" % (self.epoch, self.uptime_ms)


class Age:
    """How long before sending a signal happened: `ms`, exact or a lower bound.

    The device has no clock. Within one boot the age is the difference of two uptimes. After a
    reboot the time without power is unknown, so the uptime since that reboot is the least.
    """

    def __init__(self, ms: int, exact: bool) -> None:
        self.ms = ms
        self.exact = exact


def age(signal: Signal, sent: Moment) -> Age:
    """Age of `signal` at the moment `sent`; never negative."""
    if sent.epoch == signal.epoch:
        return Age(max(0, sent.uptime_ms - signal.pressed_ms), True)
    return Age(sent.uptime_ms, False)


class Heartbeat:
    """Proof that a device lives, and how well. Never stored by the device, never a ticket.

    epoch, number   boot counter, and a count of heartbeats inside that boot
    uptime_ms       since boot
    boot_cause      as the board reports it: 1 power, 2 hard reset, 3 watchdog, 4 deep sleep, 5 soft
    pending         signals in the outbox that no receipt has confirmed
    rssi_dbm        -128 to 0; 0 when there is no radio
    lateness_ms     longest stretch without a turn of the event loop since the last heartbeat
    heap_free       bytes
    mains_mv, battery_mv   millivolts; 0 when not fitted
    firmware        major << 16 | minor << 8 | patch
    trouble         bits, TROUBLE_* below
    """

    def __init__(
        self,
        device: bytes,
        epoch: int,
        number: int,
        *,
        uptime_ms: int = 0,
        boot_cause: int = 0,
        pending: int = 0,
        rssi_dbm: int = 0,
        lateness_ms: int = 0,
        heap_free: int = 0,
        mains_mv: int = 0,
        battery_mv: int = 0,
        firmware: int = 0,
        trouble: int = 0,
    ) -> None:
        self.device = device
        self.epoch = epoch
        self.number = number
        self.uptime_ms = uptime_ms
        self.boot_cause = boot_cause
        self.pending = pending
        self.rssi_dbm = rssi_dbm
        self.lateness_ms = lateness_ms
        self.heap_free = heap_free
        self.mains_mv = mains_mv
        self.battery_mv = battery_mv
        self.firmware = firmware
        self.trouble = trouble

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Heartbeat) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.device, self.epoch, self.number))

    def __repr__(self) -> str:
        return "<Heartbeat %s %d.%d>" % (device_text(self.device), self.epoch, self.number)


# Bits of Heartbeat.trouble.
TROUBLE_STORE = 0x01
TROUBLE_PATH = 0x02
TROUBLE_TAMPER = 0x04
TROUBLE_LOOP = 0x08
TROUBLE_MAINS = 0x10
TROUBLE_BATTERY = 0x20
TROUBLE_ON_TEST = 0x40


def device_text(device: bytes) -> str:
    """`device` as people read it: 16 lower-case hexadecimal digits."""
    return hexlify(device).decode()
