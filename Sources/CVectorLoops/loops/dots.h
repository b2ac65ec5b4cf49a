// Products by dots, for a transposed B where A has few rows or rows are long: to copy B would cost too much there, and
// rows of both lie along k as they are. An accumulator holds 16 partial sums of one element of C, whatever the size of a
// register; at the end they are added up.
//
//      A, m x k          B, n x k           tile of C, DOT_ROWS x DOT_COLUMNS
//      [ ---16--- ]      [ ---16--- ]       c(r, j) = the sum over 16 lanes of sum over k / 16 of a(r) * b(j)

typedef float dots __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t dot_mask __attribute__((vector_size(64)));

/// The sums of the lanes of 16 accumulators, in order: of two vectors, halves that are to be added are put side by side.
/// Lane 0 is added to lane 8, that to lane 4's, and so on.
INLINE void sums_of_dots(const dots x[16], float *sums) {
  dots eight[8], four[4], two[2];
  UNROLL for (int i = 0; i < 8; i++)
    eight[i] = __builtin_shufflevector(x[2 * i], x[2 * i + 1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
        + __builtin_shufflevector(x[2 * i], x[2 * i + 1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  UNROLL for (int i = 0; i < 4; i++)
    four[i] = __builtin_shufflevector(
                  eight[2 * i], eight[2 * i + 1], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
        + __builtin_shufflevector(
                  eight[2 * i], eight[2 * i + 1], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  UNROLL for (int i = 0; i < 2; i++)
    two[i] = __builtin_shufflevector(
                 four[2 * i], four[2 * i + 1], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
        + __builtin_shufflevector(
                 four[2 * i], four[2 * i + 1], 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
  *(dots *)sums = __builtin_shufflevector(two[0], two[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
      + __builtin_shufflevector(two[0], two[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

/// c(r, j) = sum over k of a[r * a_row + k] * b[j * b_row + k]; depth >= 16.
INLINE void dot_tile(
    const int rows, const int columns, int64_t depth, const float *a, int64_t a_row, const float *b, int64_t b_row,
    float *c, int64_t c_row, int add) {
  dots sum[DOT_ROWS][DOT_COLUMNS];
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int j = 0; j < columns; j++) sum[r][j] = (dots){0};
  int64_t k = 0;
  for (; k + 16 <= depth; k += 16) {
    dots left[DOT_ROWS];
    UNROLL for (int r = 0; r < rows; r++) left[r] = *(const dots *)(a + r * a_row + k);
    UNROLL for (int j = 0; j < columns; j++) {
      dots right = *(const dots *)(b + j * b_row + k);
      UNROLL for (int r = 0; r < rows; r++) sum[r][j] = __builtin_elementwise_fma(left[r], right, sum[r][j]);
    }
  }
  if (k < depth) {
    // The last 16 of the row, without those that are in the sums.
    const int32_t seen = (int32_t)(k - (depth - 16));
    const dot_mask lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const dot_mask mask = lane >= (dot_mask){0} + seen;
    k = depth - 16;
    dots left[DOT_ROWS];
    UNROLL for (int r = 0; r < rows; r++) left[r] = (dots)((dot_mask)*(const dots *)(a + r * a_row + k) & mask);
    UNROLL for (int j = 0; j < columns; j++) {
      dots right = (dots)((dot_mask)*(const dots *)(b + j * b_row + k) & mask);
      UNROLL for (int r = 0; r < rows; r++) sum[r][j] = __builtin_elementwise_fma(left[r], right, sum[r][j]);
    }
  }
  float totals[(DOT_ROWS * DOT_COLUMNS + 15) / 16 * 16];
  UNROLL for (int first = 0; first < rows * columns; first += 16) {
    dots sixteen[16];
    UNROLL for (int i = 0; i < 16; i++)
      sixteen[i] = first + i < rows * columns ? sum[(first + i) / columns][(first + i) % columns] : (dots){0};
    sums_of_dots(sixteen, totals + first);
  }
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int j = 0; j < columns; j++) {
    float *out = c + r * c_row + j;
    *out = (add ? *out : 0) + totals[r * columns + j];
  }
}

typedef void (*dot_tile_function)(
    int64_t depth, const float *a, int64_t a_row, const float *b, int64_t b_row, float *c, int64_t c_row, int add);

#define DOT_TILE(rows, columns)                                                                            \
  static __attribute__((noinline)) void dot_##rows##x##columns(                                            \
      int64_t depth, const float *a, int64_t a_row, const float *b, int64_t b_row, float *c, int64_t c_row,  \
      int add) {                                                                                           \
    dot_tile(rows, columns, depth, a, a_row, b, b_row, c, c_row, add);                                     \
  }
DOT_TILES(DOT_TILE)
#define DOT(rows, columns) [rows][columns] = dot_##rows##x##columns,
static const dot_tile_function dot_tiles[DOT_ROWS + 1][DOT_COLUMNS + 1] = {DOT_TILES(DOT)};

static void dot_product(const elbo_operands *x, int add) {
  const int64_t across = (x->columns + DOT_COLUMNS - 1) / DOT_COLUMNS, down = (x->rows + DOT_ROWS - 1) / DOT_ROWS;
  for (int64_t q = 0; q < across; q++) {
    const int64_t column = x->columns * q / across, columns = x->columns * (q + 1) / across - column;
    for (int64_t t = 0; t < down; t++) {
      const int64_t row = x->rows * t / down, rows = x->rows * (t + 1) / down - row;
      dot_tiles[rows][columns](
          x->depth, x->a + row * x->a_stride, x->a_stride, x->b + column * x->b_stride, x->b_stride,
          x->c + row * x->c_stride + column, x->c_stride, add);
    }
  }
}
