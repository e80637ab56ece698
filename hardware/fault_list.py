"""The seeded faults. Each has happened to somebody; each must be caught."""

from __future__ import annotations

from hardware.faults import (
    Fault,
    add_words,
    drift,
    drop_first,
    drop_part,
    facts,
    few_bounces,
    firmware,
    firmware_numbers,
    footprints,
    in_list,
    in_sheet,
    proof,
    relabel,
    rules,
    set_field,
    swap,
    symbols,
    together,
    wiring,
)

PINS = "pins/keypad_esp32s3.toml"
FIT = "fit/keypad.toml"
KEYPAD, GATEWAY, RIG = wiring("keypad"), wiring("gateway"), wiring("hil_rig")

EDITED_IN_KICAD = (
    Fault("panic line cut", in_sheet("keypad/module", relabel("PANIC_N", "")), KEYPAD, "PANIC"),
    Fault(
        "buttons swapped", in_sheet("keypad/module", swap("PANIC_N", "SECOND_N")), KEYPAD, "PANIC"
    ),
    Fault(
        "panic on the boot pin", in_sheet("keypad/module", swap("PANIC_N", "BOOT_N")), KEYPAD, "IO0"
    ),
    Fault(
        "buffer's output onto the loop",
        in_sheet("keypad/inputs", relabel("SECOND_N", "LOOP_ADC")),
        KEYPAD,
        "drives an analogue input",
    ),
    Fault(
        "strobe shorted to tamper",
        in_sheet("keypad/module", relabel("STROBE", "TAMPER_WALL")),
        KEYPAD,
        "safety net TAMPER_WALL",
    ),
    Fault("USB legs swapped", in_sheet("keypad/module", swap("USB_DP", "USB_DN")), KEYPAD, ""),
    Fault("button's pull-up missing", in_sheet("keypad/inputs", drop_part("R106")), KEYPAD, "R106"),
    Fault("clamp missing", in_sheet("keypad/inputs", drop_part("D101")), KEYPAD, "J101.1"),
    Fault(
        "tamper's pull-up missing",
        in_sheet("keypad/inputs", drop_part("R110")),
        KEYPAD,
        "no pull-up",
    ),
    Fault(
        "sounder sounds at start",
        in_sheet("keypad/panel", drop_part("R418")),
        KEYPAD,
        "no pull-down",
    ),
    Fault("lamp lit at start", in_sheet("keypad/panel", drop_part("R416")), KEYPAD, "no pull-down"),
    Fault("boot pin floats", in_sheet("keypad/module", drop_part("R202")), KEYPAD, "BOOT_N"),
    Fault(
        "reset not connected", in_sheet("keypad/battery", relabel("RESET_N", "")), KEYPAD, "RESET_N"
    ),
    Fault(
        "wrong resistor",
        in_sheet("keypad/inputs", set_field("R101", "Value", "47k")),
        KEYPAD,
        "R101",
    ),
    Fault(
        "part without a number",
        in_sheet("keypad/battery", set_field("U303", "MPN", "")),
        KEYPAD,
        "U303",
    ),
    Fault(
        "resistor too small for its heat",
        in_sheet(
            "keypad/battery", set_field("R309", "Footprint", "Resistor_SMD:R_0603_1608Metric")
        ),
        KEYPAD,
        "R309",
    ),
    Fault(
        "open-pin mark gone",
        in_sheet("keypad/battery", drop_first("no_connect")),
        rules("keypad"),
        "",
    ),
    Fault("a wire gone", in_sheet("keypad/battery", drop_first("wire")), rules("keypad"), ""),
    Fault("sheet edited by hand", in_sheet("keypad/panel", add_words), drift("keypad"), "panel"),
    Fault(
        "relay energised at start",
        in_sheet("gateway/watch", drop_part("R303")),
        GATEWAY,
        "no pull-down",
    ),
    Fault(
        "modem cut at start", in_sheet("gateway/modem", drop_part("R402")), GATEWAY, "no pull-down"
    ),
    Fault(
        "watchdog restarts nothing",
        in_sheet("gateway/watch", relabel("RUN_PG", "")),
        GATEWAY,
        "RUN_PG",
    ),
    Fault(
        "rig's loop states swapped",
        in_sheet("hil_rig/contacts", swap("END_OF_LINE", "CONTACT")),
        RIG,
        "END_OF_LINE",
    ),
)

CHANGED_IN_A_LIST = (
    Fault(
        "panic on a strapping pin, its guard moved away",
        together(
            in_list(PINS, 'IO46 = ""', 'IO4 = ""'),
            in_list(PINS, 'gpio = 4\npad = "IO4"', 'gpio = 46\npad = "IO46"', "keypad"),
        ),
        KEYPAD,
        "strapping",
    ),
    Fault(
        "tamper on a PSRAM pin, its guard moved away",
        together(
            in_list(PINS, 'IO35 = ""', 'RXD0 = ""'),
            in_list(PINS, 'gpio = 44\npad = "RXD0"', 'gpio = 35\npad = "IO35"', "keypad"),
        ),
        KEYPAD,
        "PSRAM",
    ),
    Fault(
        "loop on ADC2",
        together(
            in_list(PINS, 'gpio = 14\npad = "IO14"', 'gpio = 1\npad = "IO1" '),
            in_list(
                PINS,
                'gpio = 1\npad = "IO1"\nnet = "LOOP_ADC"',
                'gpio = 14\npad = "IO14"\nnet = "LOOP_ADC"',
                "keypad",
            ),
        ),
        KEYPAD,
        "not a pad of ADC1",
    ),
    Fault(
        "pin moved, firmware not told",
        in_list(PINS, "gpio = 7\n", "gpio = 33\n"),
        firmware,
        "SECOND",
    ),
    Fault(
        "loop's pull-down too large",
        in_list(
            FIT, 'R102 = { part = "R0603", value = "24k"', 'R102 = { part = "R0603", value = "240k"'
        ),
        proof("loop"),
        "calibrated range",
    ),
    Fault(
        "contact's resistor too small",
        in_list("values.toml", "contact_ohm = 6800", "contact_ohm = 1000"),
        proof("loop"),
        "gap",
    ),
    Fault(
        "alarm window too narrow",
        in_list("values.toml", "alarm = [470, 630]", "alarm = [500, 600]"),
        proof("loop"),
        "'alarm'",
    ),
    Fault(
        "loop window moved, firmware not told",
        in_list("values.toml", "normal = [240, 360]", "normal = [230, 360]"),
        firmware_numbers,
        "WINDOWS",
    ),
    Fault(
        "divider changed, firmware not told",
        in_list(FIT, 'value = "180k"', 'value = "220k"'),
        firmware_numbers,
        "_MAINS_SHARE",
    ),
    Fault(
        "debounce changed, firmware not told",
        in_list("values.toml", "stable_ms = 20", "stable_ms = 30"),
        firmware_numbers,
        "STABLE_MS",
    ),
    Fault(
        "button's filter too small",
        in_list(FIT, 'C103 = { part = "C220n"', 'C103 = { part = "C10n"'),
        few_bounces,
        "two edges",
    ),
    Fault(
        "no discharge resistor",
        in_list(
            FIT, 'R103 = { part = "R0603", value = "10k"', 'R103 = { part = "R0603", value = "1R"'
        ),
        proof("discharge"),
        "loop",
    ),
    Fault(
        "hold-up capacitor too small",
        in_list(FIT, 'C311 = { part = "SUPERCAP"', 'C311 = { part = "C22u"'),
        proof("hold-up"),
        "alive",
    ),
    Fault(
        "cell charged too slowly for its timer",
        in_list(FIT, 'value = "1k3", why = "charge', 'value = "2k2", why = "charge'),
        proof("derived"),
        "charge",
    ),
    Fault(
        "surge clamp above the regulator's rating",
        in_list("fit/gateway.toml", 'part = "TVS_INPUT_12V"', 'part = "TVS_INPUT"'),
        proof("derived"),
        "gateway's surge clamp",
    ),
    Fault(
        "cell too small",
        in_list("values.toml", "cell_ah = 3.0", "cell_ah = 1.0"),
        proof("standby"),
        "grades 1-2",
    ),
    Fault(
        "watchdog too fast to start",
        in_list(
            "fit/gateway.toml", 'value = "30k", why = "interval', 'value = "22k", why = "interval'
        ),
        proof("derived"),
        "watchdog",
    ),
    Fault(
        "power failure told too late",
        in_list("fit/gateway.toml", 'value = "240k"', 'value = "120k"'),
        proof("derived"),
        "regulator's needs",
    ),
    Fault(
        "5 V become 10 V",
        in_list("fit/gateway.toml", 'value = "24k9"', 'value = "12k"'),
        proof("derived"),
        "5 V",
    ),
    Fault(
        "rig ends the line otherwise than the keypad",
        in_list("fit/hil_rig.toml", 'value = "@loop.end_of_line_ohm"', 'value = "2k7"'),
        proof("derived"),
        "rig's end of line",
    ),
    Fault(
        "circuit without an alternate",
        in_list("parts.toml", '["TI TPS63021DSJR (other footprint)"]', "[]", "keypad"),
        KEYPAD,
        "alternate",
    ),
    Fault(
        "footprint without the pads",
        in_list("parts.toml", "Package_TO_SOT_SMD:SOT-363_SC-70-6", "Package_TO_SOT_SMD:SOT-23"),
        footprints("keypad"),
        "BUFFER",
    ),
    Fault(
        "symbol of another part",
        in_list("parts.toml", 'kicad = "Timer:TPL5010"', 'kicad = "Power_Supervisor:TPS3808DBV"'),
        symbols,
        "WATCHDOG",
    ),
    Fault(
        "fact without a source",
        in_list(
            "facts.toml",
            'source = "AWG 24 copper, 84.2 ohm/km (IEC 60228 / ASTM B258 tables)"',
            'source = ""',
        ),
        facts,
        "source",
    ),
    Fault(
        "bill of materials out of date",
        in_list("bom/keypad.csv", "ERA-3AEB472V", "ERA-3AEB473V"),
        drift("keypad"),
        "bom/keypad.csv",
    ),
)

FAULTS = EDITED_IN_KICAD + CHANGED_IN_A_LIST
