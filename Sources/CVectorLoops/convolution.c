// The convolution form: see elbo_convolution.h.

#include "pieces.h"

/// Depth over which sums stay in registers: so many vectors of a panel stay in the first-level cache while all places
/// of a piece pass by.
enum { DEPTH_BLOCK = 256 };

// MARK: Filters

void elbo_run_filter_panels(const elbo_kernel *kernel, int64_t block, char *scratch) {
  (void)scratch;
  const elbo_filter_panels *x = kernel->form;
  int64_t group = block / x->tile_count, tile = block % x->tile_count, size = elbo_size_of(x->is_double);
  int64_t lanes = elbo_lanes_of(x->is_double);
  char *out = x->panels + block * x->depth * ELBO_LANE_BYTES;
  const char *from = kernel->argument[x->argument]
      + (x->offset + group * x->group_stride + tile * x->tile_rows * x->row_stride) * size;
  int64_t rows = elbo_least(x->tile_rows, x->rows - tile * x->tile_rows);
  for (int64_t r = 0; r < rows; r++) {
    if (x->is_double) {
      const double *row = (const double *)from + r * x->row_stride;
      for (int64_t k = 0; k < x->depth; k++) ((double *)out)[k * lanes + r] = row[x->columns[k]];
    } else {
      const float *row = (const float *)from + r * x->row_stride;
      for (int64_t k = 0; k < x->depth; k++) ((float *)out)[k * lanes + r] = row[x->columns[k]];
    }
  }
}

// MARK: Convolution and input gradient

/// A place of a phase in a block.
typedef struct {
  int64_t row, column;
} place;

/// The products of one tile of filters with the places of one phase; row r of the tile is `row_stride` elements after
/// the one before.
static void multiply(
    const elbo_convolution *x, const elbo_phase *phase, const char *panel, const char *piece, char *totals,
    int64_t rows, int64_t row_stride) {
  const elbo_loops *loops = x->filters->loops;
  const int32_t is_double = x->filters->is_double;
  elbo_tile tile = loops->tile[is_double][x->filters->tile_rows - 1];
  int64_t row_count = elbo_quotient_up(rows - phase->first_row, x->row_axis.unit);
  int64_t column_count = elbo_quotient_up(x->columns - phase->first_column, x->column_axis.unit);
  int64_t count = row_count * column_count;
  int64_t start = 0;
  do {
    int64_t depth = elbo_least(phase->depth - start, DEPTH_BLOCK);
    place next = {0, 0};
    for (int64_t done = 0; done < count; done += 2) {
      const char *from[2] = {piece, piece};
      char *out[2] = {totals, totals};
      for (int64_t j = 0; j < 2; j++) {
        from[j] += (next.row * x->row_axis.step * x->piece_columns + next.column * x->column_axis.step)
            * ELBO_LANE_BYTES;
        out[j] += ((next.row * x->row_axis.unit + phase->first_row) * x->columns
                   + next.column * x->column_axis.unit + phase->first_column)
            * ELBO_LANE_BYTES;
        // An odd place at the end is computed as its own neighbour.
        if (done + 1 < count && ++next.column == column_count) next.column = 0, next.row++;
      }
      tile(
          panel + (phase->start + start) * ELBO_LANE_BYTES, from[0], from[1], x->offsets + phase->start + start, depth,
          out[0], out[1], row_stride, start > 0);
    }
    start += DEPTH_BLOCK;
  } while (start < phase->depth);
}

void elbo_run_convolution(const elbo_kernel *kernel, int64_t block, char *scratch) {
  const elbo_convolution *x = kernel->form;
  const elbo_filter_panels *filters = x->filters;
  const int32_t is_double = filters->is_double;
  const int64_t size = elbo_size_of(is_double), lanes = elbo_lanes_of(is_double);
  int64_t low[ELBO_RANK], high[ELBO_RANK];
  elbo_block_corners(&x->grid, block, low, high);
  // Rows of the picture: a dimension of their own, or places by the width.
  int64_t width = x->grid.rank == 3 ? x->columns : 1;
  int64_t first_row = low[2] / width, rows = high[2] / width - first_row;
  int64_t examples = high[0] - low[0], group = low[1] / filters->rows;

  char *piece = scratch + x->piece, *totals = scratch + x->totals, *box = scratch + x->box;
  int64_t units = elbo_quotient_up(rows, x->row_axis.unit);
  int64_t piece_rows = (units - 1) * x->row_axis.step + x->row_axis.span;
  for (int64_t c = 0; c < x->channels; c++) {
    const char *planes[ELBO_MOST_LANES];
    for (int64_t l = 0; l < examples; l++)
      planes[l] = elbo_plane(kernel, &x->source, is_double, low[0] + l, group * x->channels + c);
    elbo_fill_piece(
        filters->loops, piece + c * x->piece_rows * x->piece_columns * ELBO_LANE_BYTES, &x->source, is_double, planes,
        examples, first_row / x->row_axis.unit * x->row_axis.step + x->row_axis.shift, x->column_axis.shift, piece_rows,
        x->piece_columns);
  }

  elbo_frame frame;
  elbo_frame_begin(&frame, kernel, scratch, 0);
  const int64_t box_rows = x->box_tiles * filters->tile_rows, places = rows * x->columns;
  const int64_t row_stride = x->box_places * lanes;
  for (int64_t first = low[1]; first < high[1]; first += box_rows) {
    int64_t last = elbo_least(first + box_rows, high[1]);
    for (int64_t row = first; row < last; row += filters->tile_rows) {
      int64_t tile = (row - group * filters->rows) / filters->tile_rows;
      const char *panel = filters->panels + (group * filters->tile_count + tile) * filters->depth * ELBO_LANE_BYTES;
      for (int32_t i = 0; i < x->phase_count; i++)
        multiply(x, &x->phases[i], panel, piece, totals + (row - first) * row_stride * size, rows, row_stride);
    }
    // From lanes to examples; the gaps after the places of a short block come along.
    filters->loops->deinterleave[is_double](
        box, totals, (last - first - 1) * x->box_places + places, examples, box_rows * x->box_places);
    int64_t origin = low[0] * box_rows * x->box_places + first * x->box_places + first_row * x->columns;
    frame.argument[x->result] = (char *)((uintptr_t)box - (uintptr_t)(origin * size));
    int64_t box_low[ELBO_RANK], box_high[ELBO_RANK];
    memcpy(box_low, low, sizeof low);
    memcpy(box_high, high, sizeof high);
    box_low[1] = first, box_high[1] = last;
    elbo_run_box(&x->body, &frame, box_low, box_high);
  }
}
