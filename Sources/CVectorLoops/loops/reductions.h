// Sums and maxima. The order of combination is fixed: lanes that depend on the position alone, then a tree over them.
// Vectors are longer than any register, so that every level of the processor combines in the same order.

#define SUM(x, y) ((x) + (y))
// A NaN wins, as in elbo_maximum.
#define MAXIMUM(x, y) ((((x) > (y)) | ((x) != (x))) ? (x) : (y))

enum { WIDE = 64, NARROW = 16 };

#define REDUCTION(name, T, combine, identity)                                                              \
  typedef T name##_wide __attribute__((ext_vector_type(WIDE)));                                            \
  typedef T name##_narrow __attribute__((ext_vector_type(NARROW)));                                        \
  static inline __attribute__((always_inline)) T name##_of_narrow(const name##_narrow *x) {                    \
    T lane[NARROW];                                                                                        \
    __builtin_memcpy(lane, x, sizeof lane);                                                                \
    for (int width = NARROW / 2; width > 0; width /= 2)                                                    \
      for (int i = 0; i < width; i++) lane[i] = combine(lane[i], lane[i + width]);                         \
    return lane[0];                                                                                        \
  }                                                                                                        \
  static inline __attribute__((always_inline)) T name##_of_row(const T *a, int64_t n) {                    \
    name##_narrow x = (name##_narrow)(identity);                                                           \
    int64_t i = 0;                                                                                         \
    if (n >= WIDE) {                                                                                       \
      name##_wide sum = (name##_wide)(identity);                                                           \
      for (; i + WIDE <= n; i += WIDE) {                                                                   \
        name##_wide next;                                                                                  \
        __builtin_memcpy(&next, a + i, sizeof next);                                                       \
        sum = combine(sum, next);                                                                          \
      }                                                                                                    \
      name##_narrow part[WIDE / NARROW];                                                                   \
      __builtin_memcpy(part, &sum, sizeof part);                                                           \
      x = combine(combine(part[0], part[1]), combine(part[2], part[3]));                                   \
    }                                                                                                      \
    for (; i + NARROW <= n; i += NARROW) {                                                                 \
      name##_narrow next;                                                                                  \
      __builtin_memcpy(&next, a + i, sizeof next);                                                         \
      x = combine(x, next);                                                                                \
    }                                                                                                      \
    if (i < n) {                                                                                           \
      name##_narrow next = (name##_narrow)(identity);                                                      \
      __builtin_memcpy(&next, a + i, (uint64_t)(n - i) * sizeof(T));                                         \
      x = combine(x, next);                                                                                \
    }                                                                                                      \
    return name##_of_narrow(&x);                                                                           \
  }                                                                                                        \
  static void name##_rows(void *output, const void *from, int64_t rows, int64_t columns) {                 \
    for (int64_t r = 0; r < rows; r++)                                                                     \
      ((T *)output)[r] = name##_of_row((const T *)from + r * columns, columns);                            \
  }                                                                                                        \
  static void name##_columns(void *output, const void *from, int64_t rows, int64_t columns) {              \
    const T *a = from;                                                                                     \
    T *out = output;                                                                                       \
    int64_t c = 0;                                                                                         \
    for (; c + WIDE <= columns; c += WIDE) {                                                               \
      name##_wide x = (name##_wide)(identity), next;                                                       \
      for (int64_t r = 0; r < rows; r++) {                                                                 \
        __builtin_memcpy(&next, a + r * columns + c, sizeof next);                                         \
        x = combine(x, next);                                                                              \
      }                                                                                                    \
      __builtin_memcpy(out + c, &x, sizeof x);                                                             \
    }                                                                                                      \
    for (; c + NARROW <= columns; c += NARROW) {                                                           \
      name##_narrow x = (name##_narrow)(identity), next;                                                   \
      for (int64_t r = 0; r < rows; r++) {                                                                 \
        __builtin_memcpy(&next, a + r * columns + c, sizeof next);                                         \
        x = combine(x, next);                                                                              \
      }                                                                                                    \
      __builtin_memcpy(out + c, &x, sizeof x);                                                             \
    }                                                                                                      \
    for (; c < columns; c++) {                                                                             \
      T x = identity;                                                                                      \
      for (int64_t r = 0; r < rows; r++) x = combine(x, a[r * columns + c]);                               \
      out[c] = x;                                                                                          \
    }                                                                                                      \
  }

REDUCTION(sum_f32, f32, SUM, 0)
REDUCTION(sum_f64, f64, SUM, 0)
REDUCTION(sum_i32, u32, SUM, 0)
REDUCTION(sum_u32, u32, SUM, 0)
REDUCTION(sum_u8, u8, SUM, 0)
REDUCTION(maximum_of_f32, f32, MAXIMUM, -__builtin_inff())
REDUCTION(maximum_of_f64, f64, MAXIMUM, -__builtin_inf())
REDUCTION(maximum_of_i32, i32, MAXIMUM, INT32_MIN)
REDUCTION(maximum_of_u32, u32, MAXIMUM, 0)
REDUCTION(maximum_of_u8, u8, MAXIMUM, 0)
