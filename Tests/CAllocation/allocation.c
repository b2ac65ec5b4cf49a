#include "include/CAllocation.h"

#include <malloc.h>

long allocated_byte_count(void) {
  struct mallinfo2 info = mallinfo2();
  return (long)(info.uordblks + info.hblkhd);
}
