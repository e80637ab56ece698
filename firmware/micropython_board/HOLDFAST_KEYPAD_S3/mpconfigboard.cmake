# Everything as MicroPython's generic ESP32-S3, then our partition table.
include(${CMAKE_CURRENT_LIST_DIR}/../ESP32_GENERIC_S3/mpconfigboard.cmake)

list(APPEND SDKCONFIG_DEFAULTS boards/HOLDFAST_KEYPAD_S3/sdkconfig.board)

# And the keypad's names in flash beside the modules that every ESP32 has.
set(MICROPY_FROZEN_MANIFEST ${CMAKE_CURRENT_LIST_DIR}/manifest.py)
