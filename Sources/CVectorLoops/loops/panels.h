// Products by panels: B is copied, 2 * LANES columns at a time, into rows that lie side by side, and a tile of C stays in
// registers while the panel streams by.
//
//          B, k x n                   panel, k x 2 LANES              tile of C, HEIGHT x 2 LANES
//      +-----+-----+-----+            +------+                        c(r) += a(r, k) * panel(k)
//      |     |  j  |     |   ----->   | k    |  2 LANES floats        a(r, k) is one float, broadcast:
//      |     |     |     |            | k+1  |                        A is read where it lies, by rows or columns
//      +-----+-----+-----+            +------+
//
// Every height from 1 to HEIGHT is compiled, so that rows are cut evenly and no tile is a remainder. Each element of C
// is one chain of fused multiply-adds in the order of k, cut into pieces that add up in order.

typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

enum {
  WIDTH = 2 * LANES,
  /// Depth of a panel: its rows and the tiles' share of A stay in the second-level cache, or where A is transposed and
  /// each k is another line of it, in the first.
  PIECE = 1024,
  PIECE_TRANSPOSED = 256,
  /// Rows of A up to which B is read where it lies; more of them where its rows are no multiple of `CLASHING` floats
  /// apart, which would crowd them into few places of the caches.
  FEW_ROWS = 28,
  MORE_ROWS = 128,
  CLASHING = 128,
};

INLINE void panel_tile(
    const int rows, const int vectors, int64_t depth, const float *a, int64_t a_row, int64_t a_step, const float *b,
    int64_t b_step, float *c, int64_t c_row, int add) {
  vector sum[HEIGHT][2];
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (vector){0};
  for (int64_t k = 0; k < depth; k++, a += a_step, b += b_step) {
    vector right[2];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = *(const vector *)(b + LANES * v);
    UNROLL for (int r = 0; r < rows; r++) {
      vector left = (vector){0} + a[r * a_row];
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = __builtin_elementwise_fma(left, right[v], sum[r][v]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) {
    vector *out = (vector *)(c + r * c_row + LANES * v);
    *out = add ? *out + sum[r][v] : sum[r][v];
  }
}

typedef void (*panel_tile_function)(
    int64_t depth, const float *a, int64_t a_stride, const float *b, int64_t b_step, float *c, int64_t c_row, int add);

#define PANEL_TILE(name, rows, vectors, a_row, a_step)                                                     \
  static __attribute__((noinline)) void name(                                                              \
      int64_t depth, const float *a, int64_t a_stride, const float *b, int64_t b_step, float *c,           \
      int64_t c_row, int add) {                                                                            \
    panel_tile(rows, vectors, depth, a, a_row, a_step, b, b_step, c, c_row, add);                          \
  }
#define PANEL_TILES(rows)                                                                                  \
  PANEL_TILE(plain_##rows##x1, rows, 1, a_stride, 1)                                                       \
  PANEL_TILE(plain_##rows##x2, rows, 2, a_stride, 1)                                                       \
  PANEL_TILE(transposed_##rows##x1, rows, 1, 1, a_stride)                                                  \
  PANEL_TILE(transposed_##rows##x2, rows, 2, 1, a_stride)
#define PLAIN(rows) {plain_##rows##x1, plain_##rows##x2},
#define TRANSPOSED(rows) {transposed_##rows##x1, transposed_##rows##x2},

HEIGHTS(PANEL_TILES)

/// [A is transposed][rows][vectors - 1]
static const panel_tile_function panel_tiles[2][HEIGHT + 1][2] = {
    {{0}, HEIGHTS(PLAIN)}, {{0}, HEIGHTS(TRANSPOSED)}};

/// panel[k * WIDTH + j] = b[k * b_row + j], 0 where j >= columns.
static void pack_rows(const float *b, int64_t b_row, int64_t depth, int64_t columns, float *panel) {
  if (columns == WIDTH) {
    for (int64_t k = 0; k < depth; k++) UNROLL for (int v = 0; v < 2; v++)
      *(vector *)(panel + k * WIDTH + v * LANES) = *(const vector *)(b + k * b_row + v * LANES);
  } else {
    for (int64_t k = 0; k < depth; k++)
      for (int64_t j = 0; j < WIDTH; j++) panel[k * WIDTH + j] = j < columns ? b[k * b_row + j] : 0;
  }
}

/// Of two rows, the halves that are in each other's place change places.
#define EXCHANGE(x, i, j, low, high)                                                                       \
  do {                                                                                                     \
    vector first = x[i], second = x[j];                                                                    \
    x[i] = __builtin_shufflevector(first, second, low);                                                    \
    x[j] = __builtin_shufflevector(first, second, high);                                                   \
  } while (0)

#if LANES == 16
#define LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
INLINE void transpose(vector x[16]) {
  UNROLL for (int i = 0; i < 8; i++) EXCHANGE(x, i, i + 8, LOW_8, HIGH_8);
  UNROLL for (int g = 0; g < 16; g += 8) UNROLL for (int i = g; i < g + 4; i++) EXCHANGE(x, i, i + 4, LOW_4, HIGH_4);
  UNROLL for (int g = 0; g < 16; g += 4) UNROLL for (int i = g; i < g + 2; i++) EXCHANGE(x, i, i + 2, LOW_2, HIGH_2);
  UNROLL for (int g = 0; g < 16; g += 2) EXCHANGE(x, g, g + 1, LOW_1, HIGH_1);
}
#else
#define LOW_4 0, 1, 2, 3, 8, 9, 10, 11
#define HIGH_4 4, 5, 6, 7, 12, 13, 14, 15
#define LOW_2 0, 1, 8, 9, 4, 5, 12, 13
#define HIGH_2 2, 3, 10, 11, 6, 7, 14, 15
#define LOW_1 0, 8, 2, 10, 4, 12, 6, 14
#define HIGH_1 1, 9, 3, 11, 5, 13, 7, 15
INLINE void transpose(vector x[8]) {
  UNROLL for (int i = 0; i < 4; i++) EXCHANGE(x, i, i + 4, LOW_4, HIGH_4);
  UNROLL for (int g = 0; g < 8; g += 4) UNROLL for (int i = g; i < g + 2; i++) EXCHANGE(x, i, i + 2, LOW_2, HIGH_2);
  UNROLL for (int g = 0; g < 8; g += 2) EXCHANGE(x, g, g + 1, LOW_1, HIGH_1);
}
#endif

/// panel[k * WIDTH + j] = b[j * b_column + k], 0 where j >= columns.
static void pack_columns(const float *b, int64_t b_column, int64_t depth, int64_t columns, float *panel) {
  int64_t k = 0;
  for (; k + LANES <= depth; k += LANES) {
    UNROLL for (int v = 0; v < 2; v++) {
      vector x[LANES];
      UNROLL for (int j = 0; j < LANES; j++)
        x[j] = LANES * v + j < columns ? *(const vector *)(b + (LANES * v + j) * b_column + k) : (vector){0};
      transpose(x);
      UNROLL for (int i = 0; i < LANES; i++) *(vector *)(panel + (k + i) * WIDTH + LANES * v) = x[i];
    }
  }
  for (; k < depth; k++)
    for (int64_t j = 0; j < WIDTH; j++) panel[k * WIDTH + j] = j < columns ? b[j * b_column + k] : 0;
}

static void panel_product(const elbo_operands *x, int add, float *scratch) {
  float *edge = scratch + (int64_t)PIECE * WIDTH;
  const int64_t piece = x->is_a_transposed ? PIECE_TRANSPOSED : PIECE;
  const int64_t tiles = (x->rows + HEIGHT - 1) / HEIGHT;
  int64_t start = 0;
  do {
    const int64_t depth = x->depth - start < piece ? x->depth - start : piece;
    const int adding = add || start > 0;
    for (int64_t j = 0; j < x->columns; j += WIDTH) {
      const int64_t columns = x->columns - j < WIDTH ? x->columns - j : WIDTH;
      const int vectors = columns > LANES ? 2 : 1, is_whole = columns == vectors * LANES;
      const float *panel = scratch;
      int64_t step = WIDTH;
      if (x->panels)
        panel = x->panels + j * x->depth + start * WIDTH;
      else if (x->is_b_transposed)
        pack_columns(x->b + j * x->b_stride + start, x->b_stride, depth, columns, scratch);
      else if (!is_whole || x->rows > (x->b_stride % CLASHING == 0 ? FEW_ROWS : MORE_ROWS))
        pack_rows(x->b + start * x->b_stride + j, x->b_stride, depth, columns, scratch);
      else
        panel = x->b + start * x->b_stride + j, step = x->b_stride;
      for (int64_t t = 0; t < tiles; t++) {
        const int64_t row = x->rows * t / tiles, rows = x->rows * (t + 1) / tiles - row;
        const float *a = x->is_a_transposed ? x->a + start * x->a_stride + row : x->a + row * x->a_stride + start;
        const panel_tile_function tile = panel_tiles[x->is_a_transposed][rows][vectors - 1];
        float *c = x->c + row * x->c_stride + j;
        if (is_whole) {
          tile(depth, a, x->a_stride, panel, step, c, x->c_stride, adding);
          continue;
        }
        tile(depth, a, x->a_stride, panel, step, edge, WIDTH, 0);
        for (int64_t r = 0; r < rows; r++)
          for (int64_t q = 0; q < columns; q++)
            c[r * x->c_stride + q] = (adding ? c[r * x->c_stride + q] : 0) + edge[r * WIDTH + q];
      }
    }
    start += piece;
  } while (start < x->depth);
}
