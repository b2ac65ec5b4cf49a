// Runs of random elements, sixteen blocks of four at a time, which is a loop that vectorizes: where a run begins or ends
// inside, they are drawn aside and what belongs to the run is copied. A few elements are drawn one by one, by the same
// functions.

enum { RUN = 64, FEW = 4 };

#define RANDOM(name, T, element, block)                                                                    \
  static void name(void *output, const elbo_stream *s, uint64_t start, int64_t n) {                        \
    T *out = output, aside[RUN];                                                                           \
    u32 low = s->seed_low, high = s->seed_high, step = s->step, stream = s->stream;                        \
    if (n <= FEW) {                                                                                        \
      for (int64_t i = 0; i < n; i++) out[i] = element(low, high, step, stream, start + (uint64_t)i);      \
      return;                                                                                              \
    }                                                                                                      \
    for (int64_t i = -(int64_t)(start & 3u); i < n; i += RUN) {                                            \
      /* A run may begin below 0, in padding; the number of a block is taken after the sum has wrapped. */ \
      const uint64_t first = start + (uint64_t)i;                                                          \
      const int is_inside = i >= 0 && i + RUN <= n;                                                        \
      T *run = is_inside ? out + i : aside;                                                                \
      VECTOR_LOOP for (int64_t g = 0; g < RUN / 4; g++) {                                                  \
        elbo_block x = elbo_random_block(low, high, step, stream, (first + 4u * (uint64_t)g) >> 2);        \
        T *lane = run + 4 * g;                                                                             \
        block                                                                                              \
      }                                                                                                    \
      if (is_inside) continue;                                                                             \
      const int64_t begin = i < 0 ? 0 : i, end = i + RUN < n ? i + RUN : n;                                \
      __builtin_memcpy(out + begin, aside + (begin - i), (uint64_t)(end - begin) * sizeof(T));             \
    }                                                                                                      \
  }

#define BITS_BLOCK lane[0] = x.a, lane[1] = x.b, lane[2] = x.c, lane[3] = x.d;

#define UNIFORM_BLOCK(T)                                                                                   \
  lane[0] = elbo_uniform_##T(x.a), lane[1] = elbo_uniform_##T(x.b);                                        \
  lane[2] = elbo_uniform_##T(x.c), lane[3] = elbo_uniform_##T(x.d);

#define NORMAL_BLOCK(T)                                                                                    \
  T r = elbo_radius_##T(x.a), s = elbo_radius_##T(x.c);                                                    \
  T u = elbo_uniform_##T(x.b), v = elbo_uniform_##T(x.d);                                                  \
  lane[0] = r * elbo_sin_of_turn_##T(u, 1u), lane[1] = r * elbo_sin_of_turn_##T(u, 0u);                    \
  lane[2] = s * elbo_sin_of_turn_##T(v, 1u), lane[3] = s * elbo_sin_of_turn_##T(v, 0u);

RANDOM(random_bits, u32, elbo_random_bits, BITS_BLOCK)
RANDOM(random_uniform_f32, f32, elbo_random_uniform_f32, UNIFORM_BLOCK(f32))
RANDOM(random_uniform_f64, f64, elbo_random_uniform_f64, UNIFORM_BLOCK(f64))
RANDOM(random_normal_f32, f32, elbo_random_normal_f32, NORMAL_BLOCK(f32))
RANDOM(random_normal_f64, f64, elbo_random_normal_f64, NORMAL_BLOCK(f64))

static void shuffle(void *output, u32 count, const u32 *const operands[4], int64_t n, uint32_t scalars) {
  u32 *out = output;
  const int64_t p = (scalars & 1u) == 0, e = (scalars & 2u) == 0, l = (scalars & 4u) == 0, h = (scalars & 8u) == 0;
  for (int64_t i = 0; i < n; i++)
    out[i] = elbo_shuffle(count, operands[0][i * p], operands[1][i * e], operands[2][i * l], operands[3][i * h]);
}
