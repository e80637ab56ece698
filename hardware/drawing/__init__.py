"""Writes KiCad 9 drawings from scripts that read like drawings. Deterministic, no dependencies.

`symbols` knows the shapes, `sheet` puts them on paper and refuses overlaps, `line` draws a signal's
way from left to right, `project` binds sheets into a board that opens in KiCad.
"""
