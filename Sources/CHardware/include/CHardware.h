// What the processor can do faster than portable code.
#pragma once
#include <stdint.h>
#include <stddef.h>

/// 1 if this processor has a CRC-32C instruction that lodestar_crc32c can use, else 0.
int lodestar_has_crc32c(void);

/// Continues a CRC-32C over `count` bytes by instruction; only if lodestar_has_crc32c() is 1.
///
/// `crc` and the result are the raw register: start with 0xFFFFFFFF, invert at the end.
uint32_t lodestar_crc32c(uint32_t crc, const void *bytes, size_t count);

/// 1 if this processor multiplies without carry (PCLMULQDQ, PMULL), else 0; then the next two
/// functions may not be called.
int lodestar_has_carryless_multiply(void);

/// Multiplies a binary Toeplitz matrix by a vector: y = T x over GF(2).
///
/// All numbers are polynomials over GF(2), lowest bit first. Row i of y is coefficient
/// 64 `words` + i of the product of `diagonals` (2 `words` words) and `x` (`words` words).
/// y has `words` words and may not overlap the others; `words` is 1 or more.
/// Time and addresses depend on `words` alone.
void lodestar_toeplitz_product(
    uint64_t *y, const uint64_t *diagonals, const uint64_t *x, size_t words);

/// Continues Horner's rule in GF(2^128) = GF(2)[x] / (x^128 + x^7 + x^2 + x + 1):
/// a = (a + block) key for each of `count` blocks of 16 bytes.
///
/// Bit i of a block is bit i mod 8 of byte i / 8 and the coefficient of x^i; `accumulator` and
/// `key` hold the coefficients of x^0 up to x^63 first. Time depends on `count` alone.
void lodestar_polynomial_hash(
    uint64_t accumulator[2], const uint64_t key[2], const void *blocks, size_t count);

/// Overwrites `count` bytes with zeros, and is not optimised away.
void lodestar_wipe(void *bytes, size_t count);
