"""The settings of this keypad, checked. Data and nothing else.

A class without functions: `keypad.config`, which fills it, can then leave the heap.
"""


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
    wifi_ssid: str
    wifi_password: str
    zone: int
    mode: str
    hold_ms: int
    latch: bool
    loop: bool
    tamper: bool
    supplies: bool
    codes: "list[tuple[str, str]]"
    covert: bool
    trace: bool
    heartbeat_s: int
    retry_ms_min: int
    retry_ms_max: int
