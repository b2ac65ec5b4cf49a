#include "include/COpenBLAS.h"

#include <dlfcn.h>
#include <stdlib.h>

static void choose_core(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (has_avx512) setenv("OPENBLAS_CORETYPE", "SkylakeX", /* overwrite: */ 0);
#endif
}

/// Opens the library so that it starts no threads, which it would do while it is loaded.
static void *open_without_threads(void) {
  static const char *const variable = "OPENBLAS_NUM_THREADS";
  int is_set = getenv(variable) != NULL;
  if (!is_set) setenv(variable, "1", 0);
  // Debian's name; other systems name the same library without the version.
  void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!handle) handle = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (!is_set) unsetenv(variable);
  return handle;
}

const char *elbo_openblas_open(elbo_openblas *library) {
  choose_core();
  void *handle = open_without_threads();
  if (!handle) return dlerror();

  void (*set_thread_count)(int) = (void (*)(int))dlsym(handle, "openblas_set_num_threads");
  char *(*core)(void) = (char *(*)(void))dlsym(handle, "openblas_get_corename");
  char *(*configuration)(void) = (char *(*)(void))dlsym(handle, "openblas_get_config");
  *(void **)&library->sgemm = dlsym(handle, "cblas_sgemm");
  *(void **)&library->dgemm = dlsym(handle, "cblas_dgemm");
  if (!set_thread_count || !core || !configuration || !library->sgemm || !library->dgemm)
    return "a function is missing in it";
  set_thread_count(1);
  library->core = core();
  library->configuration = configuration();
  return NULL;
}
