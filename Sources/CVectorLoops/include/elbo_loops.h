// The vector loops of the CPU: one function for each op and element type, chosen for the processor at run time.

#ifndef ELBO_LOOPS_H
#define ELBO_LOOPS_H

#include <stdint.h>

enum {
  /// Element types, in the order of `ElementType`: float32, float64, int32, uint32, uint8.
  ELBO_TYPE_COUNT = 5,
  /// Sizes of elements, 1, 4 and 8 bytes: what a loop that only moves them depends on.
  ELBO_SIZE_COUNT = 3,
  /// Ops, in the order of `UnaryOp`, `BinaryOp` and `ReduceOp`.
  ELBO_UNARY_COUNT = 17,
  ELBO_BINARY_COUNT = 10,
  ELBO_REDUCE_COUNT = 2,
  /// Products and sums in one pass: see `elbo_triad`.
  ELBO_TRIAD_COUNT = 3,
  /// Bytes of a vector of lanes, whatever the registers hold: 16 float32 or 8 float64.
  ELBO_LANE_BYTES = 64,
  /// Rows of a tile at most, at any level.
  ELBO_TILE_ROWS = 13,
};

/// out[i] = f(a[i], b[i], c[i]) for i < n. An operand whose bit (1, 2, 4) is set in `scalars` is one element instead of
/// n. The output may be one of the operands.
typedef void (*elbo_loop)(
    void *out, const void *a, const void *b, const void *c, int64_t n, uint32_t scalars);

/// Two roundings in one pass over memory: what they give is what a product and then a sum give.
typedef enum {
  /// a * b + c
  ELBO_PRODUCT_PLUS,
  /// a * b - c
  ELBO_PRODUCT_LESS,
  /// c - a * b
  ELBO_LESS_PRODUCT,
} elbo_triad;

/// Matrices of a product, in float32: C (rows, columns) of A (rows, depth) and B (depth, columns). Neighbours in a row
/// lie side by side and rows are a stride apart; where a matrix is transposed, columns are.
typedef struct {
  const float *a, *b;
  float *c;
  int64_t rows, columns, depth;
  int64_t a_stride, b_stride, c_stride;
  int32_t is_a_transposed, is_b_transposed;
  /// B's panels, where they have been made, from that of the first column on; `b` is not read then.
  const float *panels;
} elbo_operands;

enum {
  /// Bytes of scratch memory, on a line of the cache, that a product needs.
  ELBO_PRODUCT_SCRATCH = 136 << 10,
};

/// A tile of a product: out[j][r] = sum over k of a[k][r] * b[j][offset[k]], or that added to it, where b[j] and out[j]
/// for j < 2 are vectors of lanes and a[k] is such a vector of scalars. Offsets and `row_stride`, from row to row of
/// the output, are in elements. Where both outputs are one vector so are both inputs.
typedef void (*elbo_tile)(
    const void *a, const void *b0, const void *b1, const int32_t *offset, int64_t depth, void *out0, void *out1,
    int64_t row_stride, int32_t adds);

/// Philox state that a run of elements shares.
typedef struct {
  uint32_t seed_low, seed_high, step, stream;
} elbo_stream;

/// The loops, compiled for one level of the processor.
typedef struct {
  const char *level;

  elbo_loop unary[ELBO_UNARY_COUNT][ELBO_TYPE_COUNT];
  elbo_loop binary[ELBO_BINARY_COUNT][ELBO_TYPE_COUNT];
  /// a != 0 ? b : c
  elbo_loop select[ELBO_TYPE_COUNT];
  /// [from][to]
  elbo_loop cast[ELBO_TYPE_COUNT][ELBO_TYPE_COUNT];
  /// float32 and float64 only.
  elbo_loop triad[ELBO_TRIAD_COUNT][2];

  /// out[i] = start + i * step
  void (*ramp[ELBO_TYPE_COUNT])(void *out, int64_t start, int64_t step, int64_t n);
  /// out[i] = *value
  void (*fill[ELBO_SIZE_COUNT])(void *out, const void *value, int64_t n);
  /// out[r * columns + c] = a[r * row_stride + c * column_stride]
  void (*copy[ELBO_SIZE_COUNT])(
      void *out, const void *a, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride);
  /// out[r * row_stride + c * column_stride] = a[r * columns + c]
  void (*spread[ELBO_SIZE_COUNT])(
      void *out, const void *a, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride);
  /// out[i] = a[clamp(rows[i]) * row_stride + i * step], rows clamped to 0 ..< count
  void (*gather[ELBO_SIZE_COUNT])(
      void *out, const void *a, const int32_t *rows, int64_t count, int64_t row_stride, int64_t step, int64_t n);

  /// out[r] = a[r * columns] combined with the others of its row
  void (*reduce_rows[ELBO_REDUCE_COUNT][ELBO_TYPE_COUNT])(
      void *out, const void *a, int64_t rows, int64_t columns);
  /// out[c] = a[c] combined with the others of its column
  void (*reduce_columns[ELBO_REDUCE_COUNT][ELBO_TYPE_COUNT])(
      void *out, const void *a, int64_t rows, int64_t columns);

  /// Elements start ..< start + n of a stream: bits, uniform and normal in float32 and float64 ([kind][double]).
  void (*random[3][2])(void *out, const elbo_stream *stream, uint64_t start, int64_t n);
  /// out[i] = shuffle(count, position[i], epoch[i], seed_low[i], seed_high[i]); `scalars` as for elbo_loop, with bit 8.
  void (*shuffle)(
      void *out, uint32_t count, const uint32_t *const operands[4], int64_t n, uint32_t scalars);
  /// C = A B, or C += A B. NULL where OpenBLAS is to be asked.
  void (*product)(const elbo_operands *operands, int32_t is_added, void *scratch);
  /// The columns that a panel of B has.
  int64_t panel_width;
  /// A panel of a transposed B, whose columns lie `stride` apart: panel_width floats for each k, 0 beyond the columns.
  void (*pack)(const float *b, int64_t stride, int64_t depth, int64_t columns, float *panel);

  // Vectors of lanes, for float32 and float64 ([double]).

  /// Vector r * row_pitch + c of out has from[l][r * row_stride + c] in lane l.
  void (*interleave[2])(
      void *out, const void *const *from, int64_t rows, int64_t columns, int64_t row_stride, int64_t row_pitch);
  /// out[l * lane_stride + i] = lane l of vector i, for so many lanes.
  void (*deinterleave[2])(void *out, const void *from, int64_t count, int64_t lanes, int64_t lane_stride);
  /// Tiles of 1 row and more, and how many rows fit the registers.
  elbo_tile tile[2][ELBO_TILE_ROWS];
  int32_t tile_rows[2];
} elbo_loops;

/// The levels that this processor has, best first: x86-64-v4 (AVX-512), x86-64-v3 (AVX2 and FMA), baseline. All give
/// the same bits, products and tiles on the baseline apart. NULL past the last.
const elbo_loops *elbo_loops_at(int32_t index);

/// Entries of a table, for callers to whom its arrays are opaque. NULL where the op is not defined for the type.
static inline elbo_loop elbo_unary_loop(const elbo_loops *loops, int32_t op, int32_t type) {
  return loops->unary[op][type];
}
static inline elbo_loop elbo_binary_loop(const elbo_loops *loops, int32_t op, int32_t type) {
  return loops->binary[op][type];
}
static inline elbo_loop elbo_select_loop(const elbo_loops *loops, int32_t type) { return loops->select[type]; }
static inline elbo_loop elbo_cast_loop(const elbo_loops *loops, int32_t from, int32_t to) {
  return loops->cast[from][to];
}
static inline elbo_loop elbo_triad_loop(const elbo_loops *loops, elbo_triad triad, int32_t type) {
  return type < 2 ? loops->triad[triad][type] : 0;
}
static inline elbo_tile elbo_tile_of(const elbo_loops *loops, int32_t is_double, int32_t rows) {
  return loops->tile[is_double][rows - 1];
}
static inline int32_t elbo_tile_rows_of(const elbo_loops *loops, int32_t is_double) {
  return loops->tile_rows[is_double];
}

#endif
