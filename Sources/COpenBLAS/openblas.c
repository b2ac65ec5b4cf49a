#include "include/COpenBLAS.h"

#include <CEnvironment.h>
#include <dlfcn.h>
#include <stdlib.h>

/// The kernels to ask for where OpenBLAS does not know a processor that has AVX-512, or NULL.
static const char *wanted_core(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
#endif
  return NULL;
}

/// Opens the library with the right kernels and so that it starts no threads, both of which it decides while it is
/// loaded. Afterwards the environment is as it was: programs that this one starts decide for themselves.
static void *open_library(void) {
  const char *core = wanted_core();
  int lent_core = core && elbo_add_variable("OPENBLAS_CORETYPE", core);
  int lent_threads = elbo_add_variable("OPENBLAS_NUM_THREADS", "1");
  // Debian's name; other systems name the same library without the version.
  void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!handle) handle = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (lent_core) elbo_remove_variable("OPENBLAS_CORETYPE");
  if (lent_threads) elbo_remove_variable("OPENBLAS_NUM_THREADS");
  return handle;
}

const char *elbo_openblas_open(elbo_openblas *library) {
  void *handle = open_library();
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

const char *elbo_linear_algebra_open(elbo_linear_algebra *library) {
  elbo_openblas products;
  const char *reason = elbo_openblas_open(&products);
  if (reason) return reason;
  void *handle = open_library();
  if (!handle) return dlerror();

  const struct {
    const char *name;
    void *place;
  } functions[] = {
      {"cblas_dsyrk", &library->syrk}, {"cblas_dtrmm", &library->trmm}, {"cblas_dtrsm", &library->trsm},
      {"dpotrf_", &library->potrf},    {"dsyevd_", &library->syevd},    {"dgesdd_", &library->gesdd},
      {"dgetrf_", &library->getrf},    {"dgetrs_", &library->getrs},
  };
  library->gemm = products.dgemm;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(handle, functions[i].name);
    if (!found) return "it is built without LAPACK";
    *(void **)functions[i].place = found;
  }
  return NULL;
}
