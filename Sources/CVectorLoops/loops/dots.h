// Products by dots, for a transposed B where A has few rows or rows are long: to copy B would cost too much there, and
// rows of both lie along k as they are. An accumulator holds 16 partial sums of one element of C, whatever the size of a
// register; at the end they are added up.
//
//      A, m x k          B, n x k           tile of C, DOT_ROWS x DOT_COLUMNS
//      [ ---16--- ]      [ ---16--- ]       c(r, j) = the sum over 16 lanes of sum over k / 16 of a(r) * b(j)

typedef float dots __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t dot_mask __attribute__((vector_size(64)));

INLINE float sum_of_dots(const dots *sum) {
  typedef float half __attribute__((vector_size(32)));
  typedef float quarter __attribute__((vector_size(16)));
  const dots x = *sum;
  half h = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  quarter q = __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
  q = q + __builtin_shufflevector(q, q, 2, 3, 2, 3);
  return q[0] + q[1];
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
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int j = 0; j < columns; j++) {
    float *out = c + r * c_row + j;
    *out = (add ? *out : 0) + sum_of_dots(&sum[r][j]);
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
