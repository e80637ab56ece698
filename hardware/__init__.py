"""Hardware of Holdfast: boards as drawings, the numbers they share, and the proofs that they hold.

What stands here may be read by everybody and imports nothing of the firmware, gateway or receiver.
`python -m hardware` is the door: it draws, checks and proves (see `hardware.__main__`).

    values.toml, pins/, bom/, fit/, books/   the numbers, pins, parts and facts; books.py reads them
    sheets/         the boards as scripts that read like drawings; drawing/ writes KiCad from them
    boards, render, kicad, pages, pictures/     files, pages and tables made of them
    checks/, proofs/    what is held against them; faults, fault_list: what these must catch
    emulated_board/ the ESP32 on a PC; hil_rig/ the program of the test rig
    slim, constants, lean, bundle, parameters   make the keypad's sources small before compiling
"""
