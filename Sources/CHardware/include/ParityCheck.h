// One layer of belief propagation over a lifted parity-check row, on integers.
#pragma once
#include <stdint.h>

/// What one row of `size` checks knows of its edges, and where it lies.
///
/// `size` is a multiple of 16. Bits are signs: negative is 1.
typedef struct {
    /// Checks in the row: the lifting size.
    int32_t size;
    /// Edges of the row, 2 or more.
    int32_t edges;
    /// For each edge the index of its column's first value in `posterior`.
    const uint32_t *columns;
    /// For each edge the rotation to read its column with, 0 ..< size.
    const uint16_t *rotations;
    /// For each check -1 if the parity is odd, else 0.
    const int16_t *parities;
    /// Magnitude for the least reliable edge, magnitude for the others, and which edge that is.
    int16_t *least, *others, *weakest;
    /// Signs of what each check told its edges: `(edges + 15) / 16` words a check, by group.
    uint16_t *signs;
    /// Room for `edges * size` values.
    int16_t *scratch;
    /// Log-likelihood of tanh t/65536: `coarse[t >> 4]`, and `fine[65535 - t]` from 61440 on.
    const int16_t *coarse, *fine;
} lodestar_check_row;

/// Updates `posterior` by one row; columns are left rotated by this row's shifts.
///
/// Each column has `size + 16` values, of which the last 16 repeat the first.
/// Returns 0 if every parity of the row held before the update, else 1. The same on any machine.
int lodestar_update_row(const lodestar_check_row *row, int16_t *posterior);

/// The same without instructions beyond the least processor's; gives the same values.
int lodestar_update_row_portable(const lodestar_check_row *row, int16_t *posterior);
