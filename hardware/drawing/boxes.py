"""Boxes with named pins: integrated circuits, modules, connectors.

A side reads "number name kind | ..." from top to bottom (or left to right); `-` leaves a gap, `a+b`
are pads that share one pin. Kinds: i in, o out, b both, p passive, w supply in, W supply out,
c open collector, n not connected inside. Numbers and names are those of the makers' data sheets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """One box: the letter of its reference, its sides, half its width in grid units."""

    letter: str
    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""
    half_width: float = 8


def _row(text: str, kind: str) -> str:
    """Pins of one kind, written as number and name in turn."""
    words = text.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return " | ".join(f"{number} {name} {kind}" for number, name in pairs)


def connector(names: str, *, side: str = "right", kind: str = "p") -> Box:
    """A connector with one row of pins 1, 2, ... in order, named by what they carry."""
    row = " | ".join(f"{place} {name} {kind}" for place, name in enumerate(names.split(), 1))
    width = max(len(name) for name in names.split()) * 0.5 + 1.5
    return Box("J", **{side: row}, half_width=float(round(width)))


_CM4_GROUND_1 = "1+2+7+8+13+14+22+23+32+33+42+43+52+53+59+60+65+66+71+74+98"
_CM4_LEFT = " | ".join(
    [
        "93 nRPIBOOT i | 99 GLOBAL_EN b | 92 RUN_PG b | 100 nEXTRST o | 95 PI_LED_nPWR o",
        "21 Pi_nLED_Activity c | -",
        _row("49 GPIO18 50 GPIO17 46 GPIO22 47 GPIO23 45 GPIO24 41 GPIO25 24 GPIO26", "b"),
        _row("48 GPIO27 26 GPIO19 27 GPIO20 25 GPIO21 29 GPIO16 28 GPIO13 31 GPIO12", "b"),
        _row("30 GPIO6 34 GPIO5 54 GPIO4 56 GPIO3 58 GPIO2 55 GPIO14 51 GPIO15", "b"),
        _row("37 GPIO7 39 GPIO8 40 GPIO9 44 GPIO10 38 GPIO11", "b"),
        "-",
        _row("36 ID_SD 35 ID_SC 82 SDA0 80 SCL0", "b"),
    ]
)
_CM4_RIGHT = " | ".join(
    [
        _row("12 Ethernet_Pair0_P 10 Ethernet_Pair0_N 4 Ethernet_Pair1_P", "b"),
        _row("6 Ethernet_Pair1_N 11 Ethernet_Pair2_P 9 Ethernet_Pair2_N", "b"),
        _row("3 Ethernet_Pair3_P 5 Ethernet_Pair3_N", "b"),
        "19 Ethernet_nLED1 c | 17 Ethernet_nLED2 c | 15 Ethernet_nLED3 c",
        "16 Ethernet_SYNC_IN i | 18 Ethernet_SYNC_OUT o | -",
        _row("57 SD_CLK 62 SD_CMD 63 SD_DAT0 67 SD_DAT1 69 SD_DAT2 61 SD_DAT3", "b"),
        _row("68 SD_DAT4 64 SD_DAT5 72 SD_DAT6 70 SD_DAT7", "b"),
        "73 SD_VDD_OVERRIDE i | 75 SD_PWR_ON o | -",
        "89 WL_nDisable i | 91 BT_nDisable i | 20 EEPROM_nWP i | 97 Camera_GPIO b",
        "96 AnalogIP0 i | 94 AnalogIP1 i | 76 Reserved p",
    ]
)
_CM4_GROUND_2 = "+".join(
    str(pad - 100)
    for pad in (
        *(107, 108, 113, 114, 119, 120, 125, 126, 131, 132, 137, 138, 144, 150, 155, 156),
        *(161, 162, 167, 168, 173, 174, 179, 180, 185, 186, 191, 192, 197, 198),
    )
)


def _unused(first: int, last: int) -> str:
    """Pins of the second connector that this carrier leaves open, named by the module's number."""
    used = {101, 103, 105} | {int(pad) + 100 for pad in _CM4_GROUND_2.split("+")}
    return " | ".join(f"{pad - 100} X{pad} p" for pad in range(first, last + 1) if pad not in used)


BOXES: dict[str, Box] = {
    "ESP32-S3-WROOM-1": Box(
        "U",
        left="3 EN i | 27 IO0 b | - | 39 IO1 b | 38 IO2 b | 5 IO5 b | 6 IO6 b | - | 4 IO4 b"
        " | 7 IO7 b"
        " | 24 IO47 b | 36 RXD0 b | - | 8 IO15 b | 9 IO16 b | 10 IO17 b | 11 IO18 b | 23 IO21 b"
        " | 31 IO38 b | 32 IO39 b",
        right="13 USB_D- b | 14 USB_D+ b | - | 33 IO40 b | 34 IO41 b | 25 IO48 b | 35 IO42 b"
        " | 37 TXD0 b | - | 18 IO10 b | 19 IO11 b | 20 IO12 b | 21 IO13 b | 22 IO14 b | -"
        " | 12 IO8 b"
        " | 17 IO9 b | - | 15 IO3 b | 26 IO45 b | 16 IO46 b | 28 IO35 b | 29 IO36 b | 30 IO37 b",
        top="2 3V3 w",
        bottom="1+40+41 GND w",
        half_width=10,
    ),
    "74LVC2G17": Box(
        "U",
        left="1 1A i | 3 2A i",
        right="6 1Y o | 4 2Y o",
        top="5 VCC w",
        bottom="2 GND w",
        half_width=5,
    ),
    "USBLC6-2SC6": Box(
        "U",
        left="1 I/O1 p | 3 I/O2 p",
        right="6 I/O1 p | 4 I/O2 p",
        top="5 VBUS p",
        bottom="2 GND p",
        half_width=5,
    ),
    "USB_C": Box(
        "J",
        right="A4+A9+B4+B9 VBUS p | A5 CC1 b | B5 CC2 b | A6 D+ b | B6 D+ b | A7 D- b | B7 D- b"
        " | A8 SBU1 b | B8 SBU2 b",
        bottom="A1+A12+B1+B12 GND p | S1 SHIELD p",
        half_width=6,
    ),
    "USB_A": Box(
        "J", right="1 VBUS p | 2 D- b | 3 D+ b", bottom="4 GND p | 5 Shield p", half_width=5
    ),
    "LMR36510": Box(
        "U",
        left="2 VIN w | 3 EN i | 4 PG c",
        right="7 BOOT i | 8 SW o | 5 FB i | 6 VCC W",
        bottom="1 PGND w | 9 PAD w",
        half_width=6,
    ),
    "LMR33630": Box(
        "U",
        left="2 VIN w | 3 EN i | 4 PG c",
        right="7 BOOT i | 8 SW o | 5 FB i | 6 VCC W",
        bottom="1+9 GND w",
        half_width=6,
    ),
    "BQ24075": Box(
        "U",
        left="13 IN w | - | 5 EN2 i | 6 EN1 i | 4 ~{CE} i | 15 SYSOFF i | 12 ILIM p"
        " | 16 ISET p | 14 TMR i",
        right="10+11 OUT W | - | 2+3 BAT W | - | 1 TS p | - | 7 ~{PGOOD} c | 9 ~{CHG} c",
        bottom="8+17 VSS w",
        half_width=8,
    ),
    "TPS63001": Box(
        "U",
        left="5 VIN w | 8 VINA w | 6 EN i | 7 PS/SYNC i",
        right="1 VOUT W | 10 FB i",
        top="4 L1 i | 2 L2 i",
        bottom="9 GND w | 3+11 PGND w",
        half_width=8,
    ),
    "TPS3839": Box("U", left="3 VDD w", right="2 ~{RESET} o", bottom="1 GND w", half_width=6),
    "TPS3808": Box(
        "U",
        left="5 SENSE i | 3 ~{MR} i | 4 CT i",
        right="1 ~{RESET} c",
        top="6 VDD w",
        bottom="2 GND w",
        half_width=7,
    ),
    "TPL5010": Box(
        "U",
        left="4 DONE i | 3 DELAY/M_RST i",
        right="6 ~{RST} c | 5 WAKE o",
        top="1 VDD w",
        bottom="2 GND w",
        half_width=9,
    ),
    "ATECC608B": Box(
        "U",
        left="5 SDA b | 6 SCL i",
        right="1 NC n | 2 NC n | 3 NC n | 7 NC n",
        top="8 VCC w",
        bottom="4 GND w",
        half_width=5,
    ),
    "W5500": Box(
        "U",
        left="32 ~{SCS} i | 33 SCLK i | 35 MOSI i | 34 MISO o | 36 ~{INT} o | 37 ~{RST} i | -"
        " | 45 PMODE0 i | 44 PMODE1 i | 43 PMODE2 i | - | 30 XI/CLKIN i | 31 XO o | -"
        " | 10 EXRES1 p | 20 TOCAP p | 22 1V2O o | 18 VBG p",
        right="2 TXP o | 1 TXN o | 6 RXP i | 5 RXN i | - | 25 LINKLED o | 27 ACTLED o | 24 SPDLED o"
        " | 26 DUPLED o | - | 7 DNC n | 12+13+46+47 NC n | - | 23+38+39+40+41+42 RSVD i",
        top="28 VDD w | 4+8+11+15+17+21 AVDD w",
        bottom="29 GND w | 3+9+14+16+19+48 AGND w",
        half_width=9,
    ),
    "HR911105A": Box(
        "J",
        left="1 TD+ p | 4 TCT p | 2 TD- p | 3 RD+ p | 5 RCT p | 6 RD- p | 12 G+ p | 11 G- p"
        " | 9 Y+ p"
        " | 10 Y- p",
        bottom="8 GND p | SH SH p",
        right="7 NC n",
        half_width=6,
    ),
    "RB1-125B8G1A": Box(
        "J",
        left="2R TD1+ p".replace("2R", "R2")
        + " | R3 TD1- p | R4 TD2+ p | R5 TD2- p | R6 TD3+ p | R7 TD3- p"
        " | R8 TD4+ p | R9 TD4- p | R1 CT p | L1 ~ p | L2 ~ p | L3 ~ p | L4 ~ p",
        bottom="R10 GND p | SH SH p",
        half_width=6,
    ),
    "CPC1017N": Box("K", left="1 A p | 2 K p", right="4 ~ p | 3 ~ p", half_width=4),
    "G5V-1": Box(
        "K", left="2 COIL+ p | 9 COIL- p", right="1 NC p | 5+6 COM p | 10 NO p", half_width=7
    ),
    "FSUSB42": Box(
        "U",
        left="3 D+ b | 4 D- b | 2 SEL i | 10 ~{OE} i",
        right="7 HSD1+ b | 6 HSD1- b | 9 HSD2+ b | 8 HSD2- b",
        top="1 VCC w",
        bottom="5 GND w",
        half_width=7,
    ),
    "TPS2065C": Box(
        "U", left="5 IN w | 4 EN i", right="1 OUT W | 3 ~{FLT} c", bottom="2 GND w", half_width=6
    ),
    "PICO": Box(
        "U",
        left="4 GPIO2 b | 5 GPIO3 b | 6 GPIO4 b | 7 GPIO5 b | 9 GPIO6 b | 10 GPIO7 b | 11 GPIO8 b"
        " | 12 GPIO9 b | 14 GPIO10 b | 15 GPIO11 b | 16 GPIO12 b | 17 GPIO13 b | - | 1 GPIO0 b"
        " | 2 GPIO1 b | 24 GPIO18 b | 25 GPIO19 b | 26 GPIO20 b | 27 GPIO21 b | 29 GPIO22 b",
        right="19 GPIO14 b | 20 GPIO15 b | 21 GPIO16 b | 22 GPIO17 b | - | 31 GPIO26_ADC0 b"
        " | 32 GPIO27_ADC1 b | 34 GPIO28_ADC2 b | 35 ADC_VREF p | - | 30 RUN p | 37 3V3_EN p"
        " | 39 VSYS w | 36 3V3 W",
        top="40 VBUS W",
        bottom="3+8+13+18+23+28+38 GND p | 33 AGND p",
        half_width=10,
    ),
    "CM4_1": Box(
        "J",
        left=_CM4_LEFT,
        right=_CM4_RIGHT,
        top="77+79+81+83+85+87 +5V w | 84+86 CM4_3.3V W | 88+90 CM4_1.8V W | 78 GPIO_VREF w",
        bottom=_CM4_GROUND_1 + " GND w",
        half_width=18,
    ),
    "CM4_2": Box(
        "J",
        left="1 USB_OTG_ID i | 3 USB_N b | 5 USB_P b | - | " + _unused(102, 145),
        right=_unused(146, 200),
        bottom=_CM4_GROUND_2 + " GND w",
        half_width=8,
    ),
    "TERMINAL_IN": connector("SUPPLY+ GND"),
    "TERMINAL_LOOP": connector("LOOP RETURN"),
    "TERMINAL_BUTTON": connector("BUTTON RETURN"),
    "TERMINAL_LID": connector("SWITCH RETURN"),
    "TERMINAL_RELAY": connector("NC COM NO", side="left"),
    "CELL": connector("CELL+ NTC CELL-"),
    "MATRIX": connector("ROW1 ROW2 ROW3 ROW4 COL1 COL2 COL3"),
    "HARNESS_KEYPAD": connector("GND STROBE TAKEN TOLD TROUBLE SOUNDER", side="left"),
    "HARNESS_RIG": connector("GND STROBE TAKEN TOLD TROUBLE SOUNDER"),
    "RIG_BUTTON": connector("BUTTON RETURN", side="left"),
    "RIG_LOOP": connector("LOOP RETURN", side="left"),
    "RIG_TAMPER": connector("LID WALL RETURN", side="left"),
    "RIG_SUPPLY": connector("SUPPLY+ GND", side="left"),
    "RIG_CELL": connector("CELL+ NTC CELL-", side="left"),
}
