// CRC-32C by instruction: SSE4.2 on x86-64, the CRC extension on AArch64.
#include "CHardware.h"
#include <string.h>

#if defined(__x86_64__)

#include <nmmintrin.h>

int lodestar_has_crc32c(void) { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2")))
uint32_t lodestar_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const unsigned char *p = bytes;
    uint64_t register_ = crc;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        register_ = _mm_crc32_u64(register_, word);
    }
    uint32_t result = (uint32_t)register_;
    for (; count > 0; count--, p++) result = _mm_crc32_u8(result, *p);
    return result;
}

#elif defined(__aarch64__) && (defined(__linux__) || defined(__ARM_FEATURE_CRC32))

#include <arm_acle.h>
#if defined(__linux__)
#include <sys/auxv.h>
int lodestar_has_crc32c(void) { return (getauxval(AT_HWCAP) & (1UL << 7)) != 0; }
#else
int lodestar_has_crc32c(void) { return 1; }
#endif

__attribute__((target("crc")))
uint32_t lodestar_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const unsigned char *p = bytes;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = __crc32cd(crc, word);
    }
    for (; count > 0; count--, p++) crc = __crc32cb(crc, *p);
    return crc;
}

#else

int lodestar_has_crc32c(void) { return 0; }

uint32_t lodestar_crc32c(uint32_t crc, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return crc;
}

#endif
