"""The settings of this keypad, checked, and what its start found. Data and nothing else.

Classes without functions: the modules that fill them can then leave the heap.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from machine import WDT


class Settings:
    """What keypad.config.SETTINGS says of each."""

    device: bytes
    key: bytes
    board: str
    host: str
    port: int
    host_2: str
    port_2: int
    tls: str
    user: str
    password: str
    link: str
    wifi_ssid: str
    wifi_password: str
    address: str
    netmask: str
    router: str
    dns: str
    zone: int
    mode: str
    hold_ms: int
    latch: bool
    loop: bool
    tamper: bool
    supplies: bool
    codes: "list[tuple[str, str]]"
    sounder: bool
    siren_s: int
    covert: bool
    trace: bool
    heartbeat_s: int
    retry_ms_min: int
    retry_ms_max: int


class Start:
    """What the start found.

    board         the module with the pins; None once everything is built
    epoch         this boot, counted
    crashes       starts in a row that ended badly, this one not yet judged
    damaged       signals that damage took from the ring
    tls           context for the broker, or None
    counter       of the last parcel of settings
    settings_told what became of new settings: "" taken, else why not; None: there were none
    settings_why  the same as a number (alarm_wire.parcel)
    trial         what has not proved itself yet: bit 0 the settings, bit 1 the image
    tried         version of an image whose fate nobody has told yet, or 0; negative: about to be
    certificate   None, or which of our certificates ends first and in which hour since 1970
    jammed        contacts that have stayed closed since before, a bit each
    opened        1 when the service way was opened while no keypad ran
    started_well  to be called once this start has held
    """

    board: "Any"
    epoch: int
    crashes: int
    damaged: int
    tls: "Any"
    trial: int
    tried: int
    opened: int
    jammed: int
    certificate: "tuple[int, int] | None"
    counter: int
    settings_told: "str | None"
    settings_why: int
    watchdog: "WDT"
    started_well: "Callable[[], None]"
