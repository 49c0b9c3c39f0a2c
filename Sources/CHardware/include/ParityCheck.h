// One layer of belief propagation over a lifted parity-check row, on bytes.
#pragma once
#include <stdint.h>

/// The fields of `CheckRow` of the module Reconciliation, which says what they are.
typedef struct {
    int32_t size, padded, edges, turn;
    const uint32_t *columns;
    const uint16_t *rotations;
    const uint8_t *parities;
    uint8_t *least, *others, *weakest, *signs;
    int8_t *scratch;
    const uint8_t *tables;
} lodestar_check_row;

/// 1 if this processor has the instructions for lodestar_update_check_row, else 0.
int lodestar_has_check_row(void);

/// Does what `CheckRow.updatePortably` does, 32 checks at a time; only if lodestar_has_check_row()
/// is 1. Returns how many checks did not hold.
int32_t lodestar_update_check_row(const lodestar_check_row *row, int8_t *posterior);
