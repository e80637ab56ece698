"""Runs first after every reset; leaves the rest to main.py."""
