// Kernels, launches and programs as tables of plain structs, and the pool of threads that runs them.
//
// A kernel is cut into blocks by its shape alone. The blocks of a launch are numbered through its kernels; threads take
// numbers from a counter, and whatever must be combined is combined inside one block, so that results do not depend on
// the threads.

#ifndef ELBO_PROGRAM_H
#define ELBO_PROGRAM_H

#include "elbo_machine.h"

// MARK: Forms

/// A box cut into blocks, row-major: along a dimension `count` of them, of whole units but for the last, whose sizes
/// differ by one unit at most. `largest` is the largest.
typedef struct {
  int32_t rank;
  int64_t extent[ELBO_RANK], count[ELBO_RANK], unit[ELBO_RANK], largest[ELBO_RANK];
} elbo_grid;

/// The body at every place of the grid.
typedef struct {
  elbo_body body;
  elbo_grid grid;
} elbo_map;

typedef void (*elbo_sgemm)(
    int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc);
typedef void (*elbo_dgemm)(
    int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
    const double *b, int ldb, double beta, double *c, int ldc);

/// A matrix of a batch; the column stride is 1, or where `is_transposed` the row stride.
typedef struct {
  int32_t argument;
  int32_t is_transposed;
  /// Between rows, or columns where transposed.
  int32_t leading;
  int64_t offset, batch_stride, row_stride, column_stride;
} elbo_matrix;

typedef struct {
  elbo_matrix left, right;
  int32_t depth;
  /// Bytes from the start of scratch memory to the product's block.
  int32_t block;
  /// The right matrix as panels that an earlier phase made, or NULL.
  const float *panels;
} elbo_product;

/// A transposed right matrix, each panel of which is a block: made once where many blocks of a product read it.
typedef struct {
  elbo_matrix right;
  int64_t depth, columns;
  float *panels;
  const elbo_loops *loops;
} elbo_packing;

/// Products of matrices over a space: some of its dimensions are the batch's, some rows', some columns'.
typedef struct {
  elbo_grid grid;
  int32_t batch_rank, row_rank, column_rank;
  const elbo_product *products;
  int32_t product_count;
  /// The argument of a body that product 0 is.
  int32_t first_product;
  int32_t is_double;
  /// One of them multiplies: the loops' product where there is one, with scratch memory from a number of bytes on, or
  /// OpenBLAS.
  void (*product)(const elbo_operands *operands, int32_t is_added, void *scratch);
  int32_t product_scratch;
  elbo_sgemm sgemm;
  elbo_dgemm dgemm;
} elbo_products;

/// Products, then the body at every place of the result; or products straight into `output`.
typedef struct {
  elbo_products products;
  elbo_body body;
  int32_t is_direct;
  elbo_matrix output;
} elbo_matmul;

/// One reduction of a reduce.
typedef struct {
  int32_t value;
  uint8_t type, size;
  uint8_t op;
  /// Bytes from the start of scratch memory to its results for a block, and to partial results.
  int32_t results, partials;
} elbo_reduction;

/// Reductions over some dimensions of a space, then the finish over the others.
///
/// The dimensions of `body` are the kept ones, then the reduced ones; or, where `has_kept_columns`, the kept ones but
/// the last, then the reduced ones, then the last kept one, so that neighbouring results are the columns of a tile.
/// Those of `finish` are the piece, then the kept ones. Results are arguments of `finish` from `first_result` on.
///
/// With products, a block first multiplies its rows, the kept places, by all columns, the reduced ones.
typedef struct {
  elbo_body body, finish;
  const elbo_products *products;
  /// Of the kept dimensions.
  elbo_grid grid;
  const elbo_reduction *reductions;
  int32_t reduction_count;
  int32_t reduced_rank;
  int64_t reduced_extent[ELBO_RANK];
  int32_t has_kept_columns;
  int32_t first_result;
  /// Reduced places in a piece, and pieces.
  int64_t chunk, piece_count;
  /// Bytes from the start of scratch memory to the values of the finish.
  int32_t finish_values;
} elbo_reduce;

// MARK: Programs

typedef struct elbo_kernel elbo_kernel;

struct elbo_kernel {
  /// Runs one block; `form` is an elbo_map, elbo_reduce, elbo_matmul, elbo_packing or one of those of
  /// elbo_convolution.h.
  void (*run)(const elbo_kernel *kernel, int64_t block, char *scratch);
  const void *form;
  int64_t block_count;
  int32_t argument_count;
  char *argument[ELBO_ARGUMENTS];
};

void elbo_run_map(const elbo_kernel *kernel, int64_t block, char *scratch);
void elbo_run_reduce(const elbo_kernel *kernel, int64_t block, char *scratch);
void elbo_run_matmul(const elbo_kernel *kernel, int64_t block, char *scratch);
void elbo_run_packing(const elbo_kernel *kernel, int64_t block, char *scratch);

/// Kernels that do not depend on one another.
typedef struct {
  const elbo_kernel *kernels;
  int32_t kernel_count;
  int64_t block_count;
  /// How many blocks belong to each thread of the pool.
  const uint32_t *shares;
} elbo_launch;

/// The shares of `thread_count` threads in a launch.
void elbo_fill_shares(const elbo_launch *launch, int32_t thread_count, uint32_t *shares);

/// Threads that take blocks.
typedef struct elbo_pool elbo_pool;

/// A pool of `thread_count` threads, the calling one among them; NULL where they cannot be started.
elbo_pool *elbo_pool_create(int32_t thread_count);
void elbo_pool_destroy(elbo_pool *pool);

/// Returns when no program of the pool is running.
void elbo_pool_wait(elbo_pool *pool);

typedef struct {
  const elbo_launch *launches;
  int32_t launch_count;
  elbo_pool *pool;
  /// Memory for each thread.
  char *scratch;
  int64_t scratch_per_thread;
} elbo_program;

/// Runs all launches in order, `times` times; returns when the last is done. Programs of one pool take turns.
void elbo_run(const elbo_program *program, int64_t times);

/// Runs once and gives the seconds that each launch took.
void elbo_profile(const elbo_program *program, double *seconds);

/// Processors that this process may use.
int32_t elbo_processor_count(void);

#endif
