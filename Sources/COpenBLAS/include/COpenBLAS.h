// OpenBLAS by dlopen: the functions that the CPU needs of it, as pointers. Nothing is linked, so that a program built on
// one machine starts on another that lacks the library.

#ifndef COPENBLAS_H
#define COPENBLAS_H

#include <stddef.h>

enum {
  OPENBLAS_ROW_MAJOR = 101,
  OPENBLAS_NOT_TRANSPOSED = 111,
  OPENBLAS_TRANSPOSED = 112,
  OPENBLAS_UPPER = 121,
  OPENBLAS_LOWER = 122,
  OPENBLAS_NON_UNIT = 131,
  OPENBLAS_LEFT = 141,
  OPENBLAS_RIGHT = 142,
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

/// What linear algebra in double precision needs. LAPACK goes by its Fortran symbols: matrices column by column,
/// numbers by address, and the lengths of words at the end.
typedef struct {
  void (*gemm)(
      int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
      const double *b, int ldb, double beta, double *c, int ldc);
  /// C = alpha A A' + beta C, or A' A where transposed, of which one triangle is written.
  void (*syrk)(
      int order, int triangle, int transpose, int n, int k, double alpha, const double *a, int lda, double beta,
      double *c, int ldc);
  /// B = alpha A B or B A by a triangular A.
  void (*trmm)(
      int order, int side, int triangle, int transpose, int diagonal, int m, int n, double alpha, const double *a,
      int lda, double *b, int ldb);
  /// The same by the inverse of A.
  void (*trsm)(
      int order, int side, int triangle, int transpose, int diagonal, int m, int n, double alpha, const double *a,
      int lda, double *b, int ldb);
  void (*potrf)(const char *triangle, const int *n, double *a, const int *lda, int *info, size_t);
  void (*syevd)(
      const char *job, const char *triangle, const int *n, double *a, const int *lda, double *values, double *work,
      const int *work_size, int *integers, const int *integer_size, int *info, size_t, size_t);
  void (*gesdd)(
      const char *job, const int *m, const int *n, double *a, const int *lda, double *values, double *u,
      const int *ldu, double *vt, const int *ldvt, double *work, const int *work_size, int *integers, int *info,
      size_t);
  void (*getrf)(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
  void (*getrs)(
      const char *transpose, const int *n, const int *columns, const double *a, const int *lda, const int *pivots,
      double *b, const int *ldb, int *info, size_t);
} elbo_linear_algebra;

/// Opens the same library in the same way for linear algebra. Returns NULL on success, else what is wrong.
const char *elbo_linear_algebra_open(elbo_linear_algebra *library);

#endif
