// What convolutions are made of: matrices laid out as vectors of 64 bytes (16 float32 or 8 float64, one element of each
// of so many examples or channels, a "lane" each), and products of such vectors with scalars.

#define LANES_F32 16
#define LANES_F64 8

typedef f32 lanes_f32 __attribute__((ext_vector_type(LANES_F32)));
typedef f64 lanes_f64 __attribute__((ext_vector_type(LANES_F64)));

// MARK: Transposition

// A square of vectors in place: bit by bit, the place's number (row, lane) rotates into (lane, row).
#define TURN(T, LANES, BITS)                                                                               \
  static inline __attribute__((always_inline)) void turn_##T(lanes_##T *x) {                               \
    _Pragma("unroll") for (int bit = 0; bit < BITS; bit++) {                                               \
      lanes_##T turned[LANES];                                                                             \
      _Pragma("unroll") for (int i = 0; i < LANES / 2; i++) {                                              \
        turned[i] = EVEN_##T(x[2 * i], x[2 * i + 1]);                                                      \
        turned[i + LANES / 2] = ODD_##T(x[2 * i], x[2 * i + 1]);                                           \
      }                                                                                                    \
      _Pragma("unroll") for (int i = 0; i < LANES; i++) x[i] = turned[i];                                  \
    }                                                                                                      \
  }

#define EVEN_f32(a, b) \
  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD_f32(a, b) \
  __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define EVEN_f64(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_f64(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)

TURN(f32, LANES_F32, 4)
TURN(f64, LANES_F64, 3)

// Of fewer elements than a vector has, one at a time; of more, whole squares, the last of which begins where it ends
// with the elements, over some of the one before it.
#define LANE_MOVES(T, LANES)                                                                               \
  static void interleave_##T(                                                                              \
      void *output, const void *const *from, int64_t rows, int64_t columns, int64_t row_stride,            \
      int64_t row_pitch) {                                                                                 \
    if (row_stride == columns && row_pitch == columns) columns *= rows, rows = 1;                          \
    int64_t runs = row_stride == columns ? 1 : rows, length = row_stride == columns ? rows * columns : columns; \
    for (int64_t run = 0; run < runs; run++) {                                                             \
      lanes_##T *out = (lanes_##T *)output + run * row_pitch;                                              \
      int64_t start = run * row_stride;                                                                    \
      if (length < LANES) {                                                                                \
        for (int64_t i = 0; i < length; i++) {                                                             \
          T *lane = (T *)(out + i / columns * row_pitch + i % columns);                                    \
          for (int l = 0; l < LANES; l++) lane[l] = ((const T *)from[l])[start + i];                       \
        }                                                                                                  \
        continue;                                                                                          \
      }                                                                                                    \
      for (int64_t next = 0; next < length; next += LANES) {                                               \
        int64_t i = next + LANES <= length ? next : length - LANES;                                        \
        lanes_##T x[LANES];                                                                                \
        _Pragma("unroll") for (int l = 0; l < LANES; l++)                                                  \
            __builtin_memcpy(&x[l], (const T *)from[l] + start + i, sizeof x[l]);                          \
        turn_##T(x);                                                                                       \
        int64_t column = i % columns;                                                                      \
        lanes_##T *place = out + i / columns * row_pitch + column;                                         \
        if (column + LANES <= columns) {                                                                   \
          _Pragma("unroll") for (int l = 0; l < LANES; l++) place[l] = x[l];                               \
          continue;                                                                                        \
        }                                                                                                  \
        for (int l = 0; l < LANES; l++) {                                                                  \
          *place++ = x[l];                                                                                 \
          if (++column == columns) column = 0, place += row_pitch - columns;                               \
        }                                                                                                  \
      }                                                                                                    \
    }                                                                                                      \
  }                                                                                                        \
  static void deinterleave_##T(                                                                            \
      void *output, const void *from, int64_t count, int64_t lanes, int64_t lane_stride) {                 \
    T *out = output;                                                                                       \
    const lanes_##T *in = from;                                                                            \
    if (count < LANES) {                                                                                   \
      for (int64_t i = 0; i < count; i++)                                                                  \
        for (int64_t l = 0; l < lanes; l++) out[l * lane_stride + i] = ((const T *)(in + i))[l];           \
      return;                                                                                              \
    }                                                                                                      \
    for (int64_t next = 0; next < count; next += LANES) {                                                  \
      int64_t i = next + LANES <= count ? next : count - LANES;                                            \
      lanes_##T x[LANES];                                                                                  \
      _Pragma("unroll") for (int l = 0; l < LANES; l++) x[l] = in[i + l];                                  \
      turn_##T(x);                                                                                         \
      if (lanes == LANES) {                                                                                \
        _Pragma("unroll") for (int l = 0; l < LANES; l++)                                                  \
            __builtin_memcpy(out + l * lane_stride + i, &x[l], sizeof x[l]);                               \
      } else {                                                                                             \
        for (int64_t l = 0; l < lanes; l++) __builtin_memcpy(out + l * lane_stride + i, &x[l], sizeof x[l]); \
      }                                                                                                    \
    }                                                                                                      \
  }

LANE_MOVES(f32, LANES_F32)
LANE_MOVES(f64, LANES_F64)

// MARK: Products

#if HAS_MULTIPLY_ADD
#define MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

// `blocks` vectors of ROWS rows: sums stay in registers over the depth.
#define TILE_OF(T, LANES, ROWS)                                                                            \
  static inline __attribute__((always_inline)) void tile_##T##_##ROWS##_of(                                \
      const int blocks, const T *a, const T *const b[2], const int32_t *offset, int64_t depth, T *const out[2], \
      int64_t row_stride, int32_t adds) {                                                                  \
    lanes_##T sum[ROWS][2];                                                                                \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++)                                                       \
        _Pragma("unroll") for (int j = 0; j < blocks; j++) sum[r][j] = (lanes_##T)(0);                     \
    const T *b0 = b[0], *b1 = b[1];                                                                        \
    for (int64_t k = 0; k < depth; k++, a += LANES) {                                                      \
      lanes_##T x[2];                                                                                      \
      x[0] = *(const lanes_##T *)(b0 + offset[k]);                                                         \
      if (blocks > 1) x[1] = *(const lanes_##T *)(b1 + offset[k]);                                         \
      _Pragma("unroll") for (int r = 0; r < ROWS; r++) {                                                   \
        const lanes_##T row = (lanes_##T)(a[r]);                                                           \
        _Pragma("unroll") for (int j = 0; j < blocks; j++) sum[r][j] = MULTIPLY_ADD(row, x[j], sum[r][j]); \
      }                                                                                                    \
    }                                                                                                      \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++) {                                                     \
      lanes_##T before[2];                                                                                 \
      _Pragma("unroll") for (int j = 0; j < blocks; j++)                                                   \
          before[j] = adds ? *(const lanes_##T *)(out[j] + r * row_stride) : (lanes_##T)(0);               \
      _Pragma("unroll") for (int j = 0; j < blocks; j++)                                                   \
          *(lanes_##T *)(out[j] + r * row_stride) = before[j] + sum[r][j];                                 \
    }                                                                                                      \
  }                                                                                                        \
  static void tile_##T##_##ROWS(                                                                           \
      const void *a, const void *b0, const void *b1, const int32_t *offset, int64_t depth, void *out0,     \
      void *out1, int64_t row_stride, int32_t adds) {                                                      \
    const T *const b[2] = {b0, b1}, *const other[2] = {b1, b1};                                            \
    T *const out[2] = {out0, out1}, *const other_out[2] = {out1, out1};                                    \
    if (VECTORS_OF_TILE == 2) {                                                                            \
      tile_##T##_##ROWS##_of(2, a, b, offset, depth, out, row_stride, adds);                               \
    } else {                                                                                               \
      tile_##T##_##ROWS##_of(1, a, b, offset, depth, out, row_stride, adds);                               \
      if (out1 != out0) tile_##T##_##ROWS##_of(1, a, other, offset, depth, other_out, row_stride, adds);   \
    }                                                                                                      \
  }

#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define MORE_TILES(X) X(9) X(10) X(11) X(12) X(13)
#define TILE_F32(ROWS) TILE_OF(f32, LANES_F32, ROWS)
#define TILE_F64(ROWS) TILE_OF(f64, LANES_F64, ROWS)

TILES(TILE_F32)
MORE_TILES(TILE_F32)
TILES(TILE_F64)
