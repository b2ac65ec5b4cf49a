// convolution, for devices of CPU type: a convolution or one of its gradients, and an expression (the epilogue) at every
// place of the result, which sees it as a scalar.
//
//                         source                        The product of convolution.cl as matmul_cpu.cl computes one: a
//                      +---+---+---+                    group is one work-item with ROW_BLOCK rows by 32 columns. It
//              depth   |   |pan|   |                    gathers DEPTH_BLOCK rows of its panel of 32 columns from the
//                      |   |el |   |                    source into private memory, and walks down the rows of the
//                      +---+---+---+                    matrix, TILE_ROWS at a time, with 2 x TILE_ROWS vectors of 16
//          depth                                        sums in registers. So each element of the source is gathered
//        +-------+     +---+---+---+                    once for ROW_BLOCK rows, and no patches lie in memory.
//   rows | tile  |     |   |til|   |
//        | tile  |     |   |til|   |
//        +-------+     +---+---+---+
//          matrix          result
//
// RUN          neighbouring columns that lie in one row of a picture, so that they are copied together: 16, 8, 4 or 1.
// TILE_ROWS    rows of a tile: 2 x 13 + 2 vectors just fit in 32 registers. Rows are cut as evenly as possible.
// ROW_BLOCK    rows that share a packed panel.
// DEPTH_BLOCK  rows of a packed panel: sums over one are added to the totals, which keeps the error of long sums small.
// SUMS_PLACES  1 for the filter gradient, whose depth is the places.
// HAS_EDGES    1 where some phase has fewer places than others.

// Rows base ..< base + count of the panel where columns are places, and how far the matrix's elements are from the
// beginning of their row.
INLINED void KERNEL_NAME_pack_places(
    TYPE *panel, INDEX *steps, GLOBAL_PTR(const TYPE) source, const INDEX first_column, const INDEX base,
    const int count, const int phase_row, const int phase_column) {
  INDEX example_of_run[32 / RUN];
  int row_of_run[32 / RUN], column_of_run[32 / RUN];
  for (int r = 0; r < 32 / RUN; ++r) {
    const INDEX place = first_column + r * RUN;
    example_of_run[r] = place / (PLACE_ROWS * PLACE_COLUMNS);
    // Columns beyond the last see nothing.
    row_of_run[r] = place < COLUMNS ? (int)(place / PLACE_COLUMNS % PLACE_ROWS) * STEP_DOWN : -(1 << 29);
    column_of_run[r] = (int)(place % PLACE_COLUMNS) * STEP_ACROSS;
  }
  for (int k = 0; k < count; ++k) {
    const INDEX tap = base + k;
    const int down = (int)(tap / TAPS_ACROSS % TAPS_DOWN);
    const int across = (int)(tap % TAPS_ACROSS);
    const int is_tap = down < KERNEL_NAME_down[3 * phase_row + 1] && across < KERNEL_NAME_across[3 * phase_column + 1];
    const int shift_down = down * SHIFT_DOWN + KERNEL_NAME_down[3 * phase_row + 2];
    const int shift_across = across * SHIFT_ACROSS + KERNEL_NAME_across[3 * phase_column + 2];
    const INDEX channel = tap / (TAPS_DOWN * TAPS_ACROSS);
    steps[k] = KERNEL_NAME_step(tap, phase_row, phase_column);
    for (int r = 0; r < 32 / RUN; ++r) {
      TYPE *out = panel + 32 * k + r * RUN;
      const int y = row_of_run[r] + shift_down;
      const int x = column_of_run[r] + shift_across;
      const INDEX at = ((example_of_run[r] * SOURCE_CHANNELS + channel) * SOURCE_ROWS + y) * SOURCE_COLUMNS + x;
      if (!is_tap || (uint)y >= (uint)SOURCE_ROWS) {
#pragma unroll
        for (int e = 0; e < RUN; ++e) out[e] = 0;
      } else if (x >= 0 && x + (RUN - 1) * STEP_ACROSS < SOURCE_COLUMNS) {
#pragma unroll
        for (int e = 0; e < RUN; ++e) out[e] = source[at + e * STEP_ACROSS];
      } else {
        for (int e = 0; e < RUN; ++e) {
          out[e] = (uint)(x + e * STEP_ACROSS) < (uint)SOURCE_COLUMNS ? source[at + e * STEP_ACROSS] : 0;
        }
      }
    }
  }
}

// The same where columns are taps.
INLINED void KERNEL_NAME_pack_taps(
    TYPE *panel, INDEX *steps, GLOBAL_PTR(const TYPE) source, const INDEX first_column, const INDEX base,
    const int count) {
  INDEX channel_of_tap[32];
  int row_of_tap[32], column_of_tap[32];
  for (int c = 0; c < 32; ++c) {
    const INDEX tap = min(first_column + c, (INDEX)(COLUMNS - 1));
    channel_of_tap[c] = tap / (TAPS_DOWN * TAPS_ACROSS) * (SOURCE_ROWS * SOURCE_COLUMNS);
    row_of_tap[c] = (int)(tap / TAPS_ACROSS % TAPS_DOWN) * SHIFT_DOWN + KERNEL_NAME_down[2];
    column_of_tap[c] = (int)(tap % TAPS_ACROSS) * SHIFT_ACROSS + KERNEL_NAME_across[2];
  }
  for (int k = 0; k < count; ++k) {
    const INDEX place = base + k;
    const int row = (int)(place / PLACE_COLUMNS % PLACE_ROWS) * STEP_DOWN;
    const int column = (int)(place % PLACE_COLUMNS) * STEP_ACROSS;
    const INDEX example = place / (PLACE_ROWS * PLACE_COLUMNS) * (SOURCE_CHANNELS * SOURCE_ROWS * SOURCE_COLUMNS);
    steps[k] = KERNEL_NAME_step(place, 0, 0);
    for (int c = 0; c < 32; ++c) {
      const int y = row + row_of_tap[c];
      const int x = column + column_of_tap[c];
      const int is_seen = (uint)y < (uint)SOURCE_ROWS && (uint)x < (uint)SOURCE_COLUMNS;
      panel[32 * k + c] = is_seen ? source[example + channel_of_tap[c] + y * SOURCE_COLUMNS + x] : 0;
    }
  }
}

INLINED void KERNEL_NAME(const INDEX group, PARAMETERS) {
  const INDEX first_row = group % ROW_BLOCKS * ROW_BLOCK;
  const INDEX first_column = group / ROW_BLOCKS % PANELS * 32;
  const int phase = (int)(group / ROW_BLOCKS / PANELS % PHASES);
  const INDEX filter_group = group / ROW_BLOCKS / PANELS / PHASES;
  const int phase_row = phase / PHASE_COLUMNS;
  const int phase_column = phase % PHASE_COLUMNS;
  const int rows = (int)min((INDEX)ROW_BLOCK, ROWS - first_row);
  const int columns = (int)min((INDEX)32, COLUMNS - first_column);
  GLOBAL_PTR(const TYPE) source = SOURCE + filter_group * SOURCE_GROUP;
  GLOBAL_PTR(const TYPE) matrix = MATRIX + filter_group * MATRIX_GROUP + first_row * MATRIX_ROW;
  VECTOR panel[2 * DEPTH_BLOCK];
  INDEX steps[DEPTH_BLOCK];
  VECTOR totals[2 * PADDED_ROWS];
  for (int i = 0; i < 2 * PADDED_ROWS; ++i) totals[i] = 0;
  for (INDEX base = 0; base < DEPTH; base += DEPTH_BLOCK) {
    const int count = (int)min((INDEX)DEPTH_BLOCK, DEPTH - base);
    if (SUMS_PLACES) {
      KERNEL_NAME_pack_taps((TYPE *)panel, steps, source, first_column, base, count);
    } else {
      KERNEL_NAME_pack_places((TYPE *)panel, steps, source, first_column, base, count, phase_row, phase_column);
    }
    for (int row = 0; row < rows; row += TILE_ROWS) {
      // The last tile reads its last row again for the rows that it lacks.
      GLOBAL_PTR(const TYPE) rows_of_matrix[TILE_ROWS];
#pragma unroll
      for (int r = 0; r < TILE_ROWS; ++r) rows_of_matrix[r] = matrix + min(row + r, rows - 1) * MATRIX_ROW;
      VECTOR sums[TILE_ROWS][2];
#pragma unroll
      for (int r = 0; r < TILE_ROWS; ++r) {
        sums[r][0] = 0;
        sums[r][1] = 0;
      }
      for (int k = 0; k < count; ++k) {
        const VECTOR b0 = panel[2 * k];
        const VECTOR b1 = panel[2 * k + 1];
        const INDEX step = steps[k];
#pragma unroll
        for (int r = 0; r < TILE_ROWS; ++r) {
          const VECTOR a = (VECTOR)(rows_of_matrix[r][step]);
          sums[r][0] = fma(a, b0, sums[r][0]);
          sums[r][1] = fma(a, b1, sums[r][1]);
        }
      }
#pragma unroll
      for (int r = 0; r < TILE_ROWS; ++r) {
        totals[2 * (row + r)] += sums[r][0];
        totals[2 * (row + r) + 1] += sums[r][1];
      }
    }
  }
  const TYPE *total = (const TYPE *)totals;
  for (int r = 0; r < rows; ++r) {
    const INDEX channel = filter_group * ROWS + first_row + r;
    VECTORIZED;
    for (int c = 0; c < columns; ++c) {
      const INDEX column = first_column + c;
      const INDEX y = column / RESULT_COLUMN_COUNT % RESULT_ROW_COUNT * UNIT_DOWN + phase_row;
      const INDEX x = column % RESULT_COLUMN_COUNT * UNIT_ACROSS + phase_column;
      if (!HAS_EDGES || (y < RESULT_ROWS && x < RESULT_COLUMNS)) {
        const TYPE result = total[32 * r + c];
        const INDEX example = column / (RESULT_ROW_COUNT * RESULT_COLUMN_COUNT);
        const INDEX place = y * RESULT_COLUMNS + x;
        COORDINATES;
        BODY;
      }
    }
  }
}
