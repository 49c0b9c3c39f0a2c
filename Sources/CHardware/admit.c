// Detector tags without their skew, as long as they ascend, eight at a time, by AVX2.
#include "CHardware.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TAKEN_BIT (1u << 23)
#define LATENESS_BITS 0x3FFFFF
#define ZERO_LATENESS 0x200000

// Records i and j, one in each half register.
__attribute__((target("avx2")))
static inline __m256i pair(const __m128i *records, int i, int j) {
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128(records + i)), _mm_loadu_si128(records + j), 1);
}

// Each time's left neighbour; lane 0 gets the last lane of `before`.
__attribute__((target("avx2")))
static inline __m256i earlier(__m256i now, __m256i before) {
    return _mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 8);
}

// What `inputs` say of eight channels; 0 for those that are not among them.
__attribute__((target("avx2")))
static inline __m256i entries(const struct lodestar_detector_inputs *inputs, __m256i channels) {
    __m256i found = _mm256_setzero_si256();
    for (int i = 0; i < 4; i++) {
        __m256i is_this = _mm256_cmpeq_epi32(
            channels, _mm256_set1_epi32((int)inputs->channels[i]));
        found = _mm256_or_si256(
            found, _mm256_and_si256(is_this, _mm256_set1_epi32((int)inputs->entries[i])));
    }
    return found;
}

__attribute__((target("avx2")))
size_t lodestar_admit(
    const struct lodestar_detector_inputs *inputs, int64_t *newest, const void *records,
    size_t count, int64_t *times, uint8_t *ports
) {
    const struct lodestar_detector_inputs table = *inputs;
    const __m256i lateness = _mm256_set1_epi64x(LATENESS_BITS);
    const __m256i bias = _mm256_set1_epi64x(ZERO_LATENESS);
    const __m256i taken = _mm256_set1_epi32((int)TAKEN_BIT);
    // Ports of tags 0 1 4 5 in the low half register, of 2 3 6 7 in the high one.
    const __m256i to_ports = _mm256_setr_epi8(
        3, 11, -1, -1, 7, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, 3, 11, -1, -1, 7, 15, -1, -1, -1, -1, -1, -1, -1, -1);
    __m256i before = _mm256_set1_epi64x(*newest);
    size_t done = 0;
    for (; done + 8 <= count; done += 8) {
        const __m128i *next = (const __m128i *)records + done;
        __m256i even = pair(next, 0, 2), odd = pair(next, 1, 3);
        __m256i even_later = pair(next, 4, 6), odd_later = pair(next, 5, 7);
        // Channels of tags 0 4 1 5 and 2 6 3 7, 32 bits each.
        __m256i rest = _mm256_unpackhi_epi64(even, odd);
        __m256i rest_later = _mm256_unpackhi_epi64(even_later, odd_later);
        __m256i channels = _mm256_and_si256(
            _mm256_blend_epi32(rest, _mm256_slli_epi64(rest_later, 32), 0xAA),
            _mm256_set1_epi32(0xFFFF));
        __m256i entry = entries(&table, channels);

        __m256i now = _mm256_add_epi64(
            _mm256_sub_epi64(_mm256_unpacklo_epi64(even, odd), bias),
            _mm256_and_si256(entry, lateness));
        __m256i later = _mm256_add_epi64(
            _mm256_sub_epi64(_mm256_unpacklo_epi64(even_later, odd_later), bias),
            _mm256_and_si256(_mm256_srli_epi64(entry, 32), lateness));
        __m256i is_late = _mm256_or_si256(
            _mm256_cmpgt_epi64(earlier(now, before), now),
            _mm256_cmpgt_epi64(earlier(later, now), later));
        __m256i fault = _mm256_or_si256(is_late, _mm256_andnot_si256(entry, taken));
        if (__builtin_expect(!_mm256_testz_si256(fault, fault), 0)) break;

        _mm256_storeu_si256((__m256i *)(times + done), now);
        _mm256_storeu_si256((__m256i *)(times + done + 4), later);
        __m256i port = _mm256_shuffle_epi8(entry, to_ports);
        _mm_storel_epi64((__m128i *)(ports + done), _mm_or_si128(
            _mm256_castsi256_si128(port), _mm256_extracti128_si256(port, 1)));
        before = later;
    }
    *newest = _mm256_extract_epi64(before, 3);
    return done;
}

#else

size_t lodestar_admit(
    const struct lodestar_detector_inputs *inputs, int64_t *newest, const void *records,
    size_t count, int64_t *times, uint8_t *ports
) {
    (void)inputs, (void)newest, (void)records, (void)count, (void)times, (void)ports;
    return 0;
}

#endif
