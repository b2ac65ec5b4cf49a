// The reduce form: products of a block, where there are any, then tiles. A tile's values are combined to one result, or one for each column; the results of the tiles of one
// kept place are combined pairwise, as a tree over tiles in order, so that rounding errors grow with the logarithm.

#include "multiply.h"

enum { BINARY_ADD = 0, BINARY_MAXIMUM = 4 };

/// A block at work: the kept places low ..< high, the reduced places begin ..< end.
typedef struct {
  const elbo_reduce *reduce;
  elbo_frame *frame;
  int64_t low[ELBO_RANK], high[ELBO_RANK];
  int64_t begin, end;
  /// The first reduced dimension of the body.
  int32_t first;
  /// Results that one tile gives: 1, or its columns where those are kept.
  int64_t width;
  /// Tiles combined so far for one kept place; a result waits for each bit that is set, the newest on top.
  int64_t tiles;
  int32_t waiting;
} job;

// MARK: The tree over tiles

static void *waiting_result(const job *job, const elbo_reduction *x, int32_t level) {
  return job->frame->scratch + x->partials + level * job->width * x->size;
}

static void combine_newest(job *job) {
  for (int32_t i = 0; i < job->reduce->reduction_count; i++) {
    const elbo_reduction *x = &job->reduce->reductions[i];
    void *older = waiting_result(job, x, job->waiting - 2);
    void *newer = waiting_result(job, x, job->waiting - 1);
    int32_t op = x->op == 0 ? BINARY_ADD : BINARY_MAXIMUM;
    job->reduce->body.loops->binary[op][x->type](older, older, newer, 0, job->width, 0);
  }
  job->waiting -= 1;
}

static void add_tile(job *job) {
  const elbo_frame *frame = job->frame;
  for (int32_t i = 0; i < job->reduce->reduction_count; i++) {
    const elbo_reduction *x = &job->reduce->reductions[i];
    void *out = waiting_result(job, x, job->waiting);
    const void *values = frame->value[x->value];
    if (job->reduce->has_kept_columns)
      job->reduce->body.loops->reduce_columns[x->op][x->type](out, values, frame->rows, frame->columns);
    else
      job->reduce->body.loops->reduce_rows[x->op][x->type](out, values, 1, frame->rows * frame->columns);
  }
  job->waiting += 1;
  for (int64_t tiles = job->tiles; tiles & 1; tiles >>= 1) combine_newest(job);
  job->tiles += 1;
}

/// Moves the result of all tiles to the block's results, or the identity where there was no tile.
static void finish_tree(job *job, int64_t place) {
  while (job->waiting > 1) combine_newest(job);
  for (int32_t i = 0; i < job->reduce->reduction_count; i++) {
    const elbo_reduction *x = &job->reduce->reductions[i];
    const elbo_loops *loops = job->reduce->body.loops;
    void *out = job->frame->scratch + x->results + place * x->size;
    if (job->waiting == 0)
      loops->reduce_columns[x->op][x->type](out, out, 0, job->width);
    else
      loops->copy[elbo_size_index(x->size)](out, waiting_result(job, x, 0), 1, job->width, 0, 1);
  }
  job->tiles = job->waiting = 0;
}

// MARK: Reduced places

/// Whether rows of a tile are rows of reduced places; else its columns alone are, or its rows where columns are kept.
static int has_reduced_rows(const elbo_reduce *reduce) {
  return reduce->body.has_short_rows && !reduce->has_kept_columns && reduce->reduced_rank > 1;
}

/// Whether the rows of a tile are kept places, and its columns all the reduced ones.
static int has_kept_rows(const elbo_reduce *reduce) {
  return reduce->body.has_short_rows && !reduce->has_kept_columns && reduce->reduced_rank == 1;
}

/// Runs and combines the tiles of the reduced places of one kept place.
static void run_reduced_places(job *job) {
  const elbo_reduce *reduce = job->reduce;
  elbo_frame *frame = job->frame;
  // A tile takes as many units as fit of one dimension: single places, or whole rows.
  int32_t dimension = reduce->reduced_rank - 1;
  int64_t unit = 1, *size = reduce->has_kept_columns ? &frame->rows : &frame->columns;
  int64_t most = reduce->has_kept_columns
      ? elbo_tile_rows(&reduce->body, frame->columns)
      : elbo_tile_columns(&reduce->body, reduce->reduced_extent[dimension]);
  if (has_reduced_rows(reduce)) {
    unit = reduce->reduced_extent[dimension];
    frame->at[job->first + dimension] = 0;
    dimension -= 1;
    size = &frame->rows;
    most = elbo_tile_rows(&reduce->body, unit);
  }
  for (int64_t place = job->begin / unit; place < job->end / unit; place += *size) {
    int64_t rest = place;
    for (int32_t d = dimension; d >= 0; d--) {
      frame->at[job->first + d] = rest % reduce->reduced_extent[d];
      rest /= reduce->reduced_extent[d];
    }
    int64_t left = reduce->reduced_extent[dimension] - frame->at[job->first + dimension];
    *size = elbo_least(most, elbo_least(left, job->end / unit - place));
    elbo_run_tile(&reduce->body, frame);
    add_tile(job);
  }
}

/// Sets the size of the largest tile, and runs what all tiles share.
static void run_prologue(job *job) {
  const elbo_reduce *reduce = job->reduce;
  elbo_frame *frame = job->frame;
  int32_t last = reduce->reduced_rank - 1, kept = reduce->grid.rank - 1;
  int64_t width = reduce->reduced_extent[last];
  if (reduce->has_kept_columns) width = job->high[kept] - job->low[kept];
  frame->columns = elbo_least(elbo_tile_columns(&reduce->body, width), width);
  int64_t height = 1;
  if (reduce->has_kept_columns) height = reduce->reduced_extent[last];
  if (has_reduced_rows(reduce)) height = reduce->reduced_extent[last - 1];
  if (has_kept_rows(reduce)) height = job->high[kept] - job->low[kept];
  frame->rows = elbo_least(elbo_tile_rows(&reduce->body, width), height);
  elbo_run_prologue(&reduce->body, frame);
}

// MARK: Kept places

/// One result for each row of a tile.
static void run_kept_rows(job *job, int64_t place) {
  const elbo_reduce *reduce = job->reduce;
  elbo_frame *frame = job->frame;
  int32_t kept = reduce->grid.rank - 1;
  int64_t most = elbo_tile_rows(&reduce->body, reduce->reduced_extent[0]);
  frame->columns = reduce->reduced_extent[0];
  frame->at[kept + 1] = 0;
  for (frame->at[kept] = job->low[kept]; frame->at[kept] < job->high[kept]; frame->at[kept] += frame->rows) {
    frame->rows = elbo_least(most, job->high[kept] - frame->at[kept]);
    elbo_run_tile(&reduce->body, frame);
    for (int32_t i = 0; i < reduce->reduction_count; i++) {
      const elbo_reduction *x = &reduce->reductions[i];
      char *out = frame->scratch + x->results + (place + frame->at[kept] - job->low[kept]) * x->size;
      reduce->body.loops->reduce_rows[x->op][x->type](out, frame->value[x->value], frame->rows, frame->columns);
    }
  }
}

/// Runs the body for all places of the block and leaves the results, row-major with the extents of the largest block.
static void run_kept_places(job *job) {
  const elbo_reduce *reduce = job->reduce;
  const elbo_grid *grid = &reduce->grid;
  elbo_frame *frame = job->frame;
  int is_empty = job->begin >= job->end;
  // Tiles walk the last kept dimension themselves where it is their rows or columns.
  int is_last_inside = reduce->has_kept_columns || (has_kept_rows(reduce) && !is_empty);
  int32_t outer = is_last_inside ? grid->rank - 1 : grid->rank;
  for (int32_t d = 0; d < reduce->body.rank; d++) frame->at[d] = 0;
  for (int32_t d = 0; d < outer; d++) frame->at[d] = job->low[d];
  if (reduce->has_kept_columns) frame->at[reduce->body.rank - 1] = job->low[grid->rank - 1];
  else if (is_last_inside) frame->at[grid->rank - 1] = job->low[grid->rank - 1];
  elbo_enter(&reduce->body, frame);
  if (!is_empty) run_prologue(job);
  for (;;) {
    int64_t place = 0;
    for (int32_t d = 0; d < grid->rank; d++)
      place = place * grid->largest[d] + (d < outer ? frame->at[d] - job->low[d] : 0);
    if (is_last_inside && !reduce->has_kept_columns) {
      run_kept_rows(job, place);
    } else {
      if (!is_empty) run_reduced_places(job);
      finish_tree(job, place);
    }
    int32_t d = outer - 1;
    while (d >= 0 && ++frame->at[d] == job->high[d]) {
      frame->at[d] = job->low[d];
      d -= 1;
    }
    if (d < 0) return;
  }
}

void elbo_run_reduce(const elbo_kernel *kernel, int64_t block, char *scratch) {
  const elbo_reduce *reduce = kernel->form;
  elbo_frame frame;
  elbo_frame_begin(&frame, kernel, scratch, 0);
  job job = {.reduce = reduce, .frame = &frame, .width = 1};
  elbo_block_corners(&reduce->grid, block / reduce->piece_count, job.low, job.high);
  int64_t piece = block % reduce->piece_count, total = 1;
  for (int32_t d = 0; d < reduce->reduced_rank; d++) total *= reduce->reduced_extent[d];
  job.begin = piece * reduce->chunk;
  job.end = elbo_least(job.begin + reduce->chunk, total);
  job.first = reduce->has_kept_columns ? reduce->grid.rank - 1 : reduce->grid.rank;
  if (reduce->has_kept_columns)
    job.width = job.high[reduce->grid.rank - 1] - job.low[reduce->grid.rank - 1];
  if (reduce->products) {
    int64_t low[ELBO_RANK], high[ELBO_RANK];
    for (int32_t d = 0; d < reduce->grid.rank; d++) low[d] = job.low[d], high[d] = job.high[d];
    for (int32_t d = 0; d < reduce->reduced_rank; d++)
      low[reduce->grid.rank + d] = 0, high[reduce->grid.rank + d] = reduce->reduced_extent[d];
    elbo_multiply(kernel, reduce->products, low, high, scratch, &frame);
  }
  run_kept_places(&job);

  elbo_frame_begin(&frame, kernel, scratch, reduce->finish_values);
  for (int32_t i = 0; i < reduce->reduction_count; i++) {
    const elbo_reduction *x = &reduce->reductions[i];
    frame.argument[reduce->first_result + i] =
        elbo_box_origin(scratch + x->results, &reduce->grid, job.low, x->size);
  }
  int64_t low[ELBO_RANK] = {piece}, high[ELBO_RANK] = {piece + 1};
  for (int32_t d = 0; d < reduce->grid.rank; d++) low[d + 1] = job.low[d], high[d + 1] = job.high[d];
  elbo_run_box(&reduce->finish, &frame, low, high);
}
