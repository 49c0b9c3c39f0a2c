// What the processor can do faster than portable code.
#pragma once
#include <stdint.h>
#include <stddef.h>
#include "ParityCheck.h"

/// 1 if this processor has a CRC-32C instruction that lodestar_crc32c can use, else 0.
int lodestar_has_crc32c(void);

/// Continues a CRC-32C over `count` bytes by instruction; only if lodestar_has_crc32c() is 1.
///
/// `crc` and the result are the raw register: start with 0xFFFFFFFF, invert at the end.
uint32_t lodestar_crc32c(uint32_t crc, const void *bytes, size_t count);
