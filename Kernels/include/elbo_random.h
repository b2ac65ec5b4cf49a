// Random numbers: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011), what
// is drawn from its bits, and a keyed permutation. Follows `elbo_math.h`, and `elbo_math64.h` where there is float64.
//
// Element e of a stream is lane e mod 4 of the block whose key is (seed low, seed high) and whose counter is
// (e / 4 low, e / 4 high, step, stream): any element can be drawn at any time, by any device, in any order.

#ifndef ELBO_RANDOM_H
#define ELBO_RANDOM_H

// Four words: a counter that becomes four lanes of random bits.
typedef struct {
  elbo_u32 a, b, c, d;
} elbo_block;

ELBO_INLINE elbo_block elbo_philox_round(elbo_block x, elbo_u32 key_low, elbo_u32 key_high) {
  elbo_block y;
  y.a = elbo_high_product(0xCD9E8D57u, x.c) ^ x.b ^ key_low;
  y.b = 0xCD9E8D57u * x.c;
  y.c = elbo_high_product(0xD2511F53u, x.a) ^ x.d ^ key_high;
  y.d = 0xD2511F53u * x.a;
  return y;
}

ELBO_INLINE elbo_block elbo_philox(elbo_block x, elbo_u32 key_low, elbo_u32 key_high) {
  // The key of round i is the key plus i times the golden ratio and the root of 3 less 1, in units of 2^-32.
  x = elbo_philox_round(x, key_low, key_high);
  x = elbo_philox_round(x, key_low + 1u * 0x9E3779B9u, key_high + 1u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 2u * 0x9E3779B9u, key_high + 2u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 3u * 0x9E3779B9u, key_high + 3u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 4u * 0x9E3779B9u, key_high + 4u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 5u * 0x9E3779B9u, key_high + 5u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 6u * 0x9E3779B9u, key_high + 6u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 7u * 0x9E3779B9u, key_high + 7u * 0xBB67AE85u);
  x = elbo_philox_round(x, key_low + 8u * 0x9E3779B9u, key_high + 8u * 0xBB67AE85u);
  return elbo_philox_round(x, key_low + 9u * 0x9E3779B9u, key_high + 9u * 0xBB67AE85u);
}

// The four lanes that hold elements 4 group ... 4 group + 3.
ELBO_INLINE elbo_block elbo_random_block(
    elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 group) {
  elbo_block counter;
  counter.a = (elbo_u32)group;
  counter.b = (elbo_u32)(group >> 32);
  counter.c = step;
  counter.d = stream;
  return elbo_philox(counter, seed_low, seed_high);
}

ELBO_INLINE elbo_u32 elbo_lane(elbo_block x, elbo_u32 lane) {
  elbo_u32 low = (lane & 1u) ? x.b : x.a;
  elbo_u32 high = (lane & 1u) ? x.d : x.c;
  return (lane & 2u) ? high : low;
}

ELBO_INLINE elbo_u32 elbo_random_bits(
    elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 element) {
  return elbo_lane(elbo_random_block(seed_low, seed_high, step, stream, element >> 2), (elbo_u32)element & 3u);
}

// MARK: float32

// (bits / 2^8 + 1/2) 2^-24, on the open interval: what would round to 1 is the number below it.
ELBO_INLINE float elbo_uniform_f32(elbo_u32 bits) {
  float u = ((float)(bits >> 8) + 0.5f) * 5.9604644775390625e-8f;
  return u < 1.0f ? u : 0.999999940395355224609375f;
}

// sin(2 pi u + shift pi / 2) for 0 <= u <= 1: the turn is reduced exactly.
ELBO_INLINE float elbo_sin_of_turn_f32(float u, elbo_u32 shift) {
  float sum = elbo_fma(u, 4.0f, ELBO_ROUND_F32);
  float r = elbo_fma(u, 4.0f, -(sum - ELBO_ROUND_F32)) * 1.57079632679489662f;
  return elbo_sin_of_quadrant_f32(r, elbo_as_u32(sum) - elbo_as_u32(ELBO_ROUND_F32) + shift);
}

// Box and Muller's radius, sqrt(-2 log u).
ELBO_INLINE float elbo_radius_f32(elbo_u32 bits) {
  return elbo_sqrt_f32(-2.0f * elbo_log_f32(elbo_uniform_f32(bits)));
}

ELBO_INLINE float elbo_random_uniform_f32(
    elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 element) {
  return elbo_uniform_f32(elbo_random_bits(seed_low, seed_high, step, stream, element));
}

// Standard normal: the even element of a pair is r cos(2 pi u), the odd one r sin(2 pi u).
ELBO_INLINE float elbo_random_normal_f32(
    elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 element) {
  elbo_block x = elbo_random_block(seed_low, seed_high, step, stream, element >> 2);
  elbo_u32 pair = (elbo_u32)element & 2u;
  elbo_u32 is_even = ((elbo_u32)element & 1u) ^ 1u;
  return elbo_radius_f32(elbo_lane(x, pair))
    * elbo_sin_of_turn_f32(elbo_uniform_f32(elbo_lane(x, pair + 1u)), is_even);
}

// MARK: float64

#ifdef ELBO_FLOAT64

ELBO_INLINE double elbo_uniform_f64(elbo_u32 bits) { return ((double)bits + 0.5) * 2.3283064365386962890625e-10; }

ELBO_INLINE double elbo_sin_of_turn_f64(double u, elbo_u32 shift) {
  double sum = elbo_fma(u, 4.0, ELBO_ROUND_F64);
  double r = elbo_fma(u, 4.0, -(sum - ELBO_ROUND_F64)) * 1.57079632679489662;
  return elbo_sin_of_quadrant_f64(r, (elbo_u32)elbo_as_u64(sum) + shift);
}

ELBO_INLINE double elbo_radius_f64(elbo_u32 bits) {
  return elbo_sqrt_f64(-2.0 * elbo_log_f64(elbo_uniform_f64(bits)));
}

ELBO_INLINE double elbo_random_uniform_f64(
    elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 element) {
  return elbo_uniform_f64(elbo_random_bits(seed_low, seed_high, step, stream, element));
}

ELBO_INLINE double elbo_random_normal_f64(
    elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 element) {
  elbo_block x = elbo_random_block(seed_low, seed_high, step, stream, element >> 2);
  elbo_u32 pair = (elbo_u32)element & 2u;
  elbo_u32 is_even = ((elbo_u32)element & 1u) ^ 1u;
  return elbo_radius_f64(elbo_lane(x, pair))
    * elbo_sin_of_turn_f64(elbo_uniform_f64(elbo_lane(x, pair + 1u)), is_even);
}

#endif

// MARK: Permutation

// Where `position` stands in a permutation of 0 ..< count keyed by (seed, epoch).
//
// A balanced Feistel network of six rounds permutes the smallest even number of bits that holds count, at least 6: with
// fewer, some permutations come up more often than others. It is applied again while the result is not below count,
// which keeps it a bijection ("cycle walking": Black, Rogaway, "Ciphers with arbitrary finite domains", 2002); beyond
// a count of 16, fewer than four applications are expected.
ELBO_INLINE elbo_u32 elbo_shuffle(
    elbo_u32 count, elbo_u32 position, elbo_u32 epoch, elbo_u32 seed_low, elbo_u32 seed_high) {
  elbo_u32 half_bits = 3u;
  while (half_bits < 16u && ((count - 1u) >> (2u * half_bits)) != 0u) half_bits += 1u;
  elbo_u32 mask = (1u << half_bits) - 1u;
  // No stream of a program has the number 2^32 - 1: these bits are drawn nowhere else.
  elbo_block key = elbo_random_block(seed_low, seed_high, epoch, 0xFFFFFFFFu, (elbo_u64)count);
  // A position outside would walk a cycle that need not come back.
  elbo_u32 x = count == 0u ? 0u : position % (count == 0u ? 1u : count);
  do {
    elbo_u32 left = x >> half_bits;
    elbo_u32 right = x & mask;
    for (elbo_u32 i = 0u; i < 6u; i += 1u) {
      elbo_u32 mixed = (right ^ elbo_lane(key, i)) + i * 0x9E3779B9u;
      mixed = (mixed ^ (mixed >> 16)) * 0xD2511F53u;
      mixed = (mixed ^ (mixed >> 15) ^ elbo_lane(key, i + 1u)) * 0xCD9E8D57u;
      elbo_u32 next = left ^ (mixed >> (32u - half_bits));
      left = right;
      right = next;
    }
    x = (left << half_bits) | right;
  } while (x >= count && count != 0u);
  return count == 0u ? 0u : x;
}

#endif
