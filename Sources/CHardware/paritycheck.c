// Belief propagation on bytes, 32 checks at a time; the Swift code in CheckRow is what it equals.
#include "ParityCheck.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define VECTOR static inline __attribute__((always_inline, target("avx2")))
typedef __m256i V;

/// Edges between asking for a column and reading it.
enum { AHEAD = 6 };

int lodestar_has_check_row(void) { return __builtin_cpu_supports("avx2") ? 1 : 0; }

VECTOR V load(const void *p) { return _mm256_loadu_si256((const V *)p); }
VECTOR void store(void *p, V v) { _mm256_storeu_si256((V *)p, v); }
VECTOR V all(int byte) { return _mm256_set1_epi8((char)byte); }
/// 16 bytes of a table in both halves.
VECTOR V entries(const uint8_t *table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
}
/// Entry `index` of a table of 32 bytes; only the five lowest bits of `index` count.
VECTOR V entry32(const uint8_t *table, V index) {
    V low = _mm256_and_si256(index, all(15));
    return _mm256_blendv_epi8(_mm256_shuffle_epi8(entries(table), low),
                              _mm256_shuffle_epi8(entries(table + 16), low),
                              _mm256_slli_epi16(index, 3));
}
VECTOR V shift_right(V v, int count) {
    return _mm256_and_si256(_mm256_srli_epi16(v, count), all(0xFF >> count));
}
/// The magnitude that doubts of `sum` leave, rounded by `dither`.
VECTOR V magnitude(const uint8_t *tables, V sum, V dither) {
    V below32 = entry32(tables + 256, sum), below64 = entry32(tables + 288, sum);
    V fine = _mm256_blendv_epi8(below32, below64, _mm256_slli_epi16(sum, 2));
    V coarse = entry32(tables + 320, shift_right(sum, 3));
    V is_fine = _mm256_cmpeq_epi8(_mm256_max_epu8(sum, all(63)), all(63));
    V quarters = _mm256_blendv_epi8(coarse, fine, is_fine);
    return shift_right(_mm256_add_epi8(quarters, dither), 2);
}
VECTOR V is_certain(V posterior) {
    return _mm256_cmpgt_epi8(_mm256_abs_epi8(posterior), all(126));
}

/// Reads the edges of the checks from `z` on; how many of them did not hold.
VECTOR int gather(
    const lodestar_check_row *row, const int8_t *posterior, int z, int size, int padded) {
    const int edges = row->edges;
    const V zero = _mm256_setzero_si256(), one = all(1), certain = all(31);
    const V least = load(row->least + z), others = load(row->others + z);
    const V weakest = load(row->weakest + z);
    V before = load(row->parities + z), sign = before, weak = zero, number = zero;
    V smallest = certain, sum = zero, old = zero, fresh = zero;
    uint8_t *signs = row->signs + z;
    // Copies, for the compiler must assume that bytes written may be the row itself.
    const uint32_t *columns = row->columns;
    const uint16_t *rotations = row->rotations;
    const uint8_t *tables = row->tables;
    int8_t *scratch = row->scratch + z;
    const int turn = row->turn;
    for (int e = 0; e < edges; e++) {
        if (e % 8 == 0) old = load(signs + (e / 8) * padded);
        int at = z + rotations[e];
        at = at >= size ? at - size : at;
        V value = load(posterior + columns[e] + at);
        // Columns follow one another in no order that the processor could foresee.
        if (z == 0 && e + AHEAD < edges) {
            __builtin_prefetch(posterior + columns[e + AHEAD]);
            __builtin_prefetch(posterior + columns[e + AHEAD] + 64);
        }
        V told = _mm256_blendv_epi8(others, least, _mm256_cmpeq_epi8(weakest, number));
        told = _mm256_sign_epi8(told, _mm256_or_si256(old, one));
        V rest = _mm256_blendv_epi8(_mm256_subs_epi8(value, told), value, is_certain(value));
        store(scratch + e * padded, rest);
        old = _mm256_add_epi8(old, old);
        before = _mm256_xor_si256(before, value);
        sign = _mm256_xor_si256(sign, rest);
        fresh = _mm256_sub_epi8(_mm256_add_epi8(fresh, fresh), _mm256_cmpgt_epi8(zero, rest));
        V x = _mm256_min_epu8(_mm256_abs_epi8(rest), certain);
        weak = _mm256_blendv_epi8(weak, number, _mm256_cmpgt_epi8(smallest, x));
        V stronger = _mm256_max_epu8(smallest, x);
        smallest = _mm256_min_epu8(smallest, x);
        const uint8_t *table = tables + 32 * ((turn + e) % 8);
        V low = _mm256_shuffle_epi8(entries(table), stronger);
        V high = _mm256_shuffle_epi8(entries(table + 16), stronger);
        sum = _mm256_adds_epu8(
            sum, _mm256_blendv_epi8(low, high, _mm256_slli_epi16(stronger, 3)));
        number = _mm256_add_epi8(number, one);
        if (e % 8 == 7) store(signs + (e / 8) * padded, fresh);
    }
    if (edges % 8 != 0)
        store(signs + (edges / 8) * padded,
              _mm256_and_si256(_mm256_sll_epi16(fresh, _mm_cvtsi32_si128(8 - edges % 8)),
                               all(0xFF << (8 - edges % 8))));
    V odd = _mm256_cmpgt_epi8(zero, sign);
    for (int g = 0; g < (edges + 7) / 8; g++)
        store(signs + g * padded, _mm256_xor_si256(load(signs + g * padded), odd));
    V lanes = _mm256_set1_epi32(0x03020100);
    V dither = _mm256_and_si256(_mm256_add_epi8(lanes, all(row->turn)), all(3));
    V total = _mm256_adds_epu8(sum, entry32(row->tables, smallest));
    store(row->least + z, magnitude(row->tables, sum, dither));
    store(row->others + z, magnitude(row->tables, total, dither));
    store(row->weakest + z, weak);
    uint32_t broken = (uint32_t)_mm256_movemask_epi8(before);
    if (size - z < 32) broken &= (1u << (size - z)) - 1;
    return __builtin_popcount(broken);
}

/// Adds to each column what the row now tells it, in the row's own order.
VECTOR void scatter(const lodestar_check_row *row, int8_t *posterior, int size, int padded) {
    const int edges = row->edges;
    const uint8_t *least = row->least, *others = row->others, *weakest = row->weakest;
    const uint8_t *first_signs = row->signs;
    const int8_t *rests = row->scratch;
    const uint32_t *columns = row->columns;
    for (int e = 0; e < edges; e++) {
        const uint8_t *signs = first_signs + (e / 8) * padded;
        const int8_t *scratch = rests + e * padded;
        int8_t *column = posterior + columns[e];
        const __m128i place = _mm_cvtsi32_si128(e % 8);
        const V number = all(e);
        for (int z = 0; z < size; z += 32) {
            V sign = _mm256_or_si256(_mm256_sll_epi16(load(signs + z), place), all(1));
            V told = _mm256_blendv_epi8(load(others + z), load(least + z),
                                        _mm256_cmpeq_epi8(load(weakest + z), number));
            V rest = load(scratch + z);
            V value = _mm256_adds_epi8(rest, _mm256_sign_epi8(told, sign));
            value = _mm256_blendv_epi8(value, rest, is_certain(rest));
            store(column + z, _mm256_max_epi8(value, all(-127)));
        }
        if (size >= 32)
            store(column + size, load(column));
        else
            for (int i = size; i < size + 32; i++) column[i] = column[i - size];
    }
}

VECTOR int update(const lodestar_check_row *row, int8_t *posterior, int size, int padded) {
    int broken = 0;
    for (int z = 0; z < size; z += 32) broken += gather(row, posterior, z, size, padded);
    scatter(row, posterior, size, padded);
    return broken;
}

__attribute__((target("avx2")))
int32_t lodestar_update_check_row(const lodestar_check_row *row, int8_t *posterior) {
    // Blocks of the preferred length get code of their own, with short loops unrolled.
    return row->size == 64 ? update(row, posterior, 64, 64)
                           : update(row, posterior, row->size, row->padded);
}

#else

int lodestar_has_check_row(void) { return 0; }
int32_t lodestar_update_check_row(const lodestar_check_row *row, int8_t *posterior) {
    (void)row;
    (void)posterior;
    return 0;
}

#endif
