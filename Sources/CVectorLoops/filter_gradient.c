// The gradient of a convolution's filters: see elbo_convolution.h.

#include "pieces.h"

/// What a block works on.
typedef struct {
  int64_t group;
  int64_t first_tile, tile_count, first_vector, vector_count;
  /// The slab: examples, and rows of their outputs.
  int64_t example, examples, row, rows;
} part;

/// The output gradient as panels: [tile][place] of vectors whose lane r belongs to row r of the tile.
static void fill_panels(const elbo_kernel *kernel, const elbo_filter_gradient *x, const part *at, char *panels) {
  int64_t size = elbo_size_of(x->is_double), count = at->rows * x->output.columns;
  for (int64_t tile = 0; tile < at->tile_count; tile++) {
    int64_t first = (at->first_tile + tile) * x->tile_rows;
    for (int64_t e = 0; e < at->examples; e++) {
      const void *from[ELBO_MOST_LANES];
      for (int64_t r = 0; r < ELBO_MOST_LANES; r++) {
        // Rows that the tile lacks are computed as its first one, and stored nowhere.
        int64_t row = r < x->tile_rows && first + r < x->outputs ? first + r : first;
        from[r] = elbo_plane(kernel, &x->output, x->is_double, at->example + e, at->group * x->outputs + row)
            + at->row * x->output.columns * size;
      }
      x->loops->interleave[x->is_double](
          panels + ((tile * at->examples + e) * count) * ELBO_LANE_BYTES, from, 1, count, count, count);
    }
  }
}

/// The input's part: [vector of channels][example][row][column].
static void fill_pieces(const elbo_kernel *kernel, const elbo_filter_gradient *x, const part *at, char *pieces) {
  int64_t rows = (at->rows - 1) * x->row_axis.step + x->row_axis.span, lanes = elbo_lanes_of(x->is_double);
  for (int64_t vector = 0; vector < at->vector_count; vector++) {
    int64_t channel = (at->first_vector + vector) * lanes;
    int64_t count = elbo_least(lanes, x->channels - channel);
    for (int64_t e = 0; e < at->examples; e++) {
      const char *planes[ELBO_MOST_LANES];
      for (int64_t l = 0; l < count; l++)
        planes[l] =
            elbo_plane(kernel, &x->input, x->is_double, at->example + e, at->group * x->channels + channel + l);
      elbo_fill_piece(
          x->loops, pieces + (vector * x->slab_examples + e) * x->piece_rows * x->piece_columns * ELBO_LANE_BYTES,
          &x->input, x->is_double, planes, count, at->row * x->row_axis.step + x->row_axis.shift,
          x->column_axis.shift, rows, x->piece_columns);
    }
  }
}

void elbo_run_filter_gradient(const elbo_kernel *kernel, int64_t block, char *scratch) {
  const elbo_filter_gradient *x = kernel->form;
  const int64_t size = elbo_size_of(x->is_double), lanes = elbo_lanes_of(x->is_double);
  int64_t low[ELBO_RANK], high[ELBO_RANK];
  elbo_block_corners(&x->grid, block, low, high);
  part at = {low[0], low[2], high[2] - low[2], low[3], high[3] - low[3], 0, 0, 0, 0};
  char *panels = scratch + x->panels, *pieces = scratch + x->piece, *totals = scratch + x->totals;
  const int64_t places = at.vector_count * x->tap_count;
  const int64_t piece_bytes = x->slab_examples * x->piece_rows * x->piece_columns * ELBO_LANE_BYTES;
  const int64_t slabs_of_example = elbo_quotient_up(x->output.rows, x->slab_rows);
  elbo_tile tile = x->loops->tile[x->is_double][x->tile_rows - 1];

  for (int64_t slab = low[1]; slab < high[1]; slab++) {
    at.example = slab / slabs_of_example * x->slab_examples;
    at.examples = elbo_least(x->slab_examples, x->example_count - at.example);
    at.row = slab % slabs_of_example * x->slab_rows;
    at.rows = elbo_least(x->slab_rows, x->output.rows - at.row);
    fill_panels(kernel, x, &at, panels);
    fill_pieces(kernel, x, &at, pieces);
    int64_t depth = at.examples * at.rows * x->output.columns;
    for (int64_t t = 0; t < at.tile_count; t++) {
      char *rows = totals + t * x->tile_rows * places * ELBO_LANE_BYTES;
      for (int64_t done = 0; done < places; done += 2) {
        // An odd place at the end is computed as its own neighbour.
        int64_t other = elbo_least(done + 1, places - 1);
        const char *b0 = pieces + done / x->tap_count * piece_bytes + x->taps[done % x->tap_count] * size;
        const char *b1 = pieces + other / x->tap_count * piece_bytes + x->taps[other % x->tap_count] * size;
        tile(
            panels + t * depth * ELBO_LANE_BYTES, b0, b1, x->offsets, depth, rows + done * ELBO_LANE_BYTES,
            rows + other * ELBO_LANE_BYTES, places * lanes, slab > low[1]);
      }
    }
  }

  int64_t chunk = block / (x->grid.count[2] * x->grid.count[3]) % x->grid.count[1];
  int64_t groups = x->grid.extent[0], filter = x->channels * x->tap_count;
  for (int64_t t = 0; t < at.tile_count; t++) {
    int64_t first = (at.first_tile + t) * x->tile_rows;
    for (int64_t r = 0; r < elbo_least(x->tile_rows, x->outputs - first); r++) {
      int64_t output = (chunk * groups + at.group) * x->outputs + first + r;
      for (int64_t vector = 0; vector < at.vector_count; vector++) {
        int64_t channel = (at.first_vector + vector) * lanes;
        x->loops->deinterleave[x->is_double](
            x->partials + (output * filter + channel * x->tap_count) * size,
            totals + ((t * x->tile_rows + r) * places + vector * x->tap_count) * ELBO_LANE_BYTES, x->tap_count,
            elbo_least(lanes, x->channels - channel), x->tap_count);
      }
    }
  }
}
