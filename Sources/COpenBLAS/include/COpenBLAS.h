// OpenBLAS by dlopen: the functions that the CPU needs of it, as pointers. Nothing is linked, so that a program built on
// one machine starts on another that lacks the library.

#ifndef COPENBLAS_H
#define COPENBLAS_H

enum {
  OPENBLAS_ROW_MAJOR = 101,
  OPENBLAS_NOT_TRANSPOSED = 111,
  OPENBLAS_TRANSPOSED = 112,
};

typedef struct {
  void (*sgemm)(
      int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
      const float *b, int ldb, float beta, float *c, int ldc);
  void (*dgemm)(
      int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
      const double *b, int ldb, double beta, double *c, int ldc);
  /// The processor whose kernels the library chose, and the library's version and options. They live as long as it.
  const char *core;
  const char *configuration;
} elbo_openblas;

/// Opens the library, tells it to use one thread (the callers have their own), and fills `library`.
///
/// Before it is loaded for the first time OPENBLAS_CORETYPE is set to SkylakeX where the processor has AVX-512 (F, DQ,
/// BW, VL) and the user has set nothing: versions that do not know a processor would take their AVX2 kernels there.
///
/// Returns NULL on success, else what is wrong, as dlerror says it.
const char *elbo_openblas_open(elbo_openblas *library);

#endif
