// Runs of random elements; a few are drawn one by one.

enum { FEW = 4 };

#define RANDOM(name, T)                                                                                    \
  static void random_##name(void *output, const elbo_stream *s, uint64_t start, int64_t n) {               \
    T *out = output;                                                                                       \
    if (n > FEW)                                                                                           \
      elbo_draw_##name(out, s->seed_low, s->seed_high, s->step, s->stream, start, (int)n);                 \
    else                                                                                                   \
      for (int64_t i = 0; i < n; i++)                                                                      \
        out[i] = elbo_random_##name(s->seed_low, s->seed_high, s->step, s->stream, start + (uint64_t)i);   \
  }

RANDOM(bits, u32)
RANDOM(uniform_f32, f32)
RANDOM(uniform_f64, f64)
RANDOM(normal_f32, f32)
RANDOM(normal_f64, f64)

static void shuffle(void *output, u32 count, const u32 *const operands[4], int64_t n, uint32_t scalars) {
  u32 *out = output;
  const int64_t p = (scalars & 1u) == 0, e = (scalars & 2u) == 0, l = (scalars & 4u) == 0, h = (scalars & 8u) == 0;
  for (int64_t i = 0; i < n; i++)
    out[i] = elbo_shuffle(count, operands[0][i * p], operands[1][i * e], operands[2][i * l], operands[3][i * h]);
}
