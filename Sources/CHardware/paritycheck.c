// Belief propagation with tanh products: the least reliable edge of a check is answered exactly,
// the others with the product of all (Jones, Valles, Smith, Villasenor 2003, "A-min*").
#include "ParityCheck.h"
#include <string.h>

// The vectors never leave this file: every function that takes or gives one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

enum { LANES = 16, GROUP = 16 };

typedef int16_t S __attribute__((vector_size(2 * LANES)));
typedef uint16_t U __attribute__((vector_size(2 * LANES)));
typedef uint32_t W __attribute__((vector_size(4 * LANES)));

/// Largest input of the exponential, 9 units of 96.
enum { CLIP = 864 };

/// Polynomial of (2 / (1 + e^x))^(1/16) on 0 ..< 9, least squares of the logarithm; within 2.5 %.
enum { C0 = 65535, C1 = 19773, C2 = 35905, C3 = 47762, C4 = 18955 };

#define INLINE static inline __attribute__((always_inline))

INLINE S load(const int16_t *p) { S v; memcpy(&v, p, sizeof v); return v; }
INLINE U loadu(const uint16_t *p) { U v; memcpy(&v, p, sizeof v); return v; }
INLINE void store(int16_t *p, S v) { memcpy(p, &v, sizeof v); }
INLINE void storeu(uint16_t *p, U v) { memcpy(p, &v, sizeof v); }
INLINE U high(U a, U b) {
    return __builtin_convertvector(
        (__builtin_convertvector(a, W) * __builtin_convertvector(b, W)) >> 16, U);
}
INLINE S pick(S mask, S a, S b) { return b ^ ((a ^ b) & mask); }
INLINE U maximum(U a, U b) { return __builtin_elementwise_max(a, b); }
INLINE U minimum(U a, U b) { return __builtin_elementwise_min(a, b); }

/// 1 - tanh(x/2) in units of 2^-16, for x in units of 1/96.
INLINE U weakness(S magnitude) {
    S x = __builtin_elementwise_min(magnitude, (S){} + CLIP);
    U z = (U)x * (uint16_t)75;
    U p = (U){} + C3 - high(z, (U){} + C4);
    p = (U){} + C2 - high(z, p);
    p = (U){} + C1 + high(z, p);
    p = (U){} + C0 - high(z, p);
    p = high(p, p);
    p = high(p, p);
    p = high(p, p);
    return high(p, p);
}

/// Magnitude of 2 artanh(t / 65536), by table.
INLINE S magnitude(U t, const int16_t *coarse, const int16_t *fine) {
    S result;
    for (int i = 0; i < LANES; i++) {
        uint16_t v = t[i];
        result[i] = v >= 61440 ? fine[65535 - v] : coarse[v >> 4];
    }
    return result;
}

/// Reads the row's edges, leaves in `scratch` what each column says without this row.
INLINE int gather(const lodestar_check_row *row, const int16_t *posterior) {
    const int size = row->size, edges = row->edges;
    S broken = {};
    for (int z = 0; z < size; z += LANES) {
        S oldLeast = load(row->least + z), oldOthers = load(row->others + z);
        S oldWeakest = load(row->weakest + z), parity = load(row->parities + z);
        S before = parity, sign = parity, weakest = {}, number = {};
        U product = (U){} + 65535, worst = {}, old = {}, fresh = {};
        uint16_t *signs = row->signs + z;
        for (int e = 0; e < edges; e++) {
            if (e % GROUP == 0) old = loadu(signs + (size_t)(e / GROUP) * size);
            int at = z + row->rotations[e];
            at = at >= size ? at - size : at;
            S value = load(posterior + row->columns[e] + at);
            before ^= value;
            S told = pick(oldWeakest == number, oldLeast, oldOthers);
            S minus = (S)old >> 15;
            old += old;
            S rest = value - ((told ^ minus) - minus);
            store(row->scratch + (size_t)e * size + z, rest);
            S negative = rest >> 15;
            sign ^= negative;
            fresh = (fresh + fresh) - (U)negative;
            U weak = weakness((rest ^ negative) - negative);
            weakest = pick((S)(weak > worst), number, weakest);
            U better = minimum(weak, worst);
            worst = maximum(weak, worst);
            product -= high(product, better);
            number += 1;
            if (e % GROUP == GROUP - 1) {
                storeu(signs + (size_t)(e / GROUP) * size, fresh);
                fresh = (U){};
            }
        }
        if (edges % GROUP != 0)
            storeu(signs + (size_t)(edges / GROUP) * size, fresh << (GROUP - edges % GROUP));
        sign >>= 15;
        for (int g = 0; g < (edges + GROUP - 1) / GROUP; g++) {
            uint16_t *word = signs + (size_t)g * size;
            storeu(word, loadu(word) ^ (U)sign);
        }
        store(row->least + z, magnitude(product, row->coarse, row->fine));
        store(row->others + z,
              magnitude(product - high(product, worst), row->coarse, row->fine));
        store(row->weakest + z, weakest);
        broken |= before;
    }
    int any = 0;
    for (int i = 0; i < LANES; i++) any |= broken[i] < 0;
    return any;
}

/// Adds to each column what the row now tells it, in the row's own order.
INLINE void scatter(const lodestar_check_row *row, int16_t *posterior) {
    const int size = row->size, edges = row->edges;
    for (int z = 0; z < size; z += LANES) {
        S least = load(row->least + z), others = load(row->others + z);
        S weakest = load(row->weakest + z), number = {};
        U bits = {};
        for (int e = 0; e < edges; e++) {
            if (e % GROUP == 0) bits = loadu(row->signs + (size_t)(e / GROUP) * size + z);
            S minus = (S)bits >> 15;
            bits += bits;
            S told = pick(weakest == number, least, others);
            S value = load(row->scratch + (size_t)e * size + z) + ((told ^ minus) - minus);
            int16_t *column = posterior + row->columns[e];
            store(column + z, value);
            if (z == 0) store(column + size, value);
            number += 1;
        }
    }
}

INLINE int update(const lodestar_check_row *row, int16_t *posterior) {
    int broken = gather(row, posterior);
    scatter(row, posterior);
    return broken;
}

static int updatePortable(const lodestar_check_row *row, int16_t *posterior) {
    return update(row, posterior);
}

#if defined(__x86_64__)
__attribute__((target("avx2")))
static int updateAVX2(const lodestar_check_row *row, int16_t *posterior) {
    return update(row, posterior);
}
int lodestar_update_row(const lodestar_check_row *row, int16_t *posterior) {
    return __builtin_cpu_supports("avx2") ? updateAVX2(row, posterior)
                                          : updatePortable(row, posterior);
}
#else
int lodestar_update_row(const lodestar_check_row *row, int16_t *posterior) {
    return updatePortable(row, posterior);
}
#endif
