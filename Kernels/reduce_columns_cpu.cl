// reduce, for devices of CPU type, where kept places lie side by side in memory: sums and maxima of columns.
//
//              kept places (the last kept dimension)
//            +---------+---------+-----+         A group is one work-item: COLUMNS_PER_GROUP columns and a chunk of the
//     reduced|  group  |  group  |     |         reduced places. It walks down row by row, a row's columns as vectors.
//     places |         |         |     |
//            +---------+---------+-----+         The sum of ROWS_PER_PART rows is added to the columns' totals with its
//              totals    totals                  rounding error kept. The order depends on shape alone.
//
// COLUMNS_PER_GROUP  a multiple of 16; the running sums of every accumulator stay in the first cache.
// ROWS_PER_PART      rows that are added plainly before the careful addition.

INLINED void KERNEL_NAME(const INDEX group, PARAMETERS) {
  const INDEX first_column = group % GROUPS_PER_ROW * COLUMNS_PER_GROUP;
  const INDEX row = group / GROUPS_PER_ROW % ROWS;
  const INDEX chunk = group / GROUPS_PER_ROW / ROWS;
  const int count = (int)min((INDEX)COLUMNS_PER_GROUP, COLUMNS - first_column);
  ROW_COORDINATES;
  TYPE_I total_I[COLUMNS_PER_GROUP], lost_I[COLUMNS_PER_GROUP], part_I[COLUMNS_PER_GROUP];
  for (int t = 0; t < COLUMNS_PER_GROUP; ++t) {
    total_I[t] = IDENTITY_I;
    lost_I[t] = 0;
  }
  const INDEX end = min((chunk + 1) * CHUNK, (INDEX)REDUCED);
  for (INDEX base = chunk * CHUNK; base < end; base += ROWS_PER_PART) {
    for (int t = 0; t < COLUMNS_PER_GROUP; ++t) {
      part_I[t] = IDENTITY_I;
    }
    const INDEX end_part = min(base + ROWS_PER_PART, end);
    for (INDEX reduced = base; reduced < end_part; ++reduced) {
      REDUCED_COORDINATES;
      NOISE;
      VECTORIZED;
      for (int t = 0; t < count; ++t) {
        const INDEX COLUMN = first_column + t;
        BODY;
        part_I[t] = COMBINE_I(part_I[t], VALUE_I);
      }
    }
    for (int t = 0; t < COLUMNS_PER_GROUP; ++t) {
      ADD_PART_I(TYPE_I, total_I[t], lost_I[t], part_I[t])
    }
  }
  VECTORIZED;
  for (int t = 0; t < count; ++t) {
    const INDEX kept = row * COLUMNS + first_column + t;
    const TYPE_I result_I = total_I[t] - lost_I[t];
    RESULT_COORDINATES;
    FINISH;
  }
}
