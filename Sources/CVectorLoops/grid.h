// Blocks of a grid.

#ifndef ELBO_GRID_H
#define ELBO_GRID_H

#include "addressing.h"
#include "include/elbo_program.h"

/// The corners of a block.
static inline void elbo_block_corners(const elbo_grid *grid, int64_t block, int64_t *low, int64_t *high) {
  for (int32_t d = grid->rank - 1; d >= 0; d--) {
    int64_t count = grid->count[d], number = block % count;
    int64_t units = elbo_quotient_up(grid->extent[d], grid->unit[d]);
    low[d] = number * units / count * grid->unit[d];
    high[d] = elbo_least((number + 1) * units / count * grid->unit[d], grid->extent[d]);
    block /= count;
  }
}

/// A frame at the start of a thread's scratch memory: the values' addresses come first there.
static inline void elbo_frame_begin(elbo_frame *frame, const elbo_kernel *kernel, char *scratch, int64_t values) {
  for (int32_t i = 0; i < kernel->argument_count; i++) frame->argument[i] = kernel->argument[i];
  frame->scratch = scratch;
  frame->value = (void **)(scratch + values);
}

/// The address from which element `low` of the box lies at `start`, where a box's elements lie row-major with the
/// extents of the largest block.
static inline char *elbo_box_origin(
    char *start, const elbo_grid *grid, const int64_t *low, uint8_t size) {
  int64_t stride = 1, offset = 0;
  for (int32_t d = grid->rank - 1; d >= 0; d--) {
    offset += low[d] * stride;
    stride *= grid->largest[d];
  }
  return (char *)((uintptr_t)start - (uintptr_t)(offset * size));
}

#endif
