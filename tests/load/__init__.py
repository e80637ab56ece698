"""Benchmarks. Figures of one machine mean little: look at the ratios and counts of one run."""
