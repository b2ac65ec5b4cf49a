#define _GNU_SOURCE
#include "include/CCallCounts.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_long allocations, references;

call_counts call_counts_now(void) {
  return (call_counts){.allocations = atomic_load(&allocations), .references = atomic_load(&references)};
}

// The C library's own names for what is replaced.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void count(atomic_long *counter) { atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); }

void *malloc(size_t size) {
  count(&allocations);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(&allocations);
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count(&allocations);
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count(&allocations);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(&allocations);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  count(&allocations);
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

// The runtime's callers may expect it to leave their registers alone.
#define KEEPS_REGISTERS __attribute__((preserve_most))

#define REPLACED(result, name, parameters, arguments)                              \
  KEEPS_REGISTERS result name parameters {                                         \
    static result (*_Atomic original) parameters;                                  \
    count(&references);                                                            \
    result(*found) parameters = original;                                          \
    if (!found) original = found = (result(*) parameters)dlsym(RTLD_NEXT, #name);  \
    return found arguments;                                                        \
  }

REPLACED(void *, swift_retain, (void *object), (object))
REPLACED(void, swift_release, (void *object), (object))
REPLACED(void *, swift_retain_n, (void *object, unsigned number), (object, number))
REPLACED(void, swift_release_n, (void *object, unsigned number), (object, number))
REPLACED(void *, swift_bridgeObjectRetain, (void *object), (object))
REPLACED(void, swift_bridgeObjectRelease, (void *object), (object))
