// convolution, what both variants share: where the elements of its product are.
//
// A convolution and its gradients are products of a matrix with a source that is read through a window:
//
//                        rows             columns                  depth
//   convolution          outputs          places (n, i, j)         taps (channel, down, across)
//   input gradient       inputs           places (n, i, j)         taps (output, down, across)
//   filter gradient      outputs          taps (channel, ...)      places (n, i, j)
//
//   source, SOURCE_ROWS x SOURCE_COLUMNS       Place (i, j) of example n looks through tap (down, across) of a channel
//   +--+--+--+--+--+                           at row i * STEP_DOWN + down * SHIFT_DOWN + what the phase begins with, and
//   |  |t0|t1|t2|  |                           so for columns; outside the source there are zeros.
//   +--+--+--+--+--+
//   |  |t3|t4|t5|  |                           The input gradient of a stride has phases: rows i * UNIT_DOWN + phase of
//   +--+--+--+--+--+                           the result see the same taps, TAP_DOWN apart in the filters. So each group
//                                              works on one phase, and no tap is looked through in vain but those that
//                                              one phase has less than another.
//
// KERNEL_NAME_down, KERNEL_NAME_across hold for each phase: its first tap, how many it has, where the first one looks.
// The matrix is the filters, or for the filter gradient the output gradient.

CONSTANT(int) KERNEL_NAME_down[] = {PHASES_DOWN};
CONSTANT(int) KERNEL_NAME_across[] = {PHASES_ACROSS};

// How far an element of the matrix is from the beginning of its row.
INLINED INDEX KERNEL_NAME_step(const INDEX k, const int phase_row, const int phase_column) {
  if (SUMS_PLACES) return k / (PLACE_ROWS * PLACE_COLUMNS) * MATRIX_EXAMPLE + k % (PLACE_ROWS * PLACE_COLUMNS);
  const int down = KERNEL_NAME_down[3 * phase_row] + (int)(k / TAPS_ACROSS % TAPS_DOWN) * TAP_DOWN;
  const int across = KERNEL_NAME_across[3 * phase_column] + (int)(k % TAPS_ACROSS) * TAP_ACROSS;
  // What a phase lacks is multiplied by zero.
  return k / (TAPS_DOWN * TAPS_ACROSS) * MATRIX_CHANNEL + min(down, FILTER_ROWS - 1) * FILTER_COLUMNS
      + min(across, FILTER_COLUMNS - 1);
}
