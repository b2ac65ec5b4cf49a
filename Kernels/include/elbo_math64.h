// The functions of the elementwise ops in float64; see `elbo_math.h`, which this file follows. On an OpenCL device it is
// part of a program only where ELBO_FLOAT64 is defined, and then the program enables `cl_khr_fp64` first.

#ifndef ELBO_MATH64_H
#define ELBO_MATH64_H
#ifdef ELBO_FLOAT64

#ifdef __OPENCL_C_VERSION__
#define elbo_as_u64(x) as_ulong(x)
#define elbo_as_f64(x) as_double(x)
#define elbo_absolute_f64(x) fabs(x)
#define elbo_floor_f64(x) floor(x)
#define elbo_truncate_f64(x) trunc(x)
#define elbo_sqrt_f64(x) sqrt(x)
#else
ELBO_INLINE elbo_u64 elbo_as_u64(double x) { elbo_u64 bits; __builtin_memcpy(&bits, &x, 8); return bits; }
ELBO_INLINE double elbo_as_f64(elbo_u64 bits) { double x; __builtin_memcpy(&x, &bits, 8); return x; }
#define elbo_absolute_f64(x) __builtin_elementwise_abs(x)
#define elbo_floor_f64(x) __builtin_elementwise_floor(x)
#define elbo_truncate_f64(x) __builtin_elementwise_trunc(x)
#define elbo_sqrt_f64(x) __builtin_elementwise_sqrt(x)
#endif

// MARK: Arithmetic

ELBO_INLINE double elbo_maximum_f64(double x, double y) { return (x > y || x != x) ? x : y; }
ELBO_INLINE double elbo_minimum_f64(double x, double y) { return (x < y || x != x) ? x : y; }
ELBO_INLINE double elbo_relu_f64(double x) { return x < 0.0 ? 0.0 : x; }
ELBO_INLINE double elbo_sign_f64(double x) { return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : x); }

// |x| with the sign of y.
ELBO_INLINE double elbo_with_sign_f64(double x, double y) {
  return elbo_as_f64(elbo_as_u64(elbo_absolute_f64(x)) | (elbo_as_u64(y) & 0x8000000000000000ul));
}

// x - y trunc(x / y), exact while |x / y| < 2^53; the sign of x.
ELBO_INLINE double elbo_remainder_f64(double x, double y) {
  double a = elbo_absolute_f64(x);
  double b = elbo_absolute_f64(y);
  double quotient = elbo_truncate_f64(a / b);
  double rest = elbo_fma(-quotient, b, a);
  rest = rest < 0.0 ? rest + b : rest;
  rest = rest >= b ? rest - b : rest;
  return elbo_with_sign_f64(quotient == 0.0 ? a : rest, x);
}

ELBO_INLINE elbo_i32 elbo_i32_of_f64(double x) {
  double inside = x < -2147483648.0 ? -2147483648.0 : (x > 2147483647.0 ? 2147483647.0 : x);
  return (elbo_i32)(x != x ? 0.0 : inside);
}
ELBO_INLINE elbo_u32 elbo_u32_of_f64(double x) {
  double inside = x < 0.0 ? 0.0 : (x > 4294967295.0 ? 4294967295.0 : x);
  return (elbo_u32)(x != x ? 0.0 : inside);
}

// MARK: Exponentials

// 2^n for -1022 <= n <= 1023.
ELBO_INLINE double elbo_power_of_two_f64(elbo_i32 n) { return elbo_as_f64((elbo_u64)(elbo_u32)(n + 1023) << 52); }

ELBO_INLINE double elbo_scale_f64(double x, elbo_i32 n) {
  elbo_i32 half_n = n >> 1;
  return x * elbo_power_of_two_f64(half_n) * elbo_power_of_two_f64(n - half_n);
}

#define ELBO_ROUND_F64 6755399441055744.0

ELBO_INLINE double elbo_halvings_f64(double x) { return elbo_fma(x, 1.44269504088896341, ELBO_ROUND_F64); }
ELBO_INLINE elbo_i32 elbo_rounded_f64(double sum) { return (elbo_i32)(elbo_u32)elbo_as_u64(sum); }

// exp(r) - 1 for |r| <= log(2) / 2.
ELBO_INLINE double elbo_expm1_reduced_f64(double r) {
  double q = 2.09245314590117933e-9;
  q = elbo_fma(q, r, 2.51091475532042794e-8);
  q = elbo_fma(q, r, 2.75572424755632111e-7);
  q = elbo_fma(q, r, 2.7557243911153516e-6);
  q = elbo_fma(q, r, 2.48015873608869282e-5);
  q = elbo_fma(q, r, 1.98412698864016707e-4);
  q = elbo_fma(q, r, 1.38888888888666716e-3);
  q = elbo_fma(q, r, 8.33333333332153112e-3);
  q = elbo_fma(q, r, 4.16666666666667017e-2);
  q = elbo_fma(q, r, 1.66666666666666767e-1);
  q = elbo_fma(q, r, 0.5);
  return elbo_fma(r * r, q, r);
}

// exp(x + tail) for a small tail. 1 ulp.
ELBO_INLINE double elbo_exp_with_tail_f64(double x, double tail) {
  double sum = elbo_halvings_f64(x);
  double n = sum - ELBO_ROUND_F64;
  double r = elbo_fma(n, -0.693147180559945286, x);
  r = elbo_fma(n, -2.31904681384629956e-17, r) + tail;
  return elbo_scale_f64(elbo_expm1_reduced_f64(r) + 1.0, elbo_rounded_f64(sum));
}

// 1 ulp; denormal results to their last place.
ELBO_INLINE double elbo_exp_f64(double x) {
  double inside = x < -746.0 ? -746.0 : (x > 710.0 ? 710.0 : x);
  double sum = elbo_halvings_f64(inside);
  double n = sum - ELBO_ROUND_F64;
  double r = elbo_fma(n, -0.693147180559945286, inside);
  r = elbo_fma(n, -2.31904681384629956e-17, r);
  double q = 2.49999624145053373e-8;
  q = elbo_fma(q, r, 2.76303787171295944e-7);
  q = elbo_fma(q, r, 2.75575873513454455e-6);
  q = elbo_fma(q, r, 2.48014927624843397e-5);
  q = elbo_fma(q, r, 1.98412695047551551e-4);
  q = elbo_fma(q, r, 1.38888889439229935e-3);
  q = elbo_fma(q, r, 8.3333333334956286e-3);
  q = elbo_fma(q, r, 4.1666666666529187e-2);
  q = elbo_fma(q, r, 1.66666666666664102e-1);
  q = elbo_fma(q, r, 0.500000000000001072);
  return elbo_scale_f64(elbo_fma(r * r, q, r) + 1.0, elbo_rounded_f64(sum));
}

// exp(x) - 1. 2 ulp.
ELBO_INLINE double elbo_expm1_f64(double x) {
  double inside = x < -80.0 ? -80.0 : (x > 710.0 ? 710.0 : x);
  double sum = elbo_halvings_f64(inside);
  double n = sum - ELBO_ROUND_F64;
  double r = elbo_fma(n, -0.693147180559945286, inside);
  r = elbo_fma(n, -2.31904681384629956e-17, r);
  double half_scale = elbo_power_of_two_f64(elbo_rounded_f64(sum) - 1);
  return 2.0 * elbo_fma(elbo_expm1_reduced_f64(r), half_scale, half_scale - 0.5);
}

// MARK: Logarithms

// log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1.
ELBO_INLINE double elbo_log_reduced_f64(double f, double k) {
  double s = f / (2.0 + f);
  double z = s * s;
  double p = 1.47975076490056105e-1;
  p = elbo_fma(p, z, 1.53139032569344483e-1);
  p = elbo_fma(p, z, 1.81835697392474377e-1);
  p = elbo_fma(p, z, 2.22221984759992567e-1);
  p = elbo_fma(p, z, 2.85714287432625509e-1);
  p = elbo_fma(p, z, 3.99999999994110928e-1);
  p = elbo_fma(p, z, 6.6666666666667349e-1);
  double half_square = 0.5 * f * f;
  double small = elbo_fma(k, 2.31904681384629956e-17, s * elbo_fma(z, p, half_square));
  return elbo_fma(k, 0.693147180559945286, (small - half_square) + f);
}

#define ELBO_SPLIT_F64(x, k, mantissa)                                                          \
  elbo_u64 split_bits = elbo_as_u64(x) + (0x3ff0000000000000ul - 0x3fe6a09e667f3bcdul);         \
  elbo_i32 k = (elbo_i32)(elbo_u32)(split_bits >> 52) - 1023;                                   \
  double mantissa = elbo_as_f64((split_bits & 0x000ffffffffffffful) + 0x3fe6a09e667f3bcdul)

// 1 ulp. -infinity at 0, NaN below.
ELBO_INLINE double elbo_log_f64(double x) {
  int is_denormal = x < 2.2250738585072014e-308;
  double normal = is_denormal ? x * 18014398509481984.0 : x;
  ELBO_SPLIT_F64(normal, exponent, mantissa);
  double k = (double)(is_denormal ? exponent - 54 : exponent);
  double result = elbo_log_reduced_f64(mantissa - 1.0, k);
  result = x < (double)ELBO_INFINITY ? result : x;
  return x > 0.0 ? result : (x == 0.0 ? -(double)ELBO_INFINITY : (double)ELBO_NAN);
}

// log(1 + x). 2 ulp.
ELBO_INLINE double elbo_log1p_f64(double x) {
  double sum = 1.0 + x;
  ELBO_SPLIT_F64(sum, exponent, mantissa);
  double scale = elbo_power_of_two_f64(exponent > 53 ? 0 : -exponent);
  double f = exponent > 53 ? mantissa - 1.0 : elbo_fma(x, scale, scale - 1.0);
  double result = elbo_log_reduced_f64(f, (double)exponent);
  result = x < (double)ELBO_INFINITY ? result : x;
  return x > -1.0 ? result : (x == -1.0 ? -(double)ELBO_INFINITY : (double)ELBO_NAN);
}

// MARK: Sigmoid and its relatives

// 3 ulp.
ELBO_INLINE double elbo_tanh_f64(double x) {
  double t = elbo_expm1_f64(-2.0 * elbo_absolute_f64(x));
  return elbo_with_sign_f64(t / (2.0 + t), x);
}

// 1 / (1 + exp(-x)). 3 ulp.
ELBO_INLINE double elbo_sigmoid_f64(double x) {
  double e = elbo_exp_f64(-elbo_absolute_f64(x));
  double y = 1.0 / (1.0 + e);
  return x < 0.0 ? e * y : y;
}

// log(1 + exp(x)). 3 ulp.
ELBO_INLINE double elbo_softplus_f64(double x) {
  double e = elbo_exp_f64(-elbo_absolute_f64(x));
  int is_halved = e > 0.414213562373095;
  double f = is_halved ? elbo_fma(e, 0.5, -0.5) : e;
  return (x > 0.0 ? x : 0.0) + elbo_log_reduced_f64(f, is_halved ? 1.0 : 0.0);
}

// The error function. 3 ulp.
ELBO_INLINE double elbo_erf_f64(double x) {
  double a = elbo_absolute_f64(x);
  double z = a * a;
  double p = -7.77946841756306366e-10;
  p = elbo_fma(p, z, 1.37109803952794996e-8);
  p = elbo_fma(p, z, -1.62063137673386318e-7);
  p = elbo_fma(p, z, 1.64471315738668569e-6);
  p = elbo_fma(p, z, -1.49247123023545766e-5);
  p = elbo_fma(p, z, 1.20552935769268056e-4);
  p = elbo_fma(p, z, -8.54832592931569305e-4);
  p = elbo_fma(p, z, 5.22397760611850669e-3);
  p = elbo_fma(p, z, -2.68661706431114723e-2);
  p = elbo_fma(p, z, 1.12837916709441848e-1);
  p = elbo_fma(p, z, -3.76126389031835195e-1);
  p = elbo_fma(p, z, 1.12837916709551257);
  double near = a * p;
  // 1 - erf beyond 1, as exp(-x^2) times a polynomial of a variable that draws 1 ... 6 together.
  double b = a > 6.0 ? 6.0 : a;
  double u = (b - 2.0) / (b + 2.0);
  double q = -1.26441018064178871e-5;
  q = elbo_fma(q, u, -2.66114863412615338e-5);
  q = elbo_fma(q, u, 2.76231855930202653e-5);
  q = elbo_fma(q, u, 1.74288471311061977e-4);
  q = elbo_fma(q, u, 4.35361603484183566e-5);
  q = elbo_fma(q, u, -9.81976479364877665e-4);
  q = elbo_fma(q, u, -8.47142590497511502e-4);
  q = elbo_fma(q, u, 6.99746178566019547e-3);
  q = elbo_fma(q, u, 3.7328923985389057e-3);
  q = elbo_fma(q, u, -7.89785810164156333e-2);
  q = elbo_fma(q, u, 2.41658194242468803e-1);
  q = elbo_fma(q, u, -4.27185847413956831e-1);
  q = elbo_fma(q, u, 2.55395676310505759e-1);
  double far = 1.0 - elbo_exp_f64(-b * b) * q;
  return elbo_with_sign_f64(a > 1.0 ? far : near, x);
}

// MARK: Sine and cosine

ELBO_INLINE double elbo_sin_reduced_f64(double r) {
  double z = r * r;
  double p = 1.58965050843806645e-10;
  p = elbo_fma(p, z, -2.50507532668194001e-8);
  p = elbo_fma(p, z, 2.75573136620716592e-6);
  p = elbo_fma(p, z, -1.98412698297252445e-4);
  p = elbo_fma(p, z, 8.33333333332231521e-3);
  p = elbo_fma(p, z, -1.66666666666666317e-1);
  return elbo_fma(r * z, p, r);
}
ELBO_INLINE double elbo_cos_reduced_f64(double r) {
  double z = r * r;
  double q = -1.13583106059854353e-11;
  q = elbo_fma(q, z, 2.08756965748002287e-9);
  q = elbo_fma(q, z, -2.75573141486397323e-7);
  q = elbo_fma(q, z, 2.48015872887482435e-5);
  q = elbo_fma(q, z, -1.38888888888728952e-3);
  q = elbo_fma(q, z, 4.1666666666666592e-2);
  return elbo_fma(z * z, q, elbo_fma(z, -0.5, 1.0));
}

// sin(r + quadrant pi / 2).
ELBO_INLINE double elbo_sin_of_quadrant_f64(double r, elbo_u32 quadrant) {
  double y = (quadrant & 1u) ? elbo_cos_reduced_f64(r) : elbo_sin_reduced_f64(r);
  return (quadrant & 2u) ? -y : y;
}

// sin(x + shift pi / 2). 2 ulp for |x| <= 10^9; beyond, see float32.
ELBO_INLINE double elbo_shifted_sin_f64(double x, elbo_u32 shift) {
  double sum = elbo_fma(x, 0.636619772367581343, ELBO_ROUND_F64);
  double n = sum - ELBO_ROUND_F64;
  double r = elbo_fma(n, -1.57079632679489656, x);
  r = elbo_fma(n, -6.12323399573676604e-17, r);
  r = elbo_fma(n, 1.49738490485916983e-33, r);
  r = r > 0.8 ? 0.8 : (r < -0.8 ? -0.8 : r);
  return elbo_sin_of_quadrant_f64(r, (elbo_u32)elbo_as_u64(sum) + shift);
}
ELBO_INLINE double elbo_sin_f64(double x) { return elbo_shifted_sin_f64(x, 0u); }
ELBO_INLINE double elbo_cos_f64(double x) { return elbo_shifted_sin_f64(x, 1u); }

// MARK: Powers

// |x|^y for finite x other than 0 and finite y, from log |x| in two parts. 8 ulp where the result is near the ends of
// the range, 2 ulp in its middle.
ELBO_INLINE double elbo_magnitude_power_f64(double x, double y) {
  double a = elbo_absolute_f64(x);
  int is_denormal = a < 2.2250738585072014e-308;
  double normal = is_denormal ? a * 18014398509481984.0 : a;
  ELBO_SPLIT_F64(normal, exponent, mantissa);
  double k = (double)(is_denormal ? exponent - 54 : exponent);
  double f = mantissa - 1.0;
  double divisor = 2.0 + f;
  double divisor_tail = f - (divisor - 2.0);
  double s = f / divisor;
  double s_tail = elbo_fma(-s, divisor_tail, elbo_fma(-s, divisor, f)) / divisor;
  double z = s * s;
  double p = 1.47975076490056105e-1;
  p = elbo_fma(p, z, 1.53139032569344483e-1);
  p = elbo_fma(p, z, 1.81835697392474377e-1);
  p = elbo_fma(p, z, 2.22221984759992567e-1);
  p = elbo_fma(p, z, 2.85714287432625509e-1);
  p = elbo_fma(p, z, 3.99999999994110928e-1);
  p = elbo_fma(p, z, 6.6666666666667349e-1);
  double tail = elbo_fma(s * z, p, 2.0 * s_tail);
  // log 2 to 42 bits, so that its multiple is exact.
  double multiple = k * 0.693147180559890330187045037746429443359375;
  double head = multiple + 2.0 * s;
  tail = ((multiple - head) + 2.0 * s) + elbo_fma(k, 5.4979230187083711552e-14, tail);
  double logarithm = head + tail;
  double logarithm_tail = (head - logarithm) + tail;
  double product = y * logarithm;
  double product_tail = elbo_fma(y, logarithm_tail, elbo_fma(y, logarithm, -product));
  int is_inside = product >= -746.0 && product <= 710.0;
  double clamped = product < -746.0 ? -746.0 : (product > 710.0 ? 710.0 : product);
  return elbo_exp_with_tail_f64(clamped, is_inside ? product_tail : 0.0);
}

// x^y as IEEE 754 has it: x < 0 only for whole y, x^0 = 1^y = 1.
ELBO_INLINE double elbo_power_f64(double x, double y) {
  double infinity = (double)ELBO_INFINITY;
  double a = elbo_absolute_f64(x);
  double b = elbo_absolute_f64(y);
  int is_whole = elbo_truncate_f64(y) == y;
  int is_odd = is_whole && elbo_truncate_f64(0.5 * y) != 0.5 * y;
  double result = elbo_magnitude_power_f64(x, y);
  result = a == 0.0 ? (y > 0.0 ? 0.0 : infinity) : result;
  result = a == infinity ? (y > 0.0 ? infinity : 0.0) : result;
  result = b == infinity ? (a == 1.0 ? 1.0 : ((a > 1.0) == (y > 0.0) ? infinity : 0.0)) : result;
  int is_negative = (elbo_as_u64(x) >> 63) != 0ul;
  result = (is_negative && is_odd) ? -result : result;
  result = (x < 0.0 && a < infinity && !is_whole) ? (double)ELBO_NAN : result;
  result = (x != x || y != y) ? x + y : result;
  return (x == 1.0 || y == 0.0) ? 1.0 : result;
}

#endif
#endif
