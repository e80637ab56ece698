# Everything as MicroPython's generic ESP32-S3, then our partition table.
include(${CMAKE_CURRENT_LIST_DIR}/../ESP32_GENERIC_S3/mpconfigboard.cmake)

list(APPEND SDKCONFIG_DEFAULTS boards/HOLDFAST_KEYPAD_S3/sdkconfig.board)
