// The gate's slots and fates, eight tags at a time, by AVX2. Same answers as the portable code.
#include "CHardware.h"

#if defined(__x86_64__)

#include <immintrin.h>

int lodestar_has_wide_vectors(void) { return __builtin_cpu_supports("avx2") != 0; }

// High halves of the eight unsigned products a * b.
__attribute__((target("avx2")))
static inline __m256i high_halves(__m256i a, __m256i b) {
    __m256i even = _mm256_mul_epu32(a, b);
    __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), b);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

// The same of signed products.
__attribute__((target("avx2")))
static inline __m256i signed_high_halves(__m256i a, __m256i b) {
    __m256i even = _mm256_mul_epi32(a, b);
    __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(a, 32), b);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

// Each lane's left neighbour; lane 0 gets the last lane of `before`.
__attribute__((target("avx2")))
static inline __m256i neighbours(__m256i now, __m256i before) {
    return _mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 12);
}

__attribute__((target("avx2")))
static inline unsigned lanes(__m256i mask) {
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(mask));
}

// Tags of one slot share the fate of its first, which may have been decided by the tag before.
__attribute__((noinline))
static unsigned share_fates(unsigned live, unsigned same, unsigned before) {
    for (unsigned lane = 0; lane < 8; lane++) {
        unsigned previous = lane == 0 ? before : live >> (lane - 1) & 1;
        if (same >> lane & 1) live = (live & ~(1u << lane)) | previous << lane;
    }
    return live;
}

// Low halves of eight times. Loaded crosswise, because a shuffle keeps to its half register.
__attribute__((target("avx2")))
static inline __m256i low_halves(const int64_t *times) {
    const __m128i *pairs = (const __m128i *)times;
    __m256i first = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128(pairs)), _mm_loadu_si128(pairs + 2), 1);
    __m256i second = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128(pairs + 1)), _mm_loadu_si128(pairs + 3), 1);
    return _mm256_castps_si256(_mm256_shuffle_ps(
        _mm256_castsi256_ps(first), _mm256_castsi256_ps(second), 0x88));
}

// Adds 1 to the counters with the numbers in `entries`, all below 2^15.
__attribute__((target("avx2")))
static inline void count_entries(uint64_t *counts, __m256i entries) {
    __m128i packed = _mm_packus_epi32(
        _mm256_castsi256_si128(entries), _mm256_extracti128_si256(entries, 1));
    uint64_t low = (uint64_t)_mm_cvtsi128_si64(packed);
    uint64_t high = (uint64_t)_mm_extract_epi64(packed, 1);
    counts[low & 0xFFFF]++;
    counts[low >> 16 & 0xFFFF]++;
    counts[low >> 32 & 0xFFFF]++;
    counts[low >> 48]++;
    counts[high & 0xFFFF]++;
    counts[high >> 16 & 0xFFFF]++;
    counts[high >> 32 & 0xFFFF]++;
    counts[high >> 48]++;
}

// For each set of four lanes the byte shuffle that moves them to the front in order.
#define LANE(n) 4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3
#define FRONT(a, b, c, d) {LANE(a), LANE(b), LANE(c), LANE(d)}
static const uint8_t to_front[16][16] __attribute__((aligned(64))) = {
    FRONT(0, 0, 0, 0), FRONT(0, 0, 0, 0), FRONT(1, 0, 0, 0), FRONT(0, 1, 0, 0),
    FRONT(2, 0, 0, 0), FRONT(0, 2, 0, 0), FRONT(1, 2, 0, 0), FRONT(0, 1, 2, 0),
    FRONT(3, 0, 0, 0), FRONT(0, 3, 0, 0), FRONT(1, 3, 0, 0), FRONT(0, 1, 3, 0),
    FRONT(2, 3, 0, 0), FRONT(0, 2, 3, 0), FRONT(1, 2, 3, 0), FRONT(0, 1, 2, 3),
};

// Writes the clicks of the lanes in `live` and returns where the next one goes.
//
// All eight are written, the live ones of each half first: what lies behind them is overwritten.
__attribute__((target("avx2,popcnt")))
static inline struct lodestar_gate_click *write_clicks(
    struct lodestar_gate_click *out, unsigned live, __m256i slot, __m256i base, __m256i offset,
    __m256i detector
) {
    __m256i order = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_load_si128((const __m128i *)to_front[live & 15])),
        _mm_load_si128((const __m128i *)to_front[live >> 4]), 1);
    slot = _mm256_shuffle_epi8(slot, order);
    offset = _mm256_shuffle_epi8(offset, order);
    detector = _mm256_shuffle_epi8(detector, order);

    const __m256i zero = _mm256_setzero_si256();
    __m256i slot_low = _mm256_add_epi64(_mm256_unpacklo_epi32(slot, zero), base);
    __m256i slot_high = _mm256_add_epi64(_mm256_unpackhi_epi32(slot, zero), base);
    __m256i rest_low = _mm256_unpacklo_epi32(offset, detector);
    __m256i rest_high = _mm256_unpackhi_epi32(offset, detector);
    // Clicks 0 and 4, 1 and 5, 2 and 6, 3 and 7.
    __m256i a = _mm256_unpacklo_epi64(slot_low, rest_low);
    __m256i b = _mm256_unpackhi_epi64(slot_low, rest_low);
    __m256i c = _mm256_unpacklo_epi64(slot_high, rest_high);
    __m256i d = _mm256_unpackhi_epi64(slot_high, rest_high);
    _mm256_storeu_si256((__m256i *)out, _mm256_permute2x128_si256(a, b, 0x20));
    _mm256_storeu_si256((__m256i *)(out + 2), _mm256_permute2x128_si256(c, d, 0x20));
    out += __builtin_popcount(live & 15);
    _mm256_storeu_si256((__m256i *)out, _mm256_permute2x128_si256(a, b, 0x31));
    _mm256_storeu_si256((__m256i *)(out + 2), _mm256_permute2x128_si256(c, d, 0x31));
    return out + __builtin_popcount(live >> 4);
}

__attribute__((target("avx2,popcnt")))
size_t lodestar_gate(
    const struct lodestar_gate_numbers *numbers, struct lodestar_gate_state *state,
    const int64_t *times, const uint8_t *ports, size_t count, uint64_t *counts,
    struct lodestar_gate_click *clicks, size_t *written
) {
    const __m256i start = _mm256_set1_epi32((int)(uint32_t)(uint64_t)numbers->tag_start);
    const __m256i rate = _mm256_set1_epi32(numbers->rate);
    const __m256i phase = _mm256_set1_epi32((int)numbers->phase);
    const __m256i reciprocal = _mm256_set1_epi32((int)numbers->reciprocal);
    const __m128i shift = _mm_cvtsi32_si128((int)numbers->reciprocal_shift - 32);
    const __m256i period = _mm256_set1_epi32((int)numbers->period);
    const __m256i half = _mm256_set1_epi32((int)numbers->half);
    const __m256i beyond = _mm256_set1_epi32((int)numbers->reach + 1);
    const __m256i bins = _mm256_set1_epi32((int)numbers->bins_reciprocal);
    const __m256i below_dead_time = _mm256_set1_epi32((int)numbers->dead_time - 1);
    const __m256i base = _mm256_set1_epi64x(numbers->slot);
    const __m256i lane_bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);

    __m256i elapsed_before = _mm256_set1_epi32(state->elapsed);
    // A tag outside its gate has no slot: -1, which no tag in the segment has.
    __m256i slot_before = _mm256_set1_epi32(state->slot);
    unsigned live = (unsigned)state->is_live << 7;
    struct lodestar_gate_click *out = clicks + *written;
    size_t done = 0;
    for (; done + 8 <= count; done += 8) {
        __m256i elapsed = _mm256_sub_epi32(low_halves(times + done), start);
        // What Doppler and clocks add: elapsed * rate / 2^44, rounded down.
        __m256i gained = _mm256_srai_epi32(signed_high_halves(elapsed, rate), 12);
        __m256i x = _mm256_add_epi32(_mm256_add_epi32(elapsed, phase), gained);
        __m256i slot = _mm256_srl_epi32(high_halves(x, reciprocal), shift);
        __m256i remainder = _mm256_sub_epi32(x, _mm256_mullo_epi32(slot, period));
        __m256i bin = high_halves(remainder, bins);
        __m256i offset = _mm256_sub_epi32(remainder, half);

        __m256i in_gate = _mm256_cmpgt_epi32(beyond, _mm256_abs_epi32(offset));
        __m256i waited = _mm256_sub_epi32(elapsed, neighbours(elapsed, elapsed_before));
        __m256i is_live = _mm256_and_si256(in_gate, _mm256_cmpgt_epi32(waited, below_dead_time));
        __m256i gated_slot = _mm256_or_si256(
            slot, _mm256_andnot_si256(in_gate, _mm256_set1_epi32(-1)));
        __m256i same = _mm256_and_si256(
            in_gate, _mm256_cmpeq_epi32(slot, neighbours(gated_slot, slot_before)));
        unsigned before = live >> 7, same_slot = lanes(same);
        live = lanes(is_live);
        if (__builtin_expect(same_slot != 0, 0)) {
            live = share_fates(live, same_slot, before);
            is_live = _mm256_cmpeq_epi32(
                _mm256_and_si256(_mm256_set1_epi32((int)live), lane_bits), lane_bits);
        }
        elapsed_before = elapsed;
        slot_before = gated_slot;

        __m256i port = _mm256_cvtepu8_epi32(
            _mm_loadl_epi64((const __m128i *)(ports + done)));
        // Both masks are -1 where they hold.
        __m256i outcome = _mm256_slli_epi32(_mm256_add_epi32(in_gate, is_live), 8);
        count_entries(counts, _mm256_sub_epi32(_mm256_add_epi32(port, bin), outcome));
        out = write_clicks(out, live, slot, base, offset, _mm256_srli_epi32(port, 6));
    }
    *written = (size_t)(out - clicks);
    if (done > 0) {
        state->elapsed = _mm256_extract_epi32(elapsed_before, 7);
        state->slot = _mm256_extract_epi32(slot_before, 7);
        state->is_live = (int32_t)(live >> 7);
    }
    return done;
}

#else

int lodestar_has_wide_vectors(void) { return 0; }

size_t lodestar_gate(
    const struct lodestar_gate_numbers *numbers, struct lodestar_gate_state *state,
    const int64_t *times, const uint8_t *ports, size_t count, uint64_t *counts,
    struct lodestar_gate_click *clicks, size_t *written
) {
    (void)numbers, (void)state, (void)times, (void)ports, (void)count, (void)counts;
    (void)clicks, (void)written;
    return 0;
}

#endif
