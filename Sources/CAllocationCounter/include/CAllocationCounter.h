// Counts calls of the C library's allocator, for programs that show that they make none.
#pragma once
#include <stdint.h>
#include <stdlib.h>

/// 1 if this C library lets its allocator be counted, else 0.
int lodestar_can_count_allocations(void);

/// Begins (1) or stops (0) to count on this thread.
void lodestar_count_allocations(int on);

/// Calls of malloc, calloc, realloc and their aligned kin counted on this thread so far.
uint64_t lodestar_allocations(void);
