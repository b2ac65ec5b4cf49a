// Products of float32 matrices on one thread. Included where a processor has fused multiply-add, with
//
//   LANES        floats in a register
//   HEIGHT       rows of a panel's tile: 2 * HEIGHT accumulators, 2 vectors of B and one of A fit the registers
//   HEIGHTS(X)   X(1) … X(HEIGHT)
//   DOT_ROWS, DOT_COLUMNS, DOT_TILES(X)   the largest dot tile, and X(rows, columns) for every size up to it
//
// Which way a product goes, and in which order an element's sum is made, depends on nothing of these: every level of the
// processor gives the same bits.

typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#include "panels.h"
#include "dots.h"

/// Whether dots cost less than panels. In products of one element: copying an element of B takes the time of
/// `COPYING` rows, adding up an element of C that of `ADDING_UP` steps of k; panels fill up their columns.
static int prefers_dots(const elbo_operands *x) {
  enum { COPYING = 8, ADDING_UP = 40, PANEL = 32, LONGEST = 256 };
  if (!x->is_b_transposed || x->is_a_transposed || x->depth < 16 || x->rows > LONGEST) return 0;
  const int64_t padded = (x->columns + PANEL - 1) / PANEL * PANEL;
  return x->rows * x->columns * (x->depth + ADDING_UP) < (x->rows + COPYING) * padded * x->depth;
}

static void product_f32(const elbo_operands *x, int32_t is_added, void *scratch) {
  if (!x->panels && prefers_dots(x))
    dot_product(x, is_added);
  else
    panel_product(x, is_added, scratch);
}
