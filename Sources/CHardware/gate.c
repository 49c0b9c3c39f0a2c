// The gate's slots and fates, eight tags at a time, by AVX2. Same answers as the portable code.
#include "CHardware.h"

#if defined(__x86_64__)

#include <immintrin.h>

int lodestar_has_wide_vectors(void) { return __builtin_cpu_supports("avx2") != 0; }

// High halves of the eight unsigned products a * b, shifted down by `shift` more.
__attribute__((target("avx2")))
static inline __m256i high_product(__m256i a, __m256i b, __m128i shift) {
    __m256i even = _mm256_srl_epi64(_mm256_mul_epu32(a, b), shift);
    __m256i odd = _mm256_srl_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), b), shift);
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

// Each lane's left neighbour; lane 0 gets the last lane of `before`.
__attribute__((target("avx2")))
static inline __m256i neighbours(__m256i now, __m256i before) {
    const __m256i turn = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
    return _mm256_blend_epi32(
        _mm256_permutevar8x32_epi32(now, turn), _mm256_permutevar8x32_epi32(before, turn), 1);
}

__attribute__((target("avx2")))
static inline unsigned lanes(__m256i mask) {
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(mask));
}

// Tags of one slot share the fate of its first, which may have been decided by the tag before.
static unsigned share_fates(unsigned live, unsigned same, unsigned before) {
    for (unsigned lane = 0; lane < 8; lane++) {
        unsigned previous = lane == 0 ? before : live >> (lane - 1) & 1;
        if (same >> lane & 1) live = (live & ~(1u << lane)) | previous << lane;
    }
    return live;
}

// Keys one, two and three tags back, where `before` has the eight keys before.
__attribute__((target("avx2")))
static inline __m256i second_neighbours(__m256i now, __m256i before) {
    const __m256i turn = _mm256_setr_epi32(6, 7, 0, 1, 2, 3, 4, 5);
    return _mm256_blend_epi32(
        _mm256_permutevar8x32_epi32(now, turn), _mm256_permutevar8x32_epi32(before, turn), 3);
}

__attribute__((target("avx2")))
static inline __m256i third_neighbours(__m256i now, __m256i before) {
    const __m256i turn = _mm256_setr_epi32(5, 6, 7, 0, 1, 2, 3, 4);
    return _mm256_blend_epi32(
        _mm256_permutevar8x32_epi32(now, turn), _mm256_permutevar8x32_epi32(before, turn), 7);
}

static void count_short_intervals(unsigned lanes, const uint8_t *ports, uint32_t *counts) {
    for (unsigned lane = 0; lane < 8; lane++) counts[ports[lane] >> 6] += lanes >> lane & 1;
}

__attribute__((target("avx2")))
size_t lodestar_gate(
    const struct lodestar_gate_numbers *numbers, struct lodestar_gate_state *state,
    const int64_t *times, const uint8_t *ports, size_t count, uint64_t *counts,
    struct lodestar_gate_click *clicks, size_t *written
) {
    const __m256i start = _mm256_set1_epi64x(numbers->tag_start);
    const __m256i rate = _mm256_set1_epi32(numbers->rate);
    const __m256i phase = _mm256_set1_epi32((int)numbers->phase);
    const __m256i reciprocal = _mm256_set1_epi32((int)numbers->reciprocal);
    const __m128i shift = _mm_cvtsi32_si128((int)numbers->reciprocal_shift);
    const __m256i period = _mm256_set1_epi32((int)numbers->period);
    const __m256i half = _mm256_set1_epi32((int)numbers->half);
    const __m256i beyond = _mm256_set1_epi32((int)numbers->reach + 1);
    const __m256i bins = _mm256_set1_epi32((int)numbers->bins_reciprocal);
    const __m256i below_dead_time = _mm256_set1_epi32((int)numbers->dead_time - 1);
    const __m256i base = _mm256_set1_epi64x(numbers->slot);
    const __m256i outcome = _mm256_set1_epi32(256);
    const __m256i lane_bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i in_order = _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7);

    __m256i elapsed_before = _mm256_set1_epi32(state->elapsed);
    // Signed comparison of unsigned differences: both are moved down by half their range.
    const __m256i turned = _mm256_set1_epi32(INT32_MIN);
    const __m256i shortest = _mm256_set1_epi32(
        (int32_t)(numbers->shortest_interval + 0x80000000u));
    __m256i keys_before = _mm256_add_epi32(turned, _mm256_setr_epi32(
        0, 0, 0, 0, 0, (int)state->keys[2], (int)state->keys[1], (int)state->keys[0]));
    // A tag outside its gate has no slot: -1, which no tag in the segment has.
    __m256i slot_before = _mm256_set1_epi32(state->slot);
    unsigned live = (unsigned)state->is_live << 7;
    size_t out = *written, done = 0;
    for (; done + 8 <= count; done += 8) {
        __m256i low = _mm256_sub_epi64(
            _mm256_loadu_si256((const __m256i *)(times + done)), start);
        __m256i high = _mm256_sub_epi64(
            _mm256_loadu_si256((const __m256i *)(times + done + 4)), start);
        __m256i elapsed = _mm256_permutevar8x32_epi32(
            _mm256_castps_si256(_mm256_shuffle_ps(
                _mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88)), in_order);

        // What Doppler and clocks add: elapsed * rate / 2^44, rounded down.
        __m256i even = _mm256_mul_epi32(elapsed, rate);
        __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(elapsed, 32), rate);
        __m256i gained = _mm256_srai_epi32(
            _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA), 12);
        __m256i x = _mm256_add_epi32(_mm256_add_epi32(elapsed, phase), gained);
        __m256i slot = high_product(x, reciprocal, shift);
        __m256i remainder = _mm256_sub_epi32(x, _mm256_mullo_epi32(slot, period));
        __m256i bin = high_product(remainder, bins, _mm_cvtsi32_si128(32));
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

        // Of another detector the difference of keys is 2^30 or more.
        __m256i key = _mm256_add_epi32(elapsed, _mm256_slli_epi32(port, 24));
        __m256i keys = _mm256_add_epi32(key, turned);
        __m256i one = _mm256_sub_epi32(key, neighbours(keys, keys_before));
        __m256i two = _mm256_sub_epi32(key, second_neighbours(keys, keys_before));
        __m256i three = _mm256_sub_epi32(key, third_neighbours(keys, keys_before));
        __m256i least = _mm256_min_epi32(one, _mm256_min_epi32(two, three));
        unsigned too_short = lanes(_mm256_cmpgt_epi32(shortest, least));
        if (__builtin_expect(too_short != 0, 0))
            count_short_intervals(too_short, ports + done, state->short_intervals);
        keys_before = keys;

        __m256i entry = _mm256_add_epi32(
            _mm256_add_epi32(port, bin),
            _mm256_add_epi32(
                _mm256_and_si256(in_gate, outcome), _mm256_and_si256(is_live, outcome)));
        uint32_t entries[8];
        _mm256_storeu_si256((__m256i *)entries, entry);
        for (int lane = 0; lane < 8; lane++) counts[entries[lane]]++;

        __m256i detector = _mm256_srli_epi32(port, 6);
        __m256i slot_low = _mm256_add_epi64(
            _mm256_unpacklo_epi32(slot, _mm256_setzero_si256()), base);
        __m256i slot_high = _mm256_add_epi64(
            _mm256_unpackhi_epi32(slot, _mm256_setzero_si256()), base);
        __m256i rest_low = _mm256_unpacklo_epi32(offset, detector);
        __m256i rest_high = _mm256_unpackhi_epi32(offset, detector);
        __m256i quarter[4] = {
            _mm256_unpacklo_epi64(slot_low, rest_low), _mm256_unpackhi_epi64(slot_low, rest_low),
            _mm256_unpacklo_epi64(slot_high, rest_high),
            _mm256_unpackhi_epi64(slot_high, rest_high),
        };
        // Each is written; only past an accepted one does the place move on.
        for (int lane = 0; lane < 4; lane++) {
            _mm_storeu_si128(
                (__m128i *)(clicks + out), _mm256_castsi256_si128(quarter[lane]));
            out += live >> lane & 1;
        }
        for (int lane = 0; lane < 4; lane++) {
            _mm_storeu_si128(
                (__m128i *)(clicks + out), _mm256_extracti128_si256(quarter[lane], 1));
            out += live >> (lane + 4) & 1;
        }
    }
    *written = out;
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
