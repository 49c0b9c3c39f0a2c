// Start-up of the exercises on a Cortex-M4: vectors, memory, semihosting; no operating system.
//
// Source: Armv7-M Architecture Reference Manual (ARM DDI 0403E) B1.5; Semihosting for AArch32 and
// AArch64 (ARM IHI 0108) for SYS_WRITE0 and SYS_EXIT_EXTENDED.
#include <stddef.h>
#include <stdint.h>

extern uint8_t data_begin[], data_end[], data_image[], bss_begin[], bss_end[], stack_top[];

// In Tests/Embedded/Sources/Exercises/CortexEntry.swift.
void lodestar_exercises(void);

enum { SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20 };
enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

static void semihost(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static _Noreturn void leave(uint32_t code) {
    const uint32_t arguments[2] = {ADP_STOPPED_APPLICATION_EXIT, code};
    semihost(SYS_EXIT_EXTENDED, arguments);
    for (;;) {
    }
}

// One line: the exercise's name and its digest in sixteen hexadecimal digits.
void lodestar_report(const char *name, uint64_t digest) {
    char digits[19] = " ";
    for (int place = 0; place < 16; place++) {
        digits[1 + place] = "0123456789abcdef"[(digest >> (60 - 4 * place)) & 15];
    }
    digits[17] = '\n';
    digits[18] = 0;
    semihost(SYS_WRITE0, name);
    semihost(SYS_WRITE0, digits);
}

// Nothing may allocate: if something asks for memory after all, it gets none.
int posix_memalign(void **memory, size_t alignment, size_t size) {
    (void)alignment;
    (void)size;
    *memory = NULL;
    semihost(SYS_WRITE0, "memory was asked for\n");
    leave(3);
}

void free(void *memory) { (void)memory; }

static void fault(void) {
    semihost(SYS_WRITE0, "a trap or a bus fault\n");
    leave(2);
}

// One past the top of the call stack was written.
uintptr_t __stack_chk_guard = 0x5ca1ab1e;
void __stack_chk_fail(void) { fault(); }

// Swift keeps doubles in the registers of the floating-point unit, which starts switched off.
static void enable_floating_point(void) {
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20;  // CPACR: full access to CP10 and CP11
    __asm__ volatile("dsb\n isb");
}

static void reset(void) {
    enable_floating_point();
    for (size_t i = 0; i < (size_t)(data_end - data_begin); i++) data_begin[i] = data_image[i];
    for (uint8_t *byte = bss_begin; byte < bss_end; byte++) *byte = 0;
    lodestar_exercises();
    leave(0);
}

// Initial stack, reset, then the fourteen system exceptions; no interrupt is ever enabled.
__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, (void *)reset, (void *)fault, (void *)fault, (void *)fault, (void *)fault,
    (void *)fault, (void *)fault, (void *)fault, (void *)fault, (void *)fault, (void *)fault,
    (void *)fault, (void *)fault, (void *)fault, (void *)fault,
};
