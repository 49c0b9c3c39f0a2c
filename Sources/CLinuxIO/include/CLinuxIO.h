// Kernel interfaces whose macros and structures Swift cannot import by itself.
#ifndef LODESTAR_C_LINUX_IO_H
#define LODESTAR_C_LINUX_IO_H

#include <stdint.h>

#include "gpio.h"
#include "lodestar_process.h"

// Raw 8N1 without flow control at any speed that the driver takes, in baud.
// Returns 0, or the error number.
int lodestar_serial_raw(int descriptor, uint32_t baud);

#endif
