// Belief propagation with tanh products: the least reliable edge of a check is answered exactly,
// the others with the product of all (Jones, Valles, Smith, Villasenor 2003, "A-min*").
#include "ParityCheck.h"
#include <string.h>

// The vectors never leave this file: every function that takes or gives one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

enum { LANES = 16, GROUP = 16 };

typedef int16_t S __attribute__((vector_size(2 * LANES)));
typedef uint16_t U __attribute__((vector_size(2 * LANES)));
typedef int16_t V __attribute__((vector_size(32)));
typedef uint32_t W __attribute__((vector_size(4 * LANES)));

/// Largest input of the exponential, 9 units of 96.
enum { CLIP = 864 };

/// What the polynomial leaves at CLIP.
enum { FLOOR = 17 };

/// Polynomial of (2 / (1 + e^x))^(1/16) on 0 ..< 9, least squares of the logarithm; within 2.5 %.
enum { C0 = 65535, C1 = 19773, C2 = 35905, C3 = 47762, C4 = 18955 };

#define INLINE static inline __attribute__((always_inline))

#define LODESTAR_NAME(name) portable_##name
#include "paritycheck_row.h"
#undef LODESTAR_NAME

#if defined(__x86_64__)

#define LODESTAR_NAME(name) avx2_##name
#define LODESTAR_AVX2 1
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "paritycheck_row.h"
#pragma clang attribute pop

int lodestar_update_row(const lodestar_check_row *row, int16_t *posterior) {
    return __builtin_cpu_supports("avx2") ? avx2_update(row, posterior)
                                          : portable_update(row, posterior);
}

#else

int lodestar_update_row(const lodestar_check_row *row, int16_t *posterior) {
    return portable_update(row, posterior);
}

#endif

int lodestar_update_row_portable(const lodestar_check_row *row, int16_t *posterior) {
    return portable_update(row, posterior);
}
