"""Plots and drawings as SVG: written by hand, the same bytes every time."""
