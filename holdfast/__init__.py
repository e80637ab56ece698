"""The `holdfast` command: the one door through which people start everything else.

    command         which word starts what
    demo/           the whole line on one machine, with a red button to press
    flash/ provision/ labels/ walk/ doctor/     what installers do, in their order
    release/ send/  images and settings for keypads over the air
    hil/            hardware in the loop: the rig, its emulated twin, the report
    line            broker, receiver, gateway and keypad as child processes; child, brokers,
                    embedded_broker, hops (each signal's way in milliseconds)
    serial_board    a board at a serial port

It may import everything; nothing imports it.
"""
