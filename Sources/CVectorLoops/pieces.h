// Pieces of pictures in scratch memory, as vectors of lanes.

#ifndef ELBO_PIECES_H
#define ELBO_PIECES_H

#include <string.h>

#include "grid.h"
#include "include/elbo_convolution.h"

/// Lanes of a vector.
enum { ELBO_MOST_LANES = ELBO_LANE_BYTES / 4 };

static inline int64_t elbo_size_of(int32_t is_double) { return is_double ? 8 : 4; }
static inline int64_t elbo_lanes_of(int32_t is_double) { return ELBO_LANE_BYTES / elbo_size_of(is_double); }

/// A channel of an example.
static inline const char *elbo_plane(
    const elbo_kernel *kernel, const elbo_pictures *x, int32_t is_double, int64_t example, int64_t channel) {
  int64_t index = x->offset + (example * x->channels + channel) * x->rows * x->columns;
  return kernel->argument[x->argument] + index * elbo_size_of(is_double);
}

/// Fills `rows` x `columns` vectors from one plane for each lane, from (first_row, first_column) on, which may lie
/// outside the picture: there it is zero. Lanes from `count` on hold what lane 0 does.
static inline void elbo_fill_piece(
    const elbo_loops *loops, char *out, const elbo_pictures *x, int32_t is_double, const char *const *planes,
    int64_t count, int64_t first_row, int64_t first_column, int64_t rows, int64_t columns) {
  int64_t top = elbo_least(elbo_most(-first_row, 0), rows);
  int64_t bottom = elbo_most(elbo_least(x->rows - first_row, rows), top);
  int64_t left = elbo_least(elbo_most(-first_column, 0), columns);
  int64_t right = elbo_most(elbo_least(x->columns - first_column, columns), left);
  int64_t pitch = columns * ELBO_LANE_BYTES;
  memset(out, 0, (uint64_t)(top * pitch));
  memset(out + bottom * pitch, 0, (uint64_t)((rows - bottom) * pitch));
  for (int64_t r = top; r < bottom; r++) {
    memset(out + r * pitch, 0, (uint64_t)(left * ELBO_LANE_BYTES));
    memset(out + r * pitch + right * ELBO_LANE_BYTES, 0, (uint64_t)((columns - right) * ELBO_LANE_BYTES));
  }
  const void *from[ELBO_MOST_LANES];
  int64_t start = ((first_row + top) * x->columns + first_column + left) * elbo_size_of(is_double);
  for (int64_t l = 0; l < ELBO_MOST_LANES; l++) from[l] = planes[l < count ? l : 0] + start;
  loops->interleave[is_double](
      out + top * pitch + left * ELBO_LANE_BYTES, from, bottom - top, right - left, x->columns, columns);
}

#endif
