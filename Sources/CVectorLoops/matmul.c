// The matmul form: products of a block, then the epilogue while the block is in the cache.

#include "multiply.h"

void elbo_run_matmul(const elbo_kernel *kernel, int64_t block, char *scratch) {
  const elbo_matmul *matmul = kernel->form;
  const elbo_products *products = &matmul->products;
  int64_t low[ELBO_RANK], high[ELBO_RANK];
  elbo_block_corners(&products->grid, block, low, high);
  if (matmul->is_direct) {
    elbo_multiply_into(kernel, products, &matmul->output, low, high, scratch);
    return;
  }
  elbo_frame frame;
  elbo_frame_begin(&frame, kernel, scratch, 0);
  elbo_multiply(kernel, products, low, high, scratch, &frame);
  elbo_run_box(&matmul->body, &frame, low, high);
}
