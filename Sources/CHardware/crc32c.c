// CRC-32C by instruction: SSE4.2 on x86-64, the CRC extension on AArch64.
#include "CHardware.h"
#include <string.h>

#if defined(__x86_64__)

#include <nmmintrin.h>
#include <wmmintrin.h>

int lodestar_has_crc32c(void) {
    return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

// The instruction takes one word a cycle but answers after three, so three streams run side by
// side. A register is carried over n bytes of zeros by a product with x^(8n-33) modulo the
// polynomial, bits reversed (Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32
// Instruction", Intel white paper, 2011).
#define LONG_STREAM 512
#define SHORT_STREAM 128
// Three streams at once hide from the processor that the bytes are read in a row, so it is told
// which ones come next: those of the next frame.
#define AHEAD 2048
static const uint32_t over_long = 0xDD7E3B0C, over_long_twice = 0x170076FA;
static const uint32_t over_short = 0x0D3B6092, over_short_twice = 0xB9E02B86;

__attribute__((target("sse4.2,pclmul")))
static inline uint64_t carried(uint64_t crc, uint32_t factor) {
    __m128i product = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)crc), _mm_cvtsi64_si128((long long)(uint64_t)factor), 0);
    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

// Takes in three streams of `length` bytes each, a multiple of 8.
__attribute__((target("sse4.2,pclmul")))
static inline uint64_t three_streams(
    uint64_t crc, const unsigned char *p, size_t length, uint32_t over, uint32_t over_twice
) {
    uint64_t second = 0, third = 0;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t a, b, c;
        if (i % 64 == 0)
            for (size_t j = 0; j < 3; j++)
                _mm_prefetch((const char *)p + AHEAD + j * length + i, _MM_HINT_T0);
        memcpy(&a, p + i, 8);
        memcpy(&b, p + length + i, 8);
        memcpy(&c, p + 2 * length + i, 8);
        crc = _mm_crc32_u64(crc, a);
        second = _mm_crc32_u64(second, b);
        third = _mm_crc32_u64(third, c);
    }
    return carried(crc, over_twice) ^ carried(second, over) ^ third;
}

__attribute__((target("sse4.2,pclmul")))
uint32_t lodestar_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const unsigned char *p = bytes;
    uint64_t register_ = crc;
    for (; count >= 3 * LONG_STREAM; count -= 3 * LONG_STREAM, p += 3 * LONG_STREAM)
        register_ = three_streams(register_, p, LONG_STREAM, over_long, over_long_twice);
    for (; count >= 3 * SHORT_STREAM; count -= 3 * SHORT_STREAM, p += 3 * SHORT_STREAM)
        register_ = three_streams(register_, p, SHORT_STREAM, over_short, over_short_twice);
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
