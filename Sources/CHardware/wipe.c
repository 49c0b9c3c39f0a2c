// Memory for secrets: zeros that the optimiser may not leave out, and pages that stay in memory.
#include "CHardware.h"
#include <string.h>

void lodestar_wipe(void *bytes, size_t count) {
    if (count == 0) return;
    memset(bytes, 0, count);
    // The compiler must assume that this reads the memory, so that the zeros have to be there.
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
}

#if defined(__linux__)

#include <sys/mman.h>
#include <unistd.h>

size_t lodestar_page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

int lodestar_lock(void *bytes, size_t count) {
    if (count == 0) return 0;
#if defined(MADV_DONTDUMP)
    // Alone it fails where the pages are part of a mapping that may not be split; no matter.
    (void)madvise(bytes, count, MADV_DONTDUMP);
#endif
    return mlock(bytes, count) == 0;
}

void lodestar_unlock(void *bytes, size_t count) {
    if (count == 0) return;
    (void)munlock(bytes, count);
#if defined(MADV_DODUMP)
    (void)madvise(bytes, count, MADV_DODUMP);
#endif
}

#else

size_t lodestar_page_size(void) { return 4096; }

int lodestar_lock(void *bytes, size_t count) {
    (void)bytes, (void)count;
    return 0;
}

void lodestar_unlock(void *bytes, size_t count) { (void)bytes, (void)count; }

#endif
