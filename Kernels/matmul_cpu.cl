// matmul, for devices of CPU type: products of matrices that share their result's shape, and an expression (the
// epilogue) at every place of the result, which sees the products as scalars.
//
//                         right                         A group is one work-item: ROW_BLOCK rows by 32 columns of the
//                      +---+---+---+                    result, one matrix of the batch.
//              depth   |   |pan|   |
//                      |   |el |   |                    It packs DEPTH_BLOCK rows of its panel of 32 columns of the
//                      +---+---+---+                    right matrix side by side in private memory (transposing 16
//          depth                                        by 16 blocks where columns lie side by side in memory), then
//        +-------+     +---+---+---+                    walks down the rows of the left matrix, TILE_ROWS at a time:
//   rows | tile  |     |   |til|   |                    2 x TILE_ROWS vectors of 16 sums stay in registers over the
//        | tile  |     |   |til|   |                    block's depth, and are added to the totals at its end. So each
//        +-------+     +---+---+---+                    element of the right matrix is loaded once for ROW_BLOCK rows,
//          left           result                        and no memory outside the group holds packed copies.
//
// TILE_ROWS    rows of a tile: 2 x 13 + 2 vectors just fit in 32 registers. Rows are cut as evenly as possible.
// ROW_BLOCK    rows that share a packed panel.
// DEPTH_BLOCK  rows of a packed panel: 128 of them take 16 KiB, and the sums over one are added pairwise to the totals,
//              which also keeps the rounding error of long sums small.

// The 16 x 16 block in place: bit by bit, the place's number (row, column) rotates into (column, row).
INLINED void KERNEL_NAME_transpose(VECTOR *block) {
#pragma unroll
  for (int turn = 0; turn < 4; ++turn) {
    VECTOR turned[16];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      turned[i] = (VECTOR)(block[2 * i].even, block[2 * i + 1].even);
      turned[i + 8] = (VECTOR)(block[2 * i].odd, block[2 * i + 1].odd);
    }
#pragma unroll
    for (int i = 0; i < 16; ++i) block[i] = turned[i];
  }
}

// Rows base ..< base + count of the panel; columns beyond `columns` hold what is never stored.
INLINED void KERNEL_NAME_pack(
    VECTOR *panel, GLOBAL_PTR(const TYPE) right, const INDEX depth_stride, const INDEX column_stride, const INDEX base,
    const int count, const int columns) {
  if (column_stride == 1 && columns == 32) {
    for (int k = 0; k < count; ++k) {
      panel[2 * k] = vload16(0, right + (base + k) * depth_stride);
      panel[2 * k + 1] = vload16(1, right + (base + k) * depth_stride);
    }
  } else {
    for (int side = 0; side < 2; ++side) {
      int k = 0;
      for (; depth_stride == 1 && k + 16 <= count; k += 16) {
        VECTOR block[16];
#pragma unroll
        for (int j = 0; j < 16; ++j) {
          const INDEX column = min(side * 16 + j, columns - 1);
          block[j] = vload16(0, right + column * column_stride + base + k);
        }
        KERNEL_NAME_transpose(block);
#pragma unroll
        for (int j = 0; j < 16; ++j) panel[2 * (k + j) + side] = block[j];
      }
      for (; k < count; ++k) {
        TYPE row[16];
        for (int j = 0; j < 16; ++j) {
          const INDEX column = min(side * 16 + j, columns - 1);
          row[j] = right[(base + k) * depth_stride + column * column_stride];
        }
        panel[2 * k + side] = vload16(0, row);
      }
    }
  }
}

// totals += left x right for `rows` x `columns` places.
INLINED void KERNEL_NAME_product(
    VECTOR *totals, GLOBAL_PTR(const TYPE) left, const INDEX left_row, const INDEX left_depth,
    GLOBAL_PTR(const TYPE) right, const INDEX right_depth, const INDEX right_column, const INDEX depth, const int rows,
    const int columns) {
  VECTOR panel[2 * DEPTH_BLOCK];
  for (INDEX base = 0; base < depth; base += DEPTH_BLOCK) {
    const int count = (int)min((INDEX)DEPTH_BLOCK, depth - base);
    KERNEL_NAME_pack(panel, right, right_depth, right_column, base, count, columns);
    for (int row = 0; row < rows; row += TILE_ROWS) {
      // The last tile reads its last row again for the rows that it lacks.
      GLOBAL_PTR(const TYPE) rows_of_left[TILE_ROWS];
#pragma unroll
      for (int r = 0; r < TILE_ROWS; ++r) {
        rows_of_left[r] = left + min(row + r, rows - 1) * left_row + base * left_depth;
      }
      VECTOR sums[TILE_ROWS][2];
#pragma unroll
      for (int r = 0; r < TILE_ROWS; ++r) {
        sums[r][0] = 0;
        sums[r][1] = 0;
      }
      for (int k = 0; k < count; ++k) {
        const VECTOR b0 = panel[2 * k];
        const VECTOR b1 = panel[2 * k + 1];
#pragma unroll
        for (int r = 0; r < TILE_ROWS; ++r) {
          const VECTOR a = (VECTOR)(rows_of_left[r][k * left_depth]);
          sums[r][0] = MULTIPLY_ADD(a, b0, sums[r][0]);
          sums[r][1] = MULTIPLY_ADD(a, b1, sums[r][1]);
        }
      }
#pragma unroll
      for (int r = 0; r < TILE_ROWS; ++r) {
        totals[2 * (row + r)] += sums[r][0];
        totals[2 * (row + r) + 1] += sums[r][1];
      }
    }
  }
}

INLINED void KERNEL_NAME(const INDEX group, PARAMETERS) {
  const INDEX first_row = group % ROW_BLOCKS * ROW_BLOCK;
  const INDEX first_column = group / ROW_BLOCKS % PANELS * 32;
  const INDEX batch = group / ROW_BLOCKS / PANELS;
  const int rows = (int)min((INDEX)ROW_BLOCK, ROWS - first_row);
  const int columns = (int)min((INDEX)32, COLUMNS - first_column);
  VECTOR totals_I[2 * PADDED_ROWS];
  for (int i = 0; i < 2 * PADDED_ROWS; ++i) {
    totals_I[i] = 0;
  }
  PRODUCTS;
  const TYPE *total_I = (const TYPE *)totals_I;
  for (int r = 0; r < rows; ++r) {
    const INDEX row = first_row + r;
    VECTORIZED;
    for (int c = 0; c < columns; ++c) {
      const INDEX column = first_column + c;
      const TYPE product_I = total_I[32 * r + c];
      COORDINATES;
      BODY;
    }
  }
}
