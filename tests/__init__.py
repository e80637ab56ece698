"""Tests; a package only so that `python -m tests.load` finds the benchmarks."""
