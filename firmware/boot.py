"""Runs first after every reset and chooses the image. Replaced by cable only, as main.py is.

The NVS number `image` says what to run and is written whole or not at all: bits 0-1 the image that
has worked, bits 2-3 the one on trial, above that the starts the trial has had. 0 is what came by
cable, 1 and 2 are folders. A trial is counted before anything of it is loaded: one that cannot
start, hangs or never confirms is over after three starts. (keypad.trial writes the same number.)
"""

import gc
import sys

import machine
from esp32 import NVS

nvs = NVS("holdfast")
try:
    good = nvs.get_i32("image")
except OSError:
    good = 0
if good >> 4 > 2:  # noqa: PLR2004  # three starts
    good &= 3
    nvs.set_i32("image", good)
elif good >> 2:
    nvs.set_i32("image", good + 16)
    machine.WDT(timeout=8000)
    good >>= 2
nvs.commit()
if good & 3:
    sys.path.insert(0, "slot_%d" % (good & 3))
del good, nvs, NVS
gc.collect()  # the largest pieces of the heap are asked for next
