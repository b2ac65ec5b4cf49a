// Memory for instructions that are written at run time: written first, then made executable and never written again.

#include "include/elbo_machine.h"

#include <string.h>
#include <sys/mman.h>

void *elbo_code_create(const uint8_t *bytes, int64_t count) {
  void *code = mmap(0, (size_t)count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 0;
  memcpy(code, bytes, (size_t)count);
  if (mprotect(code, (size_t)count, PROT_READ | PROT_EXEC) == 0) return code;
  munmap(code, (size_t)count);
  return 0;
}

void elbo_code_destroy(void *code, int64_t count) { munmap(code, (size_t)count); }
