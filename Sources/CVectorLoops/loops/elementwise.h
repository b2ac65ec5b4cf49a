// Elementwise ops. A loop is defined by the expression of its element: x, y and z are the operands.

#define UNARY(name, T, expression)                                                                         \
  static void name(LOOP_PARAMETERS) {                                                                      \
    UNUSED_PARAMETERS;                                                                                     \
    T *out = output;                                                                                       \
    const T *a = first;                                                                                    \
    VECTOR_LOOP for (int64_t i = 0; i < n; i++) {                                                          \
      T x = a[i];                                                                                          \
      out[i] = (T)(expression);                                                                            \
    }                                                                                                      \
  }

// The variants in which an operand is one element: constants to the compiler, so that each is a loop of its own.
#define BINARY(name, T, expression)                                                                        \
  static inline __attribute__((always_inline)) void name##_strided(                                        \
      T *out, const T *a, const T *b, int64_t n, const int64_t step_a, const int64_t step_b) {             \
    VECTOR_LOOP for (int64_t i = 0; i < n; i++) {                                                          \
      T x = a[i * step_a], y = b[i * step_b];                                                              \
      out[i] = (T)(expression);                                                                            \
    }                                                                                                      \
  }                                                                                                        \
  static void name(LOOP_PARAMETERS) {                                                                      \
    UNUSED_PARAMETERS;                                                                                     \
    switch (scalars & 3u) {                                                                                \
      case 0: name##_strided(output, first, second, n, 1, 1); break;                                       \
      case 1: name##_strided(output, first, second, n, 0, 1); break;                                       \
      case 2: name##_strided(output, first, second, n, 1, 0); break;                                       \
      default: name##_strided(output, first, second, n, 0, 0); break;                                      \
    }                                                                                                      \
  }

#define TERNARY(name, T, expression)                                                                       \
  static inline __attribute__((always_inline)) void name##_strided(                                        \
      T *out, const T *a, const T *b, const T *c, int64_t n, const int64_t step_a, const int64_t step_b,   \
      const int64_t step_c) {                                                                              \
    VECTOR_LOOP for (int64_t i = 0; i < n; i++) {                                                          \
      T x = a[i * step_a], y = b[i * step_b], z = c[i * step_c];                                           \
      out[i] = (T)(expression);                                                                            \
    }                                                                                                      \
  }                                                                                                        \
  static void name(LOOP_PARAMETERS) {                                                                      \
    switch (scalars & 7u) {                                                                                \
      case 0: name##_strided(output, first, second, third, n, 1, 1, 1); break;                             \
      case 1: name##_strided(output, first, second, third, n, 0, 1, 1); break;                             \
      case 2: name##_strided(output, first, second, third, n, 1, 0, 1); break;                             \
      case 3: name##_strided(output, first, second, third, n, 0, 0, 1); break;                             \
      case 4: name##_strided(output, first, second, third, n, 1, 1, 0); break;                             \
      case 5: name##_strided(output, first, second, third, n, 0, 1, 0); break;                             \
      case 6: name##_strided(output, first, second, third, n, 1, 0, 0); break;                             \
      default: name##_strided(output, first, second, third, n, 0, 0, 0); break;                            \
    }                                                                                                      \
  }

// MARK: Floating point

#define FLOATING(T)                                                                                        \
  UNARY(negate_##T, T, -x)                                                                                 \
  UNARY(absolute_##T, T, elbo_absolute_##T(x))                                                             \
  UNARY(sign_##T, T, elbo_sign_##T(x))                                                                     \
  UNARY(floor_##T, T, elbo_floor_##T(x))                                                                   \
  UNARY(exp_##T, T, elbo_exp_##T(x))                                                                       \
  UNARY(log_##T, T, elbo_log_##T(x))                                                                       \
  UNARY(log1p_##T, T, elbo_log1p_##T(x))                                                                   \
  UNARY(expm1_##T, T, elbo_expm1_##T(x))                                                                   \
  UNARY(sqrt_##T, T, elbo_sqrt_##T(x))                                                                     \
  UNARY(reciprocal_##T, T, 1 / x)                                                                          \
  UNARY(sin_##T, T, elbo_sin_##T(x))                                                                       \
  UNARY(cos_##T, T, elbo_cos_##T(x))                                                                       \
  UNARY(tanh_##T, T, elbo_tanh_##T(x))                                                                     \
  UNARY(sigmoid_##T, T, elbo_sigmoid_##T(x))                                                               \
  UNARY(softplus_##T, T, elbo_softplus_##T(x))                                                             \
  UNARY(erf_##T, T, elbo_erf_##T(x))                                                                       \
  UNARY(relu_##T, T, elbo_relu_##T(x))                                                                     \
  BINARY(add_##T, T, x + y)                                                                                \
  BINARY(subtract_##T, T, x - y)                                                                           \
  BINARY(multiply_##T, T, x * y)                                                                           \
  BINARY(divide_##T, T, x / y)                                                                             \
  BINARY(maximum_##T, T, elbo_maximum_##T(x, y))                                                           \
  BINARY(minimum_##T, T, elbo_minimum_##T(x, y))                                                           \
  BINARY(power_##T, T, elbo_power_##T(x, y))                                                               \
  BINARY(remainder_##T, T, elbo_remainder_##T(x, y))                                                       \
  BINARY(less_##T, T, x < y ? 1 : 0)                                                                       \
  BINARY(equal_##T, T, x == y ? 1 : 0)                                                                     \
  TERNARY(product_plus_##T, T, x * y + z)                                                                  \
  TERNARY(product_less_##T, T, x * y - z)                                                                  \
  TERNARY(less_product_##T, T, z - x * y)                                                                  \
  TERNARY(select_##T, T, x != 0 ? y : z)

FLOATING(f32)
FLOATING(f64)

// MARK: Integers, which wrap

#define INTEGER(T, U)                                                                                      \
  UNARY(negate_##T, T, 0u - (U)x)                                                                          \
  UNARY(absolute_##T, T, x < 0 ? 0u - (U)x : (U)x)                                                         \
  UNARY(sign_##T, T, (x > 0) - (x < 0))                                                                    \
  UNARY(relu_##T, T, x < 0 ? 0 : x)                                                                        \
  BINARY(add_##T, T, (U)x + (U)y)                                                                          \
  BINARY(subtract_##T, T, (U)x - (U)y)                                                                     \
  BINARY(multiply_##T, T, (U)x * (U)y)                                                                     \
  BINARY(maximum_##T, T, x > y ? x : y)                                                                    \
  BINARY(minimum_##T, T, x < y ? x : y)                                                                    \
  BINARY(less_##T, T, x < y)                                                                               \
  BINARY(equal_##T, T, x == y)                                                                             \
  TERNARY(select_##T, T, x != 0 ? y : z)

INTEGER(i32, u32)
INTEGER(u32, u32)
INTEGER(u8, u32)
BINARY(divide_i32, i32, elbo_divide_i32(x, y))
BINARY(divide_u32, u32, elbo_divide_u32(x, y))
BINARY(divide_u8, u8, elbo_divide_u32(x, y))
BINARY(remainder_i32, i32, elbo_remainder_i32(x, y))
BINARY(remainder_u32, u32, elbo_remainder_u32(x, y))
BINARY(remainder_u8, u8, elbo_remainder_u32(x, y))

// MARK: Casts, which clamp to the range of an integer

#define CAST(from, to, expression)                                                                         \
  static void from##_to_##to(LOOP_PARAMETERS) {                                                            \
    UNUSED_PARAMETERS;                                                                                     \
    to *out = output;                                                                                      \
    const from *a = first;                                                                                 \
    VECTOR_LOOP for (int64_t i = 0; i < n; i++) {                                                          \
      from x = a[i];                                                                                       \
      out[i] = (to)(expression);                                                                           \
    }                                                                                                      \
  }

#define CLAMPED_BYTE(x) ((x) > 255 ? 255 : ((x) < 0 ? 0 : (x)))

CAST(f32, f32, x)
CAST(f32, f64, x)
CAST(f32, i32, elbo_i32_of_f32(x))
CAST(f32, u32, elbo_u32_of_f32(x))
CAST(f32, u8, elbo_i32_of_f32(x != x ? 0 : CLAMPED_BYTE(x)))
CAST(f64, f32, x)
CAST(f64, f64, x)
CAST(f64, i32, elbo_i32_of_f64(x))
CAST(f64, u32, elbo_u32_of_f64(x))
CAST(f64, u8, elbo_i32_of_f64(x != x ? 0 : CLAMPED_BYTE(x)))
CAST(i32, f32, x)
CAST(i32, f64, x)
CAST(i32, i32, x)
CAST(i32, u32, x < 0 ? 0 : x)
CAST(i32, u8, CLAMPED_BYTE(x))
CAST(u32, f32, x)
CAST(u32, f64, x)
CAST(u32, i32, x > 2147483647u ? 2147483647u : x)
CAST(u32, u32, x)
CAST(u32, u8, x > 255u ? 255u : x)
CAST(u8, f32, x)
CAST(u8, f64, x)
CAST(u8, i32, x)
CAST(u8, u32, x)
CAST(u8, u8, x)
