// The matmul form: products of a block by OpenBLAS, then the epilogue while the block is in the cache.

#include "grid.h"

enum { ROW_MAJOR = 101, NOT_TRANSPOSED = 111, TRANSPOSED = 112 };

/// A range of a flat index: batches, rows or columns.
typedef struct {
  int64_t start, count;
} range;

/// The range that dimensions first ..< first + rank of a block span. The grid cuts none of them unless those outside it
/// are cut to single places, so the range has no gaps.
static range span(const elbo_grid *grid, const int64_t *low, const int64_t *high, int32_t first, int32_t rank) {
  range result = {0, 1};
  for (int32_t d = first; d < first + rank; d++) {
    result.start = result.start * grid->extent[d] + low[d];
    result.count *= high[d] - low[d];
  }
  return result;
}

static const char *element(
    const elbo_kernel *kernel, const elbo_matrix *x, int64_t batch, int64_t row, int64_t column, int64_t size) {
  int64_t index = x->offset + batch * x->batch_stride + row * x->row_stride + column * x->column_stride;
  return kernel->argument[x->argument] + index * size;
}

static void multiply(
    const elbo_kernel *kernel, const elbo_product *product, int64_t batch, range rows, range columns, char *out,
    int32_t leading, int is_output_transposed) {
  const elbo_matmul *matmul = kernel->form;
  int64_t size = matmul->is_double ? 8 : 4;
  const void *a = element(kernel, &product->left, batch, rows.start, 0, size);
  const void *b = element(kernel, &product->right, batch, 0, columns.start, size);
  int a_order = product->left.is_transposed ? TRANSPOSED : NOT_TRANSPOSED;
  int b_order = product->right.is_transposed ? TRANSPOSED : NOT_TRANSPOSED;
  int m = (int)rows.count, n = (int)columns.count, lda = product->left.leading, ldb = product->right.leading;
  if (is_output_transposed) {
    // (A B)^T = B^T A^T
    const void *swapped = a;
    a = b, b = swapped;
    int order = a_order;
    a_order = b_order == TRANSPOSED ? NOT_TRANSPOSED : TRANSPOSED;
    b_order = order == TRANSPOSED ? NOT_TRANSPOSED : TRANSPOSED;
    int count = m;
    m = n, n = count;
    int stride = lda;
    lda = ldb, ldb = stride;
  }
  if (matmul->is_double)
    matmul->dgemm(ROW_MAJOR, a_order, b_order, m, n, product->depth, 1, a, lda, b, ldb, 0, (double *)out, leading);
  else
    matmul->sgemm(ROW_MAJOR, a_order, b_order, m, n, product->depth, 1, a, lda, b, ldb, 0, (float *)out, leading);
}

void elbo_run_matmul(const elbo_kernel *kernel, int64_t block, char *scratch) {
  const elbo_matmul *matmul = kernel->form;
  const uint8_t size = matmul->is_double ? 8 : 4;
  int64_t low[ELBO_RANK], high[ELBO_RANK];
  elbo_block_corners(&matmul->grid, block, low, high);
  range batch = span(&matmul->grid, low, high, 0, matmul->batch_rank);
  range rows = span(&matmul->grid, low, high, matmul->batch_rank, matmul->row_rank);
  range columns =
      span(&matmul->grid, low, high, matmul->batch_rank + matmul->row_rank, matmul->column_rank);

  if (matmul->is_direct) {
    for (int64_t b = batch.start; b < batch.start + batch.count; b++)
      multiply(
          kernel, &matmul->products[0], b, rows, columns,
          (char *)element(kernel, &matmul->output, b, rows.start, columns.start, size), matmul->output.leading,
          matmul->output.is_transposed);
    return;
  }

  int64_t block_rows = 1, block_columns = 1;
  for (int32_t d = 0; d < matmul->row_rank; d++) block_rows *= matmul->grid.largest[matmul->batch_rank + d];
  for (int32_t d = 0; d < matmul->column_rank; d++)
    block_columns *= matmul->grid.largest[matmul->batch_rank + matmul->row_rank + d];
  elbo_frame frame;
  elbo_frame_begin(&frame, kernel, scratch, 0);
  for (int32_t i = 0; i < matmul->product_count; i++) {
    char *out = scratch + matmul->products[i].block;
    for (int64_t b = 0; b < batch.count; b++)
      multiply(
          kernel, &matmul->products[i], batch.start + b, rows, columns, out + b * block_rows * block_columns * size,
          (int32_t)block_columns, 0);
    frame.argument[matmul->first_product + i] = elbo_box_origin(out, &matmul->grid, low, size);
  }
  elbo_run_box(&matmul->body, &frame, low, high);
}
