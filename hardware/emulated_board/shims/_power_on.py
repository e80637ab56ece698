"""What the chip does when it gets power: runs boot.py, forgets it, then runs main.py."""

import gc
import sys

import _romfs  # noqa: F401  # MicroPython's own start mounts what lies there

import boot

del boot, sys.modules["boot"]
gc.collect()

import main  # noqa: E402, F401
