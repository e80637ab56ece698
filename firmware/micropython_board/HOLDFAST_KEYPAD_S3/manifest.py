# What MicroPython freezes into every ESP32, and the keypad's names, which then take no heap.
include("$(PORT_DIR)/boards/manifest.py")
module("keypad_names.py", base_path="$(BOARD_DIR)")
