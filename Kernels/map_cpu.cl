// map, for devices of CPU type: an expression at every place of its iteration space.
//
//                      columns
//            +--------+--------+-----+
//            | group 0| group 1|  2  |      The last dimension is a row's columns, all others together are the rows.
//     rows   |        |        |     |      A group is one work-item: ROWS_PER_GROUP rows by COLUMNS_PER_GROUP columns.
//            +--------+--------+-----+      Along a row the places are computed as vectors of 16, by the compiler: each
//            | group 3|   4    |  5  |      is independent of the others, and neighbours lie side by side in memory.
//            +--------+--------+-----+
//
// COLUMNS_PER_GROUP  long enough to make the start of a group cheap, short enough to stay in the first cache and to give
//                    every core several groups.
// ROWS_PER_GROUP     more than 1 only where rows are short.

INLINED void KERNEL_NAME(const INDEX group, PARAMETERS) {
  const INDEX first_row = group / GROUPS_PER_ROW * ROWS_PER_GROUP;
  const INDEX end_row = min(first_row + ROWS_PER_GROUP, (INDEX)ROWS);
  const INDEX first_column = group % GROUPS_PER_ROW * COLUMNS_PER_GROUP;
  const INDEX end_column = min(first_column + COLUMNS_PER_GROUP, (INDEX)COLUMNS);
  for (INDEX row = first_row; row < end_row; ++row) {
    ROW_COORDINATES;
    NOISE;
    VECTORIZED;
    for (INDEX COLUMN = first_column; COLUMN < end_column; ++COLUMN) {
      BODY;
    }
  }
}
