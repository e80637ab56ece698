"""What the chip does when it gets power: runs boot.py, forgets it, then runs main.py."""

import gc
import sys

import boot

del boot, sys.modules["boot"]
gc.collect()

import main  # noqa: E402, F401
