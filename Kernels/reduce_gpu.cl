// reduce, for GPUs: sums and maxima, of rows or of columns.
//
//     rows (LANE_STEP = 1)                         columns (LANE_STEP = PLACES_PER_GROUP)
//              reduced places                               kept places
//            +-------------------+                        +-------------------+
//     kept   | lanes 0 1 2 0 1 2 | item / LANES    reduced| place 0 1 2 3 …   | item % PLACES_PER_GROUP
//     places | lanes 0 1 2 0 1 2 |                 places | lane 0            |
//            +-------------------+                        | lane 1            | item / PLACES_PER_GROUP
//                                                         +-------------------+
//
// A group is PLACES_PER_GROUP kept places times LANES lanes. Neighbouring work-items read neighbouring memory: along the
// reduced places or along the kept ones. A lane adds PLACES_PER_TURN of its places plainly, then to its total with the
// rounding error kept; the lanes are combined in local memory, in halves. The order depends on shape alone.
//
// LANES            a power of 2: GROUP_SIZE for long rows, fewer for short ones.
// PLACES_PER_TURN  accesses in flight for each work-item.

INLINED void KERNEL_NAME(const INDEX group, const int item, LOCAL_PTR(uchar) local_memory, PARAMETERS) {
  const int lane = item / LANE_STEP % LANES;
  const INDEX place = group * PLACES_PER_GROUP + PLACE_IN_GROUP;
  const INDEX kept = place % KEPT;
  const INDEX chunk = place / KEPT;
  TYPE_I total_I = IDENTITY_I, lost_I = 0;
  KEPT_COORDINATES;
  if (place < PLACES) {
    const INDEX end = min((chunk + 1) * CHUNK, (INDEX)REDUCED);
    for (INDEX first = chunk * CHUNK + lane; first < end; first += PLACES_PER_TURN * LANES) {
      TYPE_I part_I = IDENTITY_I;
#pragma unroll
      for (int turn = 0; turn < PLACES_PER_TURN; ++turn) {
        const INDEX reduced = first + turn * LANES;
        if (reduced < end) {
          REDUCED_COORDINATES;
          BODY;
          part_I = COMBINE_I(part_I, VALUE_I);
        }
      }
      ADD_PART_I(TYPE_I, total_I, lost_I, part_I)
    }
  }
  LOCAL_PTR(TYPE_I) shared_I = (LOCAL_PTR(TYPE_I))(local_memory + OFFSET_I);
  shared_I[item] = total_I - lost_I;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = LANES / 2; step > 0; step /= 2) {
    if (lane < step) {
      shared_I[item] = COMBINE_I(shared_I[item], shared_I[item + step * LANE_STEP]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (lane == 0 && place < PLACES) {
    const TYPE_I result_I = shared_I[item];
    RESULT_COORDINATES;
    FINISH;
  }
}
