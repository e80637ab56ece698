"""Hardware in the loop: one suite for a real keypad on a rig and for the emulated one.

It promises that both run the same tests over the same verbs: the rig's program is the one that runs
on the Pico, whether its pins end in relays or in the emulated board's inputs.

    rig.py       the verbs: press, bounce, loop, contacts, power, lamps, press-to-publish
    loom.py      the wires between an emulated rig and an emulated keypad
    bench.py     the other end of the line: opens signals, gives sealed receipts or withholds them
    report.py    what was measured as a page with pictures

Errors: those of holdfast.serial_board, and

    BenchError   the bench did not see what it waited for
"""
