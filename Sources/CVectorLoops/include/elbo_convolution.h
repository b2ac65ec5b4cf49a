// Convolutions and their gradients as products of vectors of lanes: 64 bytes with one element each of so many examples,
// or channels.
//
//        source, (lanes of) examples          result
//     +--+--+--+--+--+--+                +----+----+----+     Each place of the result is a sum over taps and channels:
//     |  |  |##|##|##|  |                |    |####|    |     a scalar of the filters times a vector of the source that
//     +--+--+--+--+--+--+   filters x    +----+----+----+     lies at a fixed distance from the place's own. So no
//     |  |  |##|##|##|  |   ---------->  |    |    |    |     patches are copied: a table of distances does for every
//     +--+--+--+--+--+--+                +----+----+----+     place, once a piece of the source lies in scratch memory
//                                                             with zeros around the picture.
//
// - convolution: place (y, x) sees the source from (y * stride, x * stride) on; lanes are examples.
// - input gradient: of rows and columns, every stride-th sees the same taps; so there are stride * stride phases, each
//   with taps of its own, and place i of a phase sees the source from place i on. Lanes are examples.
// - filter gradient: the taps are the places, the output gradient is what the filters were, and lanes are channels.

#ifndef ELBO_CONVOLUTION_H
#define ELBO_CONVOLUTION_H

#include "elbo_program.h"

/// Pictures in an argument: (examples, channels, rows, columns), contiguous.
typedef struct {
  int32_t argument;
  int64_t offset, channels, rows, columns;
} elbo_pictures;

/// Filters as panels, [group][tile][k] of vectors whose lane r belongs to row r of the tile: what stands on the left of
/// the product, brought there once for all blocks.
typedef struct {
  const elbo_loops *loops;
  int32_t argument, is_double;
  /// In elements: the first filter's, from group to group and from row to row of a group's matrix.
  int64_t offset, group_stride, row_stride;
  /// Rows of a group, and their tiles.
  int64_t rows, tile_rows, tile_count;
  /// Columns of the matrix, and where they are, in elements.
  int64_t depth;
  const int32_t *columns;
  char *panels;
} elbo_filter_panels;

/// Places of the result that see the source through the same taps: rows first_row, first_row + row_unit, ….
typedef struct {
  int64_t first_row, first_column;
  /// The part of the panels' columns that belongs to it.
  int64_t start, depth;
} elbo_phase;

/// How a piece of pictures lies in scratch memory, along rows and along columns: place i of a phase sees the piece from
/// i * step on, and the piece begins `shift` after the source's place of that number.
typedef struct {
  int64_t unit, step, shift, span;
} elbo_picture_axis;

/// A convolution or an input gradient, then the body at every place.
typedef struct {
  elbo_body body;
  /// (examples, channels, places), or (examples, channels, rows, columns), of the result.
  elbo_grid grid;
  const elbo_filter_panels *filters;
  elbo_pictures source;
  /// Channels of a group of the source, and columns of the result.
  int64_t channels, columns;
  elbo_picture_axis row_axis, column_axis;
  /// Extents of the largest piece: rows, columns.
  int64_t piece_rows, piece_columns;
  const elbo_phase *phases;
  int32_t phase_count;
  /// Where each column of the panels finds its vectors in a piece, in elements.
  const int32_t *offsets;
  /// Tiles that the body sees together, and places of the largest block.
  int64_t box_tiles, box_places;
  /// The argument of `body` that the result is.
  int32_t result;
  /// Bytes from the start of scratch memory.
  int32_t piece, totals, box;
} elbo_convolution;

/// Sums of a filter gradient over parts of the data, (chunk, outputs, channels / groups, taps), to be added afterwards.
///
/// The data are cut into slabs: some examples, or some rows of one example's output.
typedef struct {
  const elbo_loops *loops;
  int32_t is_double;
  /// (groups, slabs, tiles of outputs, vectors of channels).
  elbo_grid grid;
  elbo_pictures input, output;
  int64_t example_count;
  /// Of a group: outputs, and channels of the input.
  int64_t outputs, channels;
  int64_t tile_rows;
  int64_t slab_examples, slab_rows;
  elbo_picture_axis row_axis, column_axis;
  int64_t piece_rows, piece_columns;
  /// Where each place of the output finds its vectors, and how far each tap is from there, in elements.
  const int32_t *offsets, *taps;
  int64_t tap_count;
  char *partials;
  int32_t panels, piece, totals;
} elbo_filter_gradient;

void elbo_run_filter_panels(const elbo_kernel *kernel, int64_t block, char *scratch);
void elbo_run_convolution(const elbo_kernel *kernel, int64_t block, char *scratch);
void elbo_run_filter_gradient(const elbo_kernel *kernel, int64_t block, char *scratch);

#endif
