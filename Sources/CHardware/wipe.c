// Zeros that the optimiser may not leave out.
#include "CHardware.h"
#include <string.h>

void lodestar_wipe(void *bytes, size_t count) {
    if (count == 0) return;
    memset(bytes, 0, count);
    // The compiler must assume that this reads the memory, so that the zeros have to be there.
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
}
