"""The contract that keypad, gateway and receiver share: signals, their bytes, their seals.

It promises that two parts that speak this package understand each other or refuse each other by
name, and that nobody without a device's key can make, alter or confirm a signal. It is pure: it
takes the time as an argument and returns what to do. It imports hashlib, struct and binascii and
nothing else, and runs unchanged on MicroPython and CPython.

    signal       Signal, Heartbeat and their kinds
    frame        signal, heartbeat <-> canonical bytes; what every sealed frame has in common
    seal         HMAC-SHA-256 cut to 16 bytes, one derived key per purpose
    receipt      the receiver's sealed answer: stored, acknowledged, heard; refusals, which are not
    batch        many frames in one body, between gateway and receiver
    parcel       new settings or a new image for a device, sealed piece by piece
    codes        kinds as SIA DC-03 and Contact ID have them, for other receivers
    profiles     the reporting times of EN 50136, each with who says so
    outbox       what to send next; keep until a receipt confirms it
    supervision  on time -> late -> lost, from heartbeats alone
    backoff      capped exponential waits, jitter passed in

Errors:

    WireError            anything wrong with a frame; carries one of the Refusal reasons
"""
