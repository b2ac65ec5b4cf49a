// matmul, for GPUs: products of matrices that share their result's shape, and an expression (the epilogue) at every
// place of the result, which sees the products as scalars.
//
//                          right                  A group computes TILE_ROWS x TILE_COLUMNS places of one matrix of the
//                       +---------+               batch. Step by step along the depth it copies a slice of DEPTH_STEP of
//              depth    |  slice  |               both matrices to local memory, from where each work-item reads
//                       +---------+               ITEM_ROWS values of the left and ITEM_COLUMNS of the right matrix and
//          depth                                  adds their outer product to its sums in registers.
//        +-+-------+    +---------+
//   rows |s|       |    | group   |               The next slice is on its way from global memory to registers while
//        |l|       |    |         |               the present one is used.
//        +-+-------+    +---------+
//          left           result
//
// In local memory a slice lies as [DEPTH_STEP][TILE_ROWS + 4]: the depth first, so that a work-item's values lie side by
// side, and 4 elements of padding, so that a slice that is read along the depth does not meet one bank only.
// A work-item has its rows and columns in runs of RUN_ROWS and RUN_COLUMNS (up to 4) side by side, the runs spread over
// the tile: row r of item y is r / RUN_ROWS * RUN_ROWS * ITEMS_DOWN + y * RUN_ROWS + r % RUN_ROWS. Neighbouring
// work-items so read, and store, neighbouring runs.
//
// ITEM_ROWS, ITEM_COLUMNS  places of a work-item; GROUP_SIZE = ITEMS_DOWN x ITEMS_ACROSS, TILE_ROWS = ITEMS_DOWN x
//                          ITEM_ROWS, TILE_COLUMNS = ITEMS_ACROSS x ITEM_COLUMNS. 8 x 8 where the result fills the
//                          device with such tiles, less where it is small.
// DEPTH_STEP               depth of a slice.

#define KERNEL_NAME_ROW(r, y) ((r) / RUN_ROWS * (RUN_ROWS * ITEMS_DOWN) + (y) * RUN_ROWS + (r) % RUN_ROWS)
#define KERNEL_NAME_COLUMN(c, x) ((c) / RUN_COLUMNS * (RUN_COLUMNS * ITEMS_ACROSS) + (x) * RUN_COLUMNS + (c) % RUN_COLUMNS)

// Copies this item's share of a slice of `extent` x DEPTH_STEP to registers; what lies beyond the matrix is 0.
// `stride` runs along rows of the left or columns of the right matrix, of which `room` are left.
INLINED void KERNEL_NAME_load(
    TYPE *share, GLOBAL_PTR(const TYPE) matrix, const int item, const int extent, const INDEX stride,
    const INDEX depth_stride, const INDEX room, const INDEX base, const INDEX depth) {
#pragma unroll
  for (int i = 0; i < (extent * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE; ++i) {
    const int e = item + i * GROUP_SIZE;
    const int k = depth_stride == 1 ? e % DEPTH_STEP : e / extent;
    const int j = depth_stride == 1 ? e / DEPTH_STEP : e % extent;
    share[i] = e < extent * DEPTH_STEP && j < room && base + k < depth ? matrix[j * stride + (base + k) * depth_stride] : 0;
  }
}

INLINED void KERNEL_NAME_keep(
    LOCAL_PTR(TYPE) slice, const TYPE *share, const int item, const int extent, const INDEX depth_stride) {
#pragma unroll
  for (int i = 0; i < (extent * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE; ++i) {
    const int e = item + i * GROUP_SIZE;
    const int k = depth_stride == 1 ? e % DEPTH_STEP : e / extent;
    const int j = depth_stride == 1 ? e / DEPTH_STEP : e % extent;
    if (e < extent * DEPTH_STEP) slice[k * (extent + 4) + j] = share[i];
  }
}

// sums = left x right at this item's places of the tile.
INLINED void KERNEL_NAME_product(
    TYPE *sums, const int item, LOCAL_PTR(TYPE) left_slice, LOCAL_PTR(TYPE) right_slice, GLOBAL_PTR(const TYPE) left,
    const INDEX left_row, const INDEX left_depth, GLOBAL_PTR(const TYPE) right, const INDEX right_depth,
    const INDEX right_column, const INDEX depth, const INDEX rows, const INDEX columns) {
  const int x = item % ITEMS_ACROSS;
  const int y = item / ITEMS_ACROSS;
  TYPE left_share[(TILE_ROWS * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE];
  TYPE right_share[(TILE_COLUMNS * DEPTH_STEP + GROUP_SIZE - 1) / GROUP_SIZE];
#pragma unroll
  for (int i = 0; i < ITEM_ROWS * ITEM_COLUMNS; ++i) sums[i] = 0;
  KERNEL_NAME_load(left_share, left, item, TILE_ROWS, left_row, left_depth, rows, 0, depth);
  KERNEL_NAME_load(right_share, right, item, TILE_COLUMNS, right_column, right_depth, columns, 0, depth);
  for (INDEX base = 0; base < depth; base += DEPTH_STEP) {
    KERNEL_NAME_keep(left_slice, left_share, item, TILE_ROWS, left_depth);
    KERNEL_NAME_keep(right_slice, right_share, item, TILE_COLUMNS, right_depth);
    barrier(CLK_LOCAL_MEM_FENCE);
    const INDEX next = base + DEPTH_STEP;
    KERNEL_NAME_load(left_share, left, item, TILE_ROWS, left_row, left_depth, rows, next, depth);
    KERNEL_NAME_load(right_share, right, item, TILE_COLUMNS, right_column, right_depth, columns, next, depth);
#pragma unroll
    for (int k = 0; k < DEPTH_STEP; ++k) {
      TYPE a[ITEM_ROWS], b[ITEM_COLUMNS];
#pragma unroll
      for (int r = 0; r < ITEM_ROWS; ++r) a[r] = left_slice[k * (TILE_ROWS + 4) + KERNEL_NAME_ROW(r, y)];
#pragma unroll
      for (int c = 0; c < ITEM_COLUMNS; ++c) b[c] = right_slice[k * (TILE_COLUMNS + 4) + KERNEL_NAME_COLUMN(c, x)];
#pragma unroll
      for (int r = 0; r < ITEM_ROWS; ++r) {
#pragma unroll
        for (int c = 0; c < ITEM_COLUMNS; ++c) {
          sums[r * ITEM_COLUMNS + c] = MULTIPLY_ADD(a[r], b[c], sums[r * ITEM_COLUMNS + c]);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

INLINED void KERNEL_NAME(const INDEX group, const int item, LOCAL_PTR(uchar) local_memory, PARAMETERS) {
  const INDEX first_row = group % ROW_TILES * TILE_ROWS;
  const INDEX first_column = group / ROW_TILES % COLUMN_TILES * TILE_COLUMNS;
  const INDEX batch = group / ROW_TILES / COLUMN_TILES;
  LOCAL_PTR(TYPE) left_slice = (LOCAL_PTR(TYPE))local_memory;
  LOCAL_PTR(TYPE) right_slice = left_slice + DEPTH_STEP * (TILE_ROWS + 4);
  TYPE sums_I[ITEM_ROWS * ITEM_COLUMNS];
  PRODUCTS;
#pragma unroll
  for (int r = 0; r < ITEM_ROWS; ++r) {
#pragma unroll
    for (int c = 0; c < ITEM_COLUMNS; ++c) {
      const INDEX row = first_row + KERNEL_NAME_ROW(r, item / ITEMS_ACROSS);
      const INDEX column = first_column + KERNEL_NAME_COLUMN(c, item % ITEMS_ACROSS);
      if (row < ROWS && column < COLUMNS) {
        const TYPE product_I = sums_I[r * ITEM_COLUMNS + c];
        COORDINATES;
        BODY;
      }
    }
  }
}
