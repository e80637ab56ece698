"""The timers. A timer is a column; an engine finds what is due and acts on it.

    tickets     overdue, sender (pages)
    silence     silence, missing (signals that never came), expiry (certificates)
    the house   upkeep, eraser, primaries, peer (the other receiver), orders
    shared      bell (wakes the other processes), lasting (what a turn raises ends nothing)

Each begins with what it promises.
"""
