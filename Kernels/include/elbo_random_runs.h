// Runs of random elements side by side, for processors: sixteen blocks of four at a time are a loop that vectorizes, and
// a block is computed once for its four lanes. Follows `elbo_random.h`; ELBO_VECTOR_LOOP is what makes the compiler
// vectorize the loop that it stands before.
//
// elbo_draw_…(out, seed low, seed high, step, stream, start, n): out[i] = element start + i, for i < n.

#ifndef ELBO_RANDOM_RUNS_H
#define ELBO_RANDOM_RUNS_H

// A run may begin below 0, in padding: the number of a block is taken after the sum has wrapped. Where the run begins or
// ends inside of sixteen blocks, they are drawn aside, and what belongs to the run is copied.
#define ELBO_RUN(name, T, lanes)                                                                           \
  ELBO_INLINE void elbo_draw_##name(                                                                       \
      T *out, elbo_u32 seed_low, elbo_u32 seed_high, elbo_u32 step, elbo_u32 stream, elbo_u64 start, int n) { \
    T aside[64];                                                                                           \
    for (int i = -(int)(start & 3u); i < n; i += 64) {                                                     \
      const elbo_u64 first = start + (elbo_u64)i;                                                          \
      const int is_inside = i >= 0 && i + 64 <= n;                                                         \
      T *run = is_inside ? out + i : aside;                                                                \
      ELBO_VECTOR_LOOP                                                                                     \
      for (int g = 0; g < 16; g++) {                                                                       \
        const elbo_block x = elbo_random_block(seed_low, seed_high, step, stream, (first + 4u * (elbo_u64)g) >> 2); \
        T *lane = run + 4 * g;                                                                             \
        lanes                                                                                              \
      }                                                                                                    \
      if (is_inside) continue;                                                                             \
      const int begin = i < 0 ? 0 : i, end = i + 64 < n ? i + 64 : n;                                      \
      for (int j = begin; j < end; j++) out[j] = aside[j - i];                                             \
    }                                                                                                      \
  }

#define ELBO_UNIFORM_LANES(T)                                                                              \
  lane[0] = elbo_uniform_##T(x.a);                                                                         \
  lane[1] = elbo_uniform_##T(x.b);                                                                         \
  lane[2] = elbo_uniform_##T(x.c);                                                                         \
  lane[3] = elbo_uniform_##T(x.d);

#define ELBO_NORMAL_LANES(T)                                                                               \
  lane[0] = elbo_radius_##T(x.a) * elbo_sin_of_turn_##T(elbo_uniform_##T(x.b), 1u);                        \
  lane[1] = elbo_radius_##T(x.a) * elbo_sin_of_turn_##T(elbo_uniform_##T(x.b), 0u);                        \
  lane[2] = elbo_radius_##T(x.c) * elbo_sin_of_turn_##T(elbo_uniform_##T(x.d), 1u);                        \
  lane[3] = elbo_radius_##T(x.c) * elbo_sin_of_turn_##T(elbo_uniform_##T(x.d), 0u);

ELBO_RUN(bits, elbo_u32, lane[0] = x.a; lane[1] = x.b; lane[2] = x.c; lane[3] = x.d;)
ELBO_RUN(uniform_f32, float, ELBO_UNIFORM_LANES(f32))
ELBO_RUN(normal_f32, float, ELBO_NORMAL_LANES(f32))
#ifdef ELBO_FLOAT64
ELBO_RUN(uniform_f64, double, ELBO_UNIFORM_LANES(f64))
ELBO_RUN(normal_f64, double, ELBO_NORMAL_LANES(f64))
#endif

#endif
