#define MICROPY_HW_BOARD_NAME "Holdfast keypad, ESP32-S3"

// .mpy files of the partition "romfs" run where they lie: their bytecode takes no heap.
#define MICROPY_VFS_ROM (1)

#include "../ESP32_GENERIC_S3/mpconfigboard.h"
