// The map form.

#include "grid.h"

void elbo_run_map(const elbo_kernel *kernel, int64_t block, char *scratch) {
  const elbo_map *map = kernel->form;
  elbo_frame frame;
  int64_t low[ELBO_RANK], high[ELBO_RANK];
  elbo_frame_begin(&frame, kernel, scratch, 0);
  elbo_block_corners(&map->grid, block, low, high);
  elbo_run_box(&map->body, &frame, low, high);
}
