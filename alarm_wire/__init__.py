"""The contract that keypad, gateway and receiver share: signals, their bytes, their seals.

It promises that two parts that speak this package understand each other or refuse each other by
name, and that nobody without a device's key can make, alter or confirm a signal. It is pure: it
takes the time as an argument and returns what to do. It imports hashlib, struct and binascii and
nothing else, and runs unchanged on MicroPython and CPython.

    signal       Signal, Heartbeat and their kinds
    frame        signal, heartbeat, receipt, refusal <-> canonical bytes
    seal         HMAC-SHA-256 cut to 16 bytes, one derived key per purpose
    receipt      the receiver's sealed answer: stored, acknowledged, heard
    parcel       new settings for a device, sealed piece by piece
    outbox       what to send next; keep until a receipt confirms it
    supervision  on time -> late -> lost, from heartbeats alone
    backoff      capped exponential waits, jitter passed in

Errors:

    WireError            anything wrong with a frame; carries one of the Refusal reasons
"""
