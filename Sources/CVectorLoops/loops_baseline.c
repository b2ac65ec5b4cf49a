// The loops for any processor, and the choice among the levels.

// A vector of lanes is four registers, of which x86-64 has 16 and others 32.
#define VECTORS_OF_TILE 1
#ifdef __x86_64__
#define HAS_MULTIPLY_ADD 0
#define TILE_ROWS_F32 3
#define TILE_ROWS_F64 3
#else
#define HAS_MULTIPLY_ADD 1
#define TILE_ROWS_F32 6
#define TILE_ROWS_F64 6
#endif

#include "loops/define.h"
#include "loops/elementwise.h"
#include "loops/moves.h"
#include "loops/random.h"
#include "loops/reductions.h"
#include "loops/tiles.h"

// Without fused multiply-add, products are left to OpenBLAS.
#define PRODUCT 0
#define PANEL_WIDTH 0
#define PACK 0
#define LEVEL "baseline"
#define TABLE elbo_loops_baseline
#include "loops/table.h"

#ifdef __x86_64__

extern const elbo_loops elbo_loops_v4, elbo_loops_v3;

const elbo_loops *elbo_loops_at(int32_t index) {
  const elbo_loops *levels[3] = {0, 0, 0};
  int32_t count = 0;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) levels[count++] = &elbo_loops_v4;
  if (__builtin_cpu_supports("x86-64-v3")) levels[count++] = &elbo_loops_v3;
  levels[count++] = &elbo_loops_baseline;
  return index >= 0 && index < count ? levels[index] : 0;
}

#else

const elbo_loops *elbo_loops_at(int32_t index) { return index == 0 ? &elbo_loops_baseline : 0; }

#endif
