// What the processor can do faster than portable code.
#pragma once
#include <stdint.h>
#include <stddef.h>
#include "ParityCheck.h"

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
/// Bit i of a block or of the key (16 bytes) is bit i mod 8 of byte i / 8 and the coefficient of
/// x^i; `accumulator` holds the coefficients of x^0 up to x^63 first. Time depends on `count`
/// alone.
void lodestar_polynomial_hash(
    uint64_t accumulator[2], const void *key, const void *blocks, size_t count);

/// Overwrites `count` bytes with zeros, and is not optimised away.
void lodestar_wipe(void *bytes, size_t count);

/// Bytes of a page of memory: what the next two functions work on.
size_t lodestar_page_size(void);

/// Keeps the pages that hold `count` bytes from `bytes` on out of the swap and out of core dumps.
///
/// Returns 1 if they stay in memory; 0 if the system refuses, for example because RLIMIT_MEMLOCK
/// is used up, or has no such call. Locks do not nest: one unlock undoes all locks of a page.
int lodestar_lock(void *bytes, size_t count);

/// Undoes lodestar_lock of the same pages.
void lodestar_unlock(void *bytes, size_t count);

/// The numbers of one clock segment on the slot grid. Times in ps.
struct lodestar_gate_numbers {
    /// Tag time at which the segment begins.
    int64_t tag_start;
    /// Slot in which it begins.
    int64_t slot;
    /// Satellite time of the begin since that slot's begin; below `period`.
    uint32_t phase;
    /// Satellite time gained on tag time, in 2^-44.
    int32_t rate;
    /// Slot period, up to 2^27, and half of it, rounded down.
    uint32_t period, half;
    /// ceil(2^reciprocal_shift / period): x * reciprocal >> reciprocal_shift is the slot of x
    /// below 2^31.
    uint32_t reciprocal, reciprocal_shift;
    /// ceil(2^38 / period): the bin is the high half of its product with the time in the slot.
    uint32_t bins_reciprocal;
    /// Intervals of one detector shorter than this are counted; 0 for none; below 2^26.
    uint32_t shortest_interval;
    /// Half the gate, rounded down.
    uint32_t reach;
    /// Dead time, up to 2^30.
    uint32_t dead_time;
};

/// What is remembered of the tag before.
struct lodestar_gate_state {
    /// Its time since the segment's begin, cut to within +-2^30.
    int32_t elapsed;
    /// Its slot since the segment's; -1 if it fell into no gate.
    int32_t slot;
    /// 1 if it was accepted, else 0.
    int32_t is_live;
    /// The three tags before, newest first: time since the segment's begin, at least -2^26,
    /// plus 2^30 times the detector, modulo 2^32.
    uint32_t keys[3];
    /// Tags that came less than `shortest_interval` after one of the three tags before of the same
    /// detector, by detector.
    uint32_t short_intervals[4];
};

/// A click as `Click` of the module Gating lies in memory.
struct lodestar_gate_click {
    int64_t slot;
    int32_t offset;
    uint8_t detector, flags;
    uint16_t reserved;
};

/// 1 if this processor has the instructions for the next three functions, else 0; then they may
/// not be called.
int lodestar_has_wide_vectors(void);

/// Makes tags of words of the reference format that all are detections: each 16 bytes, the time
/// and then the word's upper 16 bits.
///
/// A time is the one nearest to `base` that has the word's lower 48 bits. Returns the words' OR:
/// whether there was another kind.
uint64_t lodestar_unpack(const void *words, size_t count, int64_t base, void *tags);

/// The inputs with a detector, for lodestar_admit.
struct lodestar_detector_inputs {
    /// Channel number; what no 16-bit number equals if there are fewer than four.
    uint32_t channels[4];
    /// The port (detector in its two high bits) in the high byte, then a bit that is set, and in
    /// the lower 22 bits 2^21 less the lateness in ps.
    uint32_t entries[4];
};

/// Takes over detections in records of 16 bytes as long as they ascend, eight at a time.
///
/// A record begins with its time, then channel and kind, a byte each. Writes its time less the
/// input's lateness to `times` and its port to `ports`. Stops before eight of which one comes from
/// another input, is of another kind than 0, or comes before `*newest` or the one ahead of it.
/// Returns how many were taken, and leaves the last one's time in `*newest`.
size_t lodestar_admit(
    const struct lodestar_detector_inputs *inputs, int64_t *newest, const void *records,
    size_t count, int64_t *times, uint8_t *ports);

/// Gates ascending tags of one segment, eight at a time.
///
/// `times` lie within 2^30 ps after `numbers->tag_start`; `ports` hold the detector in their two
/// high bits. Each tag adds 1 to `counts[256 * outcome + port + bin]`, 768 counters. Accepted
/// clicks are written from `clicks + *written` on, which needs room for `count`, and `*written`
/// grows by their number. Returns how many tags were handled: `count` without its last 0 to 7.
size_t lodestar_gate(
    const struct lodestar_gate_numbers *numbers, struct lodestar_gate_state *state,
    const int64_t *times, const uint8_t *ports, size_t count, uint64_t *counts,
    struct lodestar_gate_click *clicks, size_t *written);
