// The functions of the elementwise ops in float32, and the integer ones: compiled as C11 by CVectorLoops and as OpenCL
// C 1.2 by the OpenCL devices, from the same text, so that the two agree bit for bit where their division and square
// root do. `elbo_math64.h` holds float64, `elbo_random.h` random numbers; both follow this file in a program.
//
// Every function is a straight line of arithmetic with selections, no branch and no call, so that a plain loop over it
// vectorizes. Coefficients are minimax, from `Tests/Coefficients/minimax.py`. Errors are stated in units in the last
// place (ulp) against the exact value, with division and square root correctly rounded; denormal results are kept where
// the device keeps them. Nothing is contracted but what says `elbo_fma`: do not compile with relaxed mathematics.

#ifndef ELBO_MATH_H
#define ELBO_MATH_H

#ifdef __OPENCL_C_VERSION__

#pragma OPENCL FP_CONTRACT OFF
#define ELBO_INLINE static inline __attribute__((unused))
typedef int elbo_i32;
typedef uint elbo_u32;
typedef ulong elbo_u64;
#define ELBO_INFINITY INFINITY
#define ELBO_NAN NAN
#define elbo_as_u32(x) as_uint(x)
#define elbo_as_f32(x) as_float(x)
#define elbo_high_product(a, b) mul_hi((elbo_u32)(a), (elbo_u32)(b))
#define elbo_fma(a, b, c) fma(a, b, c)
#define elbo_absolute_f32(x) fabs(x)
#define elbo_floor_f32(x) floor(x)
#define elbo_truncate_f32(x) trunc(x)
#define elbo_sqrt_f32(x) sqrt(x)

#else

#include <stdint.h>
#pragma STDC FP_CONTRACT OFF
#define ELBO_INLINE static inline __attribute__((always_inline, unused))
#define ELBO_FLOAT64
typedef int32_t elbo_i32;
typedef uint32_t elbo_u32;
typedef uint64_t elbo_u64;
#define ELBO_INFINITY __builtin_inff()
#define ELBO_NAN __builtin_nanf("")
ELBO_INLINE elbo_u32 elbo_as_u32(float x) { elbo_u32 bits; __builtin_memcpy(&bits, &x, 4); return bits; }
ELBO_INLINE float elbo_as_f32(elbo_u32 bits) { float x; __builtin_memcpy(&x, &bits, 4); return x; }
#define elbo_high_product(a, b) ((elbo_u32)(((elbo_u64)(a) * (elbo_u64)(b)) >> 32))
#define elbo_fma(a, b, c) __builtin_elementwise_fma(a, b, c)
#define elbo_absolute_f32(x) __builtin_elementwise_abs(x)
#define elbo_floor_f32(x) __builtin_elementwise_floor(x)
#define elbo_truncate_f32(x) __builtin_elementwise_trunc(x)
#define elbo_sqrt_f32(x) __builtin_elementwise_sqrt(x)

#endif

// MARK: Arithmetic

// A NaN passes through maximum, minimum, relu and sign, so that a step gone wrong can be seen at its end.
ELBO_INLINE float elbo_maximum_f32(float x, float y) { return (x > y || x != x) ? x : y; }
ELBO_INLINE float elbo_minimum_f32(float x, float y) { return (x < y || x != x) ? x : y; }
ELBO_INLINE float elbo_relu_f32(float x) { return x < 0.0f ? 0.0f : x; }
ELBO_INLINE float elbo_sign_f32(float x) { return x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x); }

// x - y trunc(x / y), exact while |x / y| < 2^24; the sign of x.
ELBO_INLINE float elbo_remainder_f32(float x, float y) {
  float a = elbo_absolute_f32(x);
  float b = elbo_absolute_f32(y);
  float quotient = elbo_truncate_f32(a / b);
  float rest = elbo_fma(-quotient, b, a);
  // The quotient may have been rounded over the next whole number, or short of it.
  rest = rest < 0.0f ? rest + b : rest;
  rest = rest >= b ? rest - b : rest;
  rest = quotient == 0.0f ? a : rest;
  return elbo_as_f32(elbo_as_u32(rest) | (elbo_as_u32(x) & 0x80000000u));
}

// Integer division truncates; by zero it gives 0, and the one quotient that overflows wraps.
ELBO_INLINE elbo_i32 elbo_divide_i32(elbo_i32 x, elbo_i32 y) {
  elbo_i32 divisor = (y == 0 || y == -1) ? 1 : y;
  elbo_i32 quotient = y == -1 ? (elbo_i32)(0u - (elbo_u32)x) : x / divisor;
  return y == 0 ? 0 : quotient;
}
ELBO_INLINE elbo_i32 elbo_remainder_i32(elbo_i32 x, elbo_i32 y) { return (y == 0 || y == -1) ? 0 : x % y; }
ELBO_INLINE elbo_u32 elbo_divide_u32(elbo_u32 x, elbo_u32 y) { return y == 0u ? 0u : x / (y == 0u ? 1u : y); }
ELBO_INLINE elbo_u32 elbo_remainder_u32(elbo_u32 x, elbo_u32 y) { return y == 0u ? 0u : x % (y == 0u ? 1u : y); }

// Conversions to integers truncate toward zero and clamp to the range; a NaN gives 0.
ELBO_INLINE elbo_i32 elbo_i32_of_f32(float x) {
  float inside = (x >= -2147483648.0f && x < 2147483648.0f) ? x : 0.0f;
  elbo_i32 beyond = x >= 2147483648.0f ? 2147483647 : (x < -2147483648.0f ? -2147483647 - 1 : 0);
  return (elbo_i32)inside | beyond;
}
ELBO_INLINE elbo_u32 elbo_u32_of_f32(float x) {
  float inside = (x > -1.0f && x < 4294967296.0f) ? x : 0.0f;
  return (elbo_u32)inside | (x >= 4294967296.0f ? 4294967295u : 0u);
}

// MARK: Exponentials

// 2^n for -126 <= n <= 127.
ELBO_INLINE float elbo_power_of_two_f32(elbo_i32 n) { return elbo_as_f32((elbo_u32)(n + 127) << 23); }

// x 2^n for -252 <= n <= 254, in two steps so that neither factor leaves the range.
ELBO_INLINE float elbo_scale_f32(float x, elbo_i32 n) {
  elbo_i32 half_n = n >> 1;
  return x * elbo_power_of_two_f32(half_n) * elbo_power_of_two_f32(n - half_n);
}

// To add it and subtract it again rounds to a whole number, which then stands in the low bits of the sum.
#define ELBO_ROUND_F32 12582912.0f

// The whole number nearest to x / log 2, as the low bits of the sum with ELBO_ROUND_F32.
ELBO_INLINE float elbo_halvings_f32(float x) { return elbo_fma(x, 1.44269504f, ELBO_ROUND_F32); }
ELBO_INLINE elbo_i32 elbo_rounded_f32(float sum) { return (elbo_i32)(elbo_as_u32(sum) - elbo_as_u32(ELBO_ROUND_F32)); }

// exp(r) - 1 for |r| <= log(2) / 2.
ELBO_INLINE float elbo_expm1_reduced_f32(float r) {
  float q = 1.991430428e-4f;
  q = elbo_fma(q, r, 1.394110221e-3f);
  q = elbo_fma(q, r, 8.333272827e-3f);
  q = elbo_fma(q, r, 4.166635354e-2f);
  q = elbo_fma(q, r, 1.666666682e-1f);
  q = elbo_fma(q, r, 0.5f);
  return elbo_fma(r * r, q, r);
}

// exp(x + tail) for a small tail. 1 ulp.
ELBO_INLINE float elbo_exp_with_tail_f32(float x, float tail) {
  float sum = elbo_halvings_f32(x);
  float n = sum - ELBO_ROUND_F32;
  float r = elbo_fma(n, -0.693359375f, x);
  r = elbo_fma(n, 2.12194440e-4f, r) + tail;
  return elbo_scale_f32(elbo_expm1_reduced_f32(r) + 1.0f, elbo_rounded_f32(sum));
}

// 1 ulp; denormal results to their last place.
ELBO_INLINE float elbo_exp_f32(float x) {
  float inside = x < -104.0f ? -104.0f : (x > 89.0f ? 89.0f : x);
  float sum = elbo_halvings_f32(inside);
  float n = sum - ELBO_ROUND_F32;
  float r = elbo_fma(n, -0.693359375f, inside);
  r = elbo_fma(n, 2.12194440e-4f, r);
  float q = 1.38144682e-3f;
  q = elbo_fma(q, r, 8.368780445e-3f);
  q = elbo_fma(q, r, 4.166839419e-2f);
  q = elbo_fma(q, r, 1.666652011e-1f);
  q = elbo_fma(q, r, 4.999999341e-1f);
  return elbo_scale_f32(elbo_fma(r * r, q, r) + 1.0f, elbo_rounded_f32(sum));
}

// exp(x) - 1. 2 ulp.
ELBO_INLINE float elbo_expm1_f32(float x) {
  float inside = x < -40.0f ? -40.0f : (x > 89.0f ? 89.0f : x);
  float sum = elbo_halvings_f32(inside);
  float n = sum - ELBO_ROUND_F32;
  float r = elbo_fma(n, -0.693359375f, inside);
  r = elbo_fma(n, 2.12194440e-4f, r);
  // Half of 2^n, which is a float32 up to the overflow of the result.
  float half_scale = elbo_power_of_two_f32(elbo_rounded_f32(sum) - 1);
  return 2.0f * elbo_fma(elbo_expm1_reduced_f32(r), half_scale, half_scale - 0.5f);
}

// MARK: Logarithms

// log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1.
ELBO_INLINE float elbo_log_reduced_f32(float f, float k) {
  float p = -7.634505756e-2f;
  p = elbo_fma(p, f, 1.276158265e-1f);
  p = elbo_fma(p, f, -1.316018117e-1f);
  p = elbo_fma(p, f, 1.4201757e-1f);
  p = elbo_fma(p, f, -1.662335741e-1f);
  p = elbo_fma(p, f, 2.000122694e-1f);
  p = elbo_fma(p, f, -2.500082103e-1f);
  p = elbo_fma(p, f, 3.333333171e-1f);
  float square = f * f;
  float small = elbo_fma(k, -2.12194440e-4f, square * f * p);
  small = elbo_fma(square, -0.5f, small);
  return elbo_fma(k, 0.693359375f, small + f);
}

// The exponent k and, in `mantissa`, m with x = 2^k m and sqrt(1/2) <= m < sqrt(2); x positive and normal.
#define ELBO_SPLIT_F32(x, k, mantissa)                                 \
  elbo_u32 split_bits = elbo_as_u32(x) + (0x3f800000u - 0x3f3504f3u);  \
  elbo_i32 k = (elbo_i32)(split_bits >> 23) - 127;                     \
  float mantissa = elbo_as_f32((split_bits & 0x007fffffu) + 0x3f3504f3u)

// 1 ulp. -infinity at 0, NaN below.
ELBO_INLINE float elbo_log_f32(float x) {
  int is_denormal = x < 1.17549435e-38f;
  float normal = is_denormal ? x * 8388608.0f : x;
  ELBO_SPLIT_F32(normal, exponent, mantissa);
  float k = (float)(is_denormal ? exponent - 23 : exponent);
  float result = elbo_log_reduced_f32(mantissa - 1.0f, k);
  result = x < ELBO_INFINITY ? result : x;
  return x > 0.0f ? result : (x == 0.0f ? -ELBO_INFINITY : ELBO_NAN);
}

// log(1 + x). 2 ulp.
ELBO_INLINE float elbo_log1p_f32(float x) {
  float sum = 1.0f + x;
  ELBO_SPLIT_F32(sum, exponent, mantissa);
  // (1 + x) / 2^k - 1 without the rounding of 1 + x, which no longer matters where k is large.
  float scale = elbo_power_of_two_f32(exponent > 24 ? 0 : -exponent);
  float f = exponent > 24 ? mantissa - 1.0f : elbo_fma(x, scale, scale - 1.0f);
  float result = elbo_log_reduced_f32(f, (float)exponent);
  result = x < ELBO_INFINITY ? result : x;
  return x > -1.0f ? result : (x == -1.0f ? -ELBO_INFINITY : ELBO_NAN);
}

// MARK: Sigmoid and its relatives

// 3 ulp.
ELBO_INLINE float elbo_tanh_f32(float x) {
  float t = elbo_expm1_f32(-2.0f * elbo_absolute_f32(x));
  float y = elbo_absolute_f32(t / (2.0f + t));
  return elbo_as_f32(elbo_as_u32(y) | (elbo_as_u32(x) & 0x80000000u));
}

// 1 / (1 + exp(-x)). 3 ulp.
ELBO_INLINE float elbo_sigmoid_f32(float x) {
  float e = elbo_exp_f32(-elbo_absolute_f32(x));
  float y = 1.0f / (1.0f + e);
  return x < 0.0f ? e * y : y;
}

// log(1 + exp(x)). 3 ulp.
ELBO_INLINE float elbo_softplus_f32(float x) {
  float e = elbo_exp_f32(-elbo_absolute_f32(x));
  int is_halved = e > 0.414213562f;
  float f = is_halved ? elbo_fma(e, 0.5f, -0.5f) : e;
  return (x > 0.0f ? x : 0.0f) + elbo_log_reduced_f32(f, is_halved ? 1.0f : 0.0f);
}

// The error function. 3 ulp.
ELBO_INLINE float elbo_erf_f32(float x) {
  float a = elbo_absolute_f32(x);
  float z = a * a;
  float p = 7.85386131e-5f;
  p = elbo_fma(p, z, -8.010193674e-4f);
  p = elbo_fma(p, z, 5.1883277e-3f);
  p = elbo_fma(p, z, -2.685381195e-2f);
  p = elbo_fma(p, z, 1.128358515e-1f);
  p = elbo_fma(p, z, -3.761262582e-1f);
  p = elbo_fma(p, z, 1.128379166f);
  float near = a * p;
  // log(1 - erf) beyond 1, where what it is off by hardly shows.
  float b = a > 4.0f ? 4.0f : a;
  float q = 1.855738783e-4f;
  q = elbo_fma(q, b, -2.939606118e-3f);
  q = elbo_fma(q, b, 2.1805314e-2f);
  q = elbo_fma(q, b, -1.030373606e-1f);
  q = elbo_fma(q, b, -6.382256857e-1f);
  q = elbo_fma(q, b, -1.127040032f);
  q = elbo_fma(q, b, -3.537204555e-4f);
  float far = 1.0f - elbo_exp_f32(q);
  float y = a > 1.0f ? far : near;
  return elbo_as_f32(elbo_as_u32(y) | (elbo_as_u32(x) & 0x80000000u));
}

// MARK: Sine and cosine

// sin and cos of |r| <= pi / 4.
ELBO_INLINE float elbo_sin_reduced_f32(float r) {
  float z = r * r;
  float p = elbo_fma(z, -1.951665603e-4f, 8.332173545e-3f);
  p = elbo_fma(p, z, -1.666665487e-1f);
  return elbo_fma(r * z, p, r);
}
ELBO_INLINE float elbo_cos_reduced_f32(float r) {
  float z = r * r;
  float q = elbo_fma(z, 2.443241331e-5f, -1.388730987e-3f);
  q = elbo_fma(q, z, 4.166664555e-2f);
  return elbo_fma(z * z, q, elbo_fma(z, -0.5f, 1.0f));
}

// sin(r + quadrant pi / 2).
ELBO_INLINE float elbo_sin_of_quadrant_f32(float r, elbo_u32 quadrant) {
  float y = (quadrant & 1u) ? elbo_cos_reduced_f32(r) : elbo_sin_reduced_f32(r);
  return (quadrant & 2u) ? -y : y;
}

// sin(x + shift pi / 2). 2 ulp for |x| <= 10^5; for larger |x| less and less of the angle is right, and the result
// still lies in [-1, 1].
ELBO_INLINE float elbo_shifted_sin_f32(float x, elbo_u32 shift) {
  float sum = elbo_fma(x, 0.636619772f, ELBO_ROUND_F32);
  float n = sum - ELBO_ROUND_F32;
  // pi / 2 in three parts of 24 bits.
  float r = elbo_fma(n, -1.57079637050628662f, x);
  r = elbo_fma(n, 4.37113882867379289e-8f, r);
  r = elbo_fma(n, 1.71512451000588187e-15f, r);
  r = r > 0.8f ? 0.8f : (r < -0.8f ? -0.8f : r);
  return elbo_sin_of_quadrant_f32(r, elbo_as_u32(sum) - elbo_as_u32(ELBO_ROUND_F32) + shift);
}
ELBO_INLINE float elbo_sin_f32(float x) { return elbo_shifted_sin_f32(x, 0u); }
ELBO_INLINE float elbo_cos_f32(float x) { return elbo_shifted_sin_f32(x, 1u); }

// MARK: Powers

// |x|^y for finite x other than 0 and finite y, from log |x| in two parts. 2 ulp.
ELBO_INLINE float elbo_magnitude_power_f32(float x, float y) {
  float a = elbo_absolute_f32(x);
  int is_denormal = a < 1.17549435e-38f;
  float normal = is_denormal ? a * 8388608.0f : a;
  ELBO_SPLIT_F32(normal, exponent, mantissa);
  float k = (float)(is_denormal ? exponent - 23 : exponent);
  // log m = 2 s + s^3 p(s^2), s = f / (2 + f), with the remainder of the division.
  float f = mantissa - 1.0f;
  float divisor = 2.0f + f;
  float divisor_tail = f - (divisor - 2.0f);
  float s = f / divisor;
  float s_tail = elbo_fma(-s, divisor_tail, elbo_fma(-s, divisor, f)) / divisor;
  float z = s * s;
  float p = 2.358356909e-1f;
  p = elbo_fma(p, z, 2.853723831e-1f);
  p = elbo_fma(p, z, 4.000033622e-1f);
  p = elbo_fma(p, z, 6.666666564e-1f);
  float tail = elbo_fma(s * z, p, 2.0f * s_tail);
  float head = elbo_fma(k, 0.693359375f, 2.0f * s);
  tail = (elbo_fma(k, 0.693359375f, -head) + 2.0f * s) + elbo_fma(k, -2.12194440e-4f, tail);
  float logarithm = head + tail;
  float logarithm_tail = (head - logarithm) + tail;
  float product = y * logarithm;
  float product_tail = elbo_fma(y, logarithm_tail, elbo_fma(y, logarithm, -product));
  int is_inside = product >= -104.0f && product <= 89.0f;
  float clamped = product < -104.0f ? -104.0f : (product > 89.0f ? 89.0f : product);
  return elbo_exp_with_tail_f32(clamped, is_inside ? product_tail : 0.0f);
}

// x^y as IEEE 754 has it: x < 0 only for whole y, x^0 = 1^y = 1. 2 ulp.
ELBO_INLINE float elbo_power_f32(float x, float y) {
  float a = elbo_absolute_f32(x);
  float b = elbo_absolute_f32(y);
  int is_whole = elbo_truncate_f32(y) == y;
  int is_odd = is_whole && elbo_truncate_f32(0.5f * y) != 0.5f * y;
  float result = elbo_magnitude_power_f32(x, y);
  // 0 and infinity to any power, and any number to an infinite one.
  result = a == 0.0f ? (y > 0.0f ? 0.0f : ELBO_INFINITY) : result;
  result = a == ELBO_INFINITY ? (y > 0.0f ? ELBO_INFINITY : 0.0f) : result;
  result = b == ELBO_INFINITY ? (a == 1.0f ? 1.0f : ((a > 1.0f) == (y > 0.0f) ? ELBO_INFINITY : 0.0f)) : result;
  int is_negative = (elbo_as_u32(x) >> 31) != 0u;
  result = (is_negative && is_odd) ? -result : result;
  result = (x < 0.0f && a < ELBO_INFINITY && !is_whole) ? ELBO_NAN : result;
  result = (x != x || y != y) ? x + y : result;
  return (x == 1.0f || y == 0.0f) ? 1.0f : result;
}

#endif
