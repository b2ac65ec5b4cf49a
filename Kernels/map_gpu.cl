// map, for GPUs: an expression at every place of its iteration space.
//
//     group 0                           group 1
//     +------------+------------+       +------------+------------+
//     | item 0 1 2…| item 0 1 2…|       | item 0 1 2…| item 0 1 2…|
//     +------------+------------+       +------------+------------+
//       PLACES_PER_ITEM times GROUP_SIZE places, one behind the other
//
// Neighbouring work-items have neighbouring places, so their accesses are served together.
//
// PLACES_PER_ITEM  more than 1 hides the latency of memory behind the other places' accesses, once there are enough
//                  places to fill the device.

INLINED void KERNEL_NAME(const INDEX group, const int item, PARAMETERS) {
#pragma unroll
  for (int i = 0; i < PLACES_PER_ITEM; ++i) {
    const INDEX place = (group * PLACES_PER_ITEM + i) * GROUP_SIZE + item;
    if (place < PLACES) {
      COORDINATES;
      BODY;
    }
  }
}
