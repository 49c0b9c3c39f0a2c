// Words of the reference format to tags, four at a time, by AVX2.
#include "CHardware.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define TIME_BITS 48
#define TIME_MASK (((uint64_t)1 << TIME_BITS) - 1)

__attribute__((target("avx2")))
uint64_t lodestar_unpack(const void *words, size_t count, int64_t base, void *tags) {
    const uint64_t lowest = (uint64_t)base - ((uint64_t)1 << (TIME_BITS - 1));
    const __m256i lowests = _mm256_set1_epi64x((int64_t)lowest);
    const __m256i mask = _mm256_set1_epi64x((int64_t)TIME_MASK);
    const char *from = words;
    char *to = tags;
    __m256i kinds = _mm256_setzero_si256();
    size_t done = 0;
    for (; done + 4 <= count; done += 4, from += 32, to += 64) {
        // In the order 0 2 1 3, so that each half register holds words that lie two apart.
        __m256i word = _mm256_permute4x64_epi64(
            _mm256_loadu_si256((const __m256i *)from), 0xD8);
        kinds = _mm256_or_si256(kinds, word);
        __m256i time = _mm256_add_epi64(
            lowests, _mm256_and_si256(_mm256_sub_epi64(word, lowests), mask));
        __m256i rest = _mm256_srli_epi64(word, TIME_BITS);
        _mm256_storeu_si256((__m256i *)to, _mm256_unpacklo_epi64(time, rest));
        _mm256_storeu_si256((__m256i *)(to + 32), _mm256_unpackhi_epi64(time, rest));
    }
    __m128i folded = _mm_or_si128(
        _mm256_castsi256_si128(kinds), _mm256_extracti128_si256(kinds, 1));
    uint64_t all = (uint64_t)(_mm_cvtsi128_si64(folded) | _mm_extract_epi64(folded, 1));
    for (; done < count; done++, from += 8, to += 16) {
        uint64_t word, tag[2];
        memcpy(&word, from, 8);
        all |= word;
        tag[0] = lowest + ((word - lowest) & TIME_MASK);
        tag[1] = word >> TIME_BITS;
        memcpy(to, tag, 16);
    }
    return all;
}

#else

uint64_t lodestar_unpack(const void *words, size_t count, int64_t base, void *tags) {
    (void)words, (void)count, (void)base, (void)tags;
    return 0;
}

#endif
