// Small arithmetic that the forms share.

#ifndef ELBO_ADDRESSING_H
#define ELBO_ADDRESSING_H

#include "include/elbo_machine.h"

static inline int64_t elbo_least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t elbo_most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t elbo_quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The value of an affine function at a place.
static inline int64_t elbo_index(const elbo_affine *affine, int32_t rank, const int64_t *at) {
  int64_t index = affine->offset;
  for (int32_t d = 0; d < rank; d++) index += affine->stride[d] * at[d];
  return index;
}

/// Rows and columns of a value of a tile.
static inline int64_t elbo_rows(const elbo_frame *frame, elbo_extent extent) {
  return (extent & ELBO_BY_ROW) ? frame->rows : 1;
}
static inline int64_t elbo_columns(const elbo_frame *frame, elbo_extent extent) {
  return (extent & ELBO_BY_COLUMN) ? frame->columns : 1;
}

/// Where a size stands among 1, 4 and 8 bytes.
static inline int32_t elbo_size_index(uint8_t size) { return size == 1 ? 0 : (size == 4 ? 1 : 2); }

#endif
