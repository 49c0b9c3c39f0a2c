// Takes the place of the C library's allocator entries, counts calls, and passes them on.
#include "CAllocationCounter.h"
#include <errno.h>
#include <stddef.h>

#if defined(__GLIBC__)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local int is_counting;
static _Thread_local uint64_t calls;

static void note(void) { calls += (uint64_t)is_counting; }

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    note();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    note();
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

int lodestar_can_count_allocations(void) { return 1; }
void lodestar_count_allocations(int on) { is_counting = on != 0; }
uint64_t lodestar_allocations(void) { return calls; }

#else

int lodestar_can_count_allocations(void) { return 0; }
void lodestar_count_allocations(int on) { (void)on; }
uint64_t lodestar_allocations(void) { return 0; }

#endif
