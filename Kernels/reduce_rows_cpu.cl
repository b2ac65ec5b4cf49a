// reduce, for devices of CPU type, where reduced places lie side by side in memory: sums and maxima of rows.
//
//                  reduced places                A group is one work-item; it reduces PLACES_PER_GROUP rows, one after
//            +------+------+------+---+          the other. (A chunk of a long row counts as a row.)
//     kept   | tile | tile | tile |   | -> total
//     places +------+------+------+---+          A tile's values are computed as vectors and kept, then added in 16
//            |      |      |      |   | -> total lanes; a tile's sum is added to the row's with its rounding error kept,
//            +------+------+------+---+          and the lanes are folded at the end. The order depends on shape alone.
//
// TILE              values kept at once: a multiple of 16 that stays in the first cache for every accumulator.
// PLACES_PER_GROUP  more than 1 only where rows are short.

INLINED void KERNEL_NAME(const INDEX group, PARAMETERS) {
  const INDEX end_place = min((group + 1) * PLACES_PER_GROUP, (INDEX)PLACES);
  for (INDEX place = group * PLACES_PER_GROUP; place < end_place; ++place) {
    const INDEX kept = place % KEPT;
    const INDEX chunk = place / KEPT;
    KEPT_COORDINATES;
    VECTOR_I total_I = IDENTITY_I, lost_I = 0;
    const INDEX end = min((chunk + 1) * CHUNK, (INDEX)REDUCED);
    INDEX reduced = chunk * CHUNK;
    while (reduced < end) {
      // A tile ends with a row of the last reduced dimension, so the other coordinates are constant in it.
      const INDEX row = reduced / COLUMNS;
      const INDEX first_column = reduced % COLUMNS;
      const INDEX room = min(end - reduced, COLUMNS - first_column);
      const int count = (int)min(room, (INDEX)TILE);
      ROW_COORDINATES;
      VECTOR_I tile_I[TILE / 16];
      TYPE_I *value_I = (TYPE_I *)tile_I;
      NOISE;
      VECTORIZED;
      for (int t = 0; t < count; ++t) {
        const INDEX COLUMN = first_column + t;
        BODY;
        value_I[t] = VALUE_I;
      }
      const int vectors = (count + 15) / 16;
      for (int t = count; t < vectors * 16; ++t) {
        value_I[t] = IDENTITY_I;
      }
      VECTOR_I part_I = tile_I[0];
      for (int v = 1; v < vectors; ++v) {
        part_I = COMBINE_I(part_I, tile_I[v]);
      }
      ADD_PART_I(VECTOR_I, total_I, lost_I, part_I)
      reduced += count;
    }
    FOLD(TYPE_I, COMBINE_I, result_I, total_I - lost_I)
    RESULT_COORDINATES;
    FINISH;
  }
}
