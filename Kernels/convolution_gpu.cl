// convolution, for GPUs: a convolution or one of its gradients, and an expression (the epilogue) at every place of the
// result, which sees it as a scalar.
//
//                          source                 The product of convolution.cl as matmul_gpu.cl computes one: a group
//                       +---------+               has TILE_ROWS x TILE_COLUMNS places of it, and copies slices of
//              depth    |  slice  |               DEPTH_STEP of both operands to local memory, [DEPTH_STEP][TILE_ROWS + 4],
//                       +---------+               from where each work-item adds outer products of ITEM_ROWS by
//          depth                                  ITEM_COLUMNS values to its sums in registers. The source's slice is
//        +-+-------+    +---------+               gathered as it is copied: no patches lie in memory. The next slice is
//   rows |s|       |    | group   |               on its way to registers while the present one is used.
//        |l|       |    |         |
//        +-+-------+    +---------+
//          matrix         result
//
// ITEM_ROWS, ITEM_COLUMNS  places of a work-item, in runs of RUN_ROWS and RUN_COLUMNS side by side; GROUP_SIZE =
//                          ITEMS_DOWN x ITEMS_ACROSS, TILE_ROWS = ITEMS_DOWN x ITEM_ROWS, TILE_COLUMNS = ITEMS_ACROSS x
//                          ITEM_COLUMNS.
// DEPTH_STEP               depth of a slice.
// SUMS_PLACES              1 for the filter gradient, whose depth is the places; then neighbours along the depth lie side
//                          by side in the source, else neighbouring columns do.

#define KERNEL_NAME_ROW(r, y) ((r) / RUN_ROWS * (RUN_ROWS * ITEMS_DOWN) + (y) * RUN_ROWS + (r) % RUN_ROWS)
#define KERNEL_NAME_COLUMN(c, x) ((c) / RUN_COLUMNS * (RUN_COLUMNS * ITEMS_ACROSS) + (x) * RUN_COLUMNS + (c) % RUN_COLUMNS)

INLINED TYPE KERNEL_NAME_seen(
    GLOBAL_PTR(const TYPE) source, const INDEX place, const INDEX tap, const int phase_row, const int phase_column) {
  const int down = (int)(tap / TAPS_ACROSS % TAPS_DOWN);
  const int across = (int)(tap % TAPS_ACROSS);
  const int y = (int)(place / PLACE_COLUMNS % PLACE_ROWS) * STEP_DOWN + down * SHIFT_DOWN + KERNEL_NAME_down[3 * phase_row + 2];
  const int x = (int)(place % PLACE_COLUMNS) * STEP_ACROSS + across * SHIFT_ACROSS + KERNEL_NAME_across[3 * phase_column + 2];
  const INDEX example = place / (PLACE_ROWS * PLACE_COLUMNS);
  const INDEX channel = tap / (TAPS_DOWN * TAPS_ACROSS);
  const int is_seen = down < KERNEL_NAME_down[3 * phase_row + 1] && across < KERNEL_NAME_across[3 * phase_column + 1]
      && (uint)y < (uint)SOURCE_ROWS && (uint)x < (uint)SOURCE_COLUMNS;
  return is_seen ? source[((example * SOURCE_CHANNELS + channel) * SOURCE_ROWS + y) * SOURCE_COLUMNS + x] : 0;
}

// Copies this item's share of a slice of the matrix to registers; what lies beyond it is 0.
INLINED void KERNEL_NAME_load_matrix(
    TYPE *share, GLOBAL_PTR(const TYPE) matrix, const int item, const INDEX first_row, const INDEX base,
    const int phase_row, const int phase_column) {
#pragma unroll
  for (int i = 0; i < (TILE_ROWS * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE; ++i) {
    const int e = item + i * GROUP_SIZE;
    const INDEX k = base + e % DEPTH_STEP;
    const INDEX row = first_row + e / DEPTH_STEP;
    share[i] = e < TILE_ROWS * DEPTH_STEP && row < ROWS && k < DEPTH
        ? matrix[row * MATRIX_ROW + KERNEL_NAME_step(k, phase_row, phase_column)]
        : 0;
  }
}

// The same for the source, by columns or, where it is the depth that runs along the source's rows, by the depth.
INLINED void KERNEL_NAME_load_source(
    TYPE *share, GLOBAL_PTR(const TYPE) source, const int item, const INDEX first_column, const INDEX base,
    const int phase_row, const int phase_column) {
#pragma unroll
  for (int i = 0; i < (TILE_COLUMNS * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE; ++i) {
    const int e = item + i * GROUP_SIZE;
    const INDEX k = base + (SUMS_PLACES ? e % DEPTH_STEP : e / TILE_COLUMNS);
    const INDEX column = first_column + (SUMS_PLACES ? e / DEPTH_STEP : e % TILE_COLUMNS);
    share[i] = e < TILE_COLUMNS * DEPTH_STEP && column < COLUMNS && k < DEPTH
        ? KERNEL_NAME_seen(source, SUMS_PLACES ? k : column, SUMS_PLACES ? column : k, phase_row, phase_column)
        : 0;
  }
}

INLINED void KERNEL_NAME_keep(
    LOCAL_PTR(TYPE) slice, const TYPE *share, const int item, const int extent, const int is_by_depth) {
#pragma unroll
  for (int i = 0; i < (extent * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE; ++i) {
    const int e = item + i * GROUP_SIZE;
    const int k = is_by_depth ? e % DEPTH_STEP : e / extent;
    const int j = is_by_depth ? e / DEPTH_STEP : e % extent;
    if (e < extent * DEPTH_STEP) slice[k * (extent + 4) + j] = share[i];
  }
}

INLINED void KERNEL_NAME(const INDEX group, const int item, LOCAL_PTR(uchar) local_memory, PARAMETERS) {
  const INDEX first_row = group % ROW_TILES * TILE_ROWS;
  const INDEX first_column = group / ROW_TILES % COLUMN_TILES * TILE_COLUMNS;
  const int phase = (int)(group / ROW_TILES / COLUMN_TILES % PHASES);
  const INDEX filter_group = group / ROW_TILES / COLUMN_TILES / PHASES;
  const int phase_row = phase / PHASE_COLUMNS;
  const int phase_column = phase % PHASE_COLUMNS;
  GLOBAL_PTR(const TYPE) source = SOURCE + filter_group * SOURCE_GROUP;
  GLOBAL_PTR(const TYPE) matrix = MATRIX + filter_group * MATRIX_GROUP;
  LOCAL_PTR(TYPE) matrix_slice = (LOCAL_PTR(TYPE))local_memory;
  LOCAL_PTR(TYPE) source_slice = matrix_slice + DEPTH_STEP * (TILE_ROWS + 4);
  TYPE matrix_share[(TILE_ROWS * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE];
  TYPE source_share[(TILE_COLUMNS * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE];
  const int item_column = item % ITEMS_ACROSS;
  const int item_row = item / ITEMS_ACROSS;
  TYPE sums[ITEM_ROWS * ITEM_COLUMNS];
#pragma unroll
  for (int i = 0; i < ITEM_ROWS * ITEM_COLUMNS; ++i) sums[i] = 0;
  KERNEL_NAME_load_matrix(matrix_share, matrix, item, first_row, 0, phase_row, phase_column);
  KERNEL_NAME_load_source(source_share, source, item, first_column, 0, phase_row, phase_column);
  for (INDEX base = 0; base < DEPTH; base += DEPTH_STEP) {
    KERNEL_NAME_keep(matrix_slice, matrix_share, item, TILE_ROWS, 1);
    KERNEL_NAME_keep(source_slice, source_share, item, TILE_COLUMNS, SUMS_PLACES);
    barrier(CLK_LOCAL_MEM_FENCE);
    const INDEX next = base + DEPTH_STEP;
    KERNEL_NAME_load_matrix(matrix_share, matrix, item, first_row, next, phase_row, phase_column);
    KERNEL_NAME_load_source(source_share, source, item, first_column, next, phase_row, phase_column);
#pragma unroll
    for (int k = 0; k < DEPTH_STEP; ++k) {
      TYPE a[ITEM_ROWS], b[ITEM_COLUMNS];
#pragma unroll
      for (int r = 0; r < ITEM_ROWS; ++r) a[r] = matrix_slice[k * (TILE_ROWS + 4) + KERNEL_NAME_ROW(r, item_row)];
#pragma unroll
      for (int c = 0; c < ITEM_COLUMNS; ++c) {
        b[c] = source_slice[k * (TILE_COLUMNS + 4) + KERNEL_NAME_COLUMN(c, item_column)];
      }
#pragma unroll
      for (int r = 0; r < ITEM_ROWS; ++r) {
#pragma unroll
        for (int c = 0; c < ITEM_COLUMNS; ++c) {
          sums[r * ITEM_COLUMNS + c] = fma(a[r], b[c], sums[r * ITEM_COLUMNS + c]);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int r = 0; r < ITEM_ROWS; ++r) {
#pragma unroll
    for (int c = 0; c < ITEM_COLUMNS; ++c) {
      const INDEX row = first_row + KERNEL_NAME_ROW(r, item_row);
      const INDEX column = first_column + KERNEL_NAME_COLUMN(c, item_column);
      const INDEX y = column / RESULT_COLUMN_COUNT % RESULT_ROW_COUNT * UNIT_DOWN + phase_row;
      const INDEX x = column % RESULT_COLUMN_COUNT * UNIT_ACROSS + phase_column;
      if (row < ROWS && column < COLUMNS && y < RESULT_ROWS && x < RESULT_COLUMNS) {
        const TYPE result = sums[r * ITEM_COLUMNS + c];
        const INDEX example = column / (RESULT_ROW_COUNT * RESULT_COLUMN_COUNT);
        const INDEX channel = filter_group * ROWS + row;
        const INDEX place = y * RESULT_COLUMNS + x;
        COORDINATES;
        BODY;
      }
    }
  }
}
