// Multiplication over GF(2) by instruction: PCLMULQDQ on x86-64, PMULL on AArch64.
#include "CHardware.h"
#include <string.h>

#if defined(__x86_64__)

#include <wmmintrin.h>
#include <emmintrin.h>

int lodestar_has_carryless_multiply(void) { return __builtin_cpu_supports("pclmul") != 0; }

#define WITH_PRODUCT __attribute__((target("pclmul,sse2")))
typedef __m128i pair;

WITH_PRODUCT static inline pair zero(void) { return _mm_setzero_si128(); }
WITH_PRODUCT static inline pair load(const void *p) { return _mm_loadu_si128((const pair *)p); }
WITH_PRODUCT static inline pair load_word(const uint64_t *p) {
    return _mm_loadl_epi64((const pair *)p);
}
WITH_PRODUCT static inline void store(void *p, pair a) { _mm_storeu_si128((pair *)p, a); }
WITH_PRODUCT static inline pair add(pair a, pair b) { return _mm_xor_si128(a, b); }
WITH_PRODUCT static inline pair low_low(pair a, pair b) { return _mm_clmulepi64_si128(a, b, 0x00); }
WITH_PRODUCT static inline pair high_low(pair a, pair b) {
    return _mm_clmulepi64_si128(a, b, 0x01);
}
WITH_PRODUCT static inline pair low_high(pair a, pair b) {
    return _mm_clmulepi64_si128(a, b, 0x10);
}
WITH_PRODUCT static inline pair high_high(pair a, pair b) {
    return _mm_clmulepi64_si128(a, b, 0x11);
}
WITH_PRODUCT static inline uint64_t low(pair a) { return (uint64_t)_mm_cvtsi128_si64(a); }
WITH_PRODUCT static inline uint64_t high(pair a) {
    return (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(a, a));
}
// The words of a moved up by one place, zero below; and moved down, zero above.
WITH_PRODUCT static inline pair up(pair a) { return _mm_slli_si128(a, 8); }
WITH_PRODUCT static inline pair down(pair a) { return _mm_srli_si128(a, 8); }
WITH_PRODUCT static inline pair of_word(uint64_t a) { return _mm_cvtsi64_si128((long long)a); }

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_neon.h>
#include <sys/auxv.h>

// HWCAP_PMULL.
int lodestar_has_carryless_multiply(void) { return (getauxval(AT_HWCAP) & (1UL << 4)) != 0; }

#define WITH_PRODUCT __attribute__((target("aes")))
typedef uint64x2_t pair;

WITH_PRODUCT static inline pair product(uint64_t a, uint64_t b) {
    return vreinterpretq_u64_p128(vmull_p64((poly64_t)a, (poly64_t)b));
}
WITH_PRODUCT static inline pair zero(void) { return vdupq_n_u64(0); }
WITH_PRODUCT static inline pair load(const void *p) {
    return vreinterpretq_u64_u8(vld1q_u8((const uint8_t *)p));
}
WITH_PRODUCT static inline pair load_word(const uint64_t *p) {
    return vcombine_u64(vcreate_u64(*p), vdup_n_u64(0));
}
WITH_PRODUCT static inline void store(void *p, pair a) {
    vst1q_u8((uint8_t *)p, vreinterpretq_u8_u64(a));
}
WITH_PRODUCT static inline pair add(pair a, pair b) { return veorq_u64(a, b); }
WITH_PRODUCT static inline uint64_t low(pair a) { return vgetq_lane_u64(a, 0); }
WITH_PRODUCT static inline uint64_t high(pair a) { return vgetq_lane_u64(a, 1); }
WITH_PRODUCT static inline pair low_low(pair a, pair b) { return product(low(a), low(b)); }
WITH_PRODUCT static inline pair high_low(pair a, pair b) { return product(high(a), low(b)); }
WITH_PRODUCT static inline pair low_high(pair a, pair b) { return product(low(a), high(b)); }
WITH_PRODUCT static inline pair high_high(pair a, pair b) {
    return vreinterpretq_u64_p128(
        vmull_high_p64(vreinterpretq_p64_u64(a), vreinterpretq_p64_u64(b)));
}
WITH_PRODUCT static inline pair up(pair a) { return vextq_u64(zero(), a, 1); }
WITH_PRODUCT static inline pair down(pair a) { return vextq_u64(a, zero(), 1); }
WITH_PRODUCT static inline pair of_word(uint64_t a) {
    return vcombine_u64(vcreate_u64(a), vdup_n_u64(0));
}

#else

int lodestar_has_carryless_multiply(void) { return 0; }

void lodestar_toeplitz_product(
    uint64_t *y, const uint64_t *diagonals, const uint64_t *x, size_t words) {
    (void)diagonals, (void)x;
    memset(y, 0, words * 8);
}

void lodestar_polynomial_hash(
    uint64_t accumulator[2], const void *key, const void *blocks, size_t count) {
    (void)accumulator, (void)key, (void)blocks, (void)count;
}

#endif

#ifdef WITH_PRODUCT

// Word m of the sum of products x[j] d[m + words - 1 - j]: two words, of which the upper belongs
// to y[m] and the lower to y[m - 1].
WITH_PRODUCT __attribute__((always_inline)) static inline pair anti_diagonal(
    const uint64_t *d, const uint64_t *x, size_t m, size_t words) {
    pair even = zero(), odd = zero();
    size_t j = 0;
    for (; j + 2 <= words; j += 2) {
        const pair two = load(x + j), of = load(d + (m + words - 2 - j));
        even = add(even, low_high(two, of));
        odd = add(odd, high_low(two, of));
    }
    if (j < words) even = add(even, low_low(load_word(x + j), load_word(d + m)));
    return add(even, odd);
}

WITH_PRODUCT __attribute__((always_inline)) static inline void toeplitz(
    uint64_t *y, const uint64_t *d, const uint64_t *x, size_t words) {
    uint64_t carried = high(anti_diagonal(d, x, 0, words));
#pragma clang loop unroll(disable)
    for (size_t m = 1; m <= words; m++) {
        const pair sum = anti_diagonal(d, x, m, words);
        y[m - 1] = carried ^ low(sum);
        carried = high(sum);
    }
}

WITH_PRODUCT void lodestar_toeplitz_product(
    uint64_t *y, const uint64_t *diagonals, const uint64_t *x, size_t words) {
    // The inner loop has no branch where its length is a constant.
    switch (words) {
        case 6: return toeplitz(y, diagonals, x, 6);
        case 7: return toeplitz(y, diagonals, x, 7);
        case 8: return toeplitz(y, diagonals, x, 8);
        case 9: return toeplitz(y, diagonals, x, 9);
        case 10: return toeplitz(y, diagonals, x, 10);
        case 11: return toeplitz(y, diagonals, x, 11);
        case 12: return toeplitz(y, diagonals, x, 12);
        default: return toeplitz(y, diagonals, x, words);
    }
}

// A product, or a sum of products, of four words: lower + middle x^64 + upper x^128.
typedef struct {
    pair lower, middle, upper;
} wide;

WITH_PRODUCT static inline wide product_of(pair a, pair b) {
    return (wide){low_low(a, b), add(low_high(a, b), high_low(a, b)), high_high(a, b)};
}

WITH_PRODUCT static inline wide sum_of(wide a, wide b) {
    return (wide){add(a.lower, b.lower), add(a.middle, b.middle), add(a.upper, b.upper)};
}

WITH_PRODUCT static inline pair reduced(wide a) {
    pair lower = add(a.lower, up(a.middle)), upper = add(a.upper, down(a.middle));
    // x^128 = x^7 + x^2 + x + 1: the upper words fold down, the topmost first.
    const pair fold = of_word(0x87);
    const pair top = high_low(upper, fold);
    lower = add(lower, up(top));
    upper = add(upper, down(top));
    return add(lower, low_low(upper, fold));
}

WITH_PRODUCT static inline pair field_product(pair a, pair b) { return reduced(product_of(a, b)); }

// Blocks from which the powers of the key pay for themselves.
enum { FEW_BLOCKS = 12 };

WITH_PRODUCT void lodestar_polynomial_hash(
    uint64_t accumulator[2], const void *key, const void *blocks, size_t count) {
    const unsigned char *p = blocks;
    const pair h = load(key);
    pair a = load(accumulator);
    if (count >= FEW_BLOCKS) {
        const pair h2 = field_product(h, h), h3 = field_product(h2, h);
        const pair h4 = field_product(h2, h2);
        // Four steps at once: a = (a + p0) h^4 + p1 h^3 + p2 h^2 + p3 h, reduced once.
        for (; count >= 4; count -= 4, p += 64) {
            const wide later = sum_of(
                sum_of(product_of(load(p + 16), h3), product_of(load(p + 32), h2)),
                product_of(load(p + 48), h));
            a = reduced(sum_of(later, product_of(add(a, load(p)), h4)));
        }
    }
    for (; count > 0; count--, p += 16) a = field_product(add(a, load(p)), h);
    store(accumulator, a);
}

#endif
