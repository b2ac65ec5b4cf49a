// Loops that make elements from coordinates or bring them from one place to another.

#define RAMP(T)                                                                                            \
  static void ramp_##T(void *output, int64_t start, int64_t step, int64_t n) {                             \
    T *out = output;                                                                                       \
    VECTOR_LOOP for (int64_t i = 0; i < n; i++) out[i] = (T)(start + i * step);                            \
  }

RAMP(f32)
RAMP(f64)
RAMP(i32)
RAMP(u32)
RAMP(u8)

typedef uint64_t u64;

#define MOVES(T)                                                                                           \
  static void fill_##T(void *output, const void *value, int64_t n) {                                       \
    T *out = output;                                                                                       \
    T x = *(const T *)value;                                                                               \
    VECTOR_LOOP for (int64_t i = 0; i < n; i++) out[i] = x;                                                \
  }                                                                                                        \
  static void copy_##T(                                                                                    \
      void *output, const void *from, int64_t rows, int64_t columns, int64_t row_stride,                   \
      int64_t column_stride) {                                                                             \
    for (int64_t r = 0; r < rows; r++) {                                                                   \
      T *out = (T *)output + r * columns;                                                                  \
      const T *a = (const T *)from + r * row_stride;                                                       \
      if (column_stride == 1) {                                                                            \
        VECTOR_LOOP for (int64_t c = 0; c < columns; c++) out[c] = a[c];                                   \
      } else if (column_stride == 0) {                                                                     \
        T x = a[0];                                                                                        \
        VECTOR_LOOP for (int64_t c = 0; c < columns; c++) out[c] = x;                                      \
      } else {                                                                                             \
        for (int64_t c = 0; c < columns; c++) out[c] = a[c * column_stride];                               \
      }                                                                                                    \
    }                                                                                                      \
  }                                                                                                        \
  static void spread_##T(                                                                                  \
      void *output, const void *from, int64_t rows, int64_t columns, int64_t row_stride,                   \
      int64_t column_stride) {                                                                             \
    for (int64_t r = 0; r < rows; r++) {                                                                   \
      T *out = (T *)output + r * row_stride;                                                               \
      const T *a = (const T *)from + r * columns;                                                          \
      if (column_stride == 1) {                                                                            \
        VECTOR_LOOP for (int64_t c = 0; c < columns; c++) out[c] = a[c];                                   \
      } else {                                                                                             \
        for (int64_t c = 0; c < columns; c++) out[c * column_stride] = a[c];                               \
      }                                                                                                    \
    }                                                                                                      \
  }                                                                                                        \
  static void gather_##T(                                                                                  \
      void *output, const void *from, const int32_t *rows, int64_t count, int64_t row_stride,              \
      int64_t step, int64_t n) {                                                                           \
    T *out = output;                                                                                       \
    const T *a = from;                                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                                      \
      int64_t row = rows[i] < 0 ? 0 : (rows[i] >= count ? count - 1 : rows[i]);                            \
      out[i] = a[row * row_stride + i * step];                                                             \
    }                                                                                                      \
  }

MOVES(u8)
MOVES(u32)
MOVES(u64)
