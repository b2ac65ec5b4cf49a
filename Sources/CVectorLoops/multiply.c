// Products of a block, for the forms that begin with them, and the panels that several blocks read.

#include "multiply.h"

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

/// out = left * right, or its transpose, in rows `stride` apart.
static void multiply(
    const elbo_kernel *kernel, const elbo_products *products, const elbo_product *product, int64_t batch, range rows,
    range columns, char *out, int64_t stride, int is_output_transposed, char *scratch) {
  const elbo_matrix *left = &product->left, *right = &product->right;
  const int64_t size = products->is_double ? 8 : 4;
  elbo_operands x = {
      .a = (const float *)element(kernel, left, batch, rows.start, 0, size),
      .b = (const float *)element(kernel, right, batch, 0, columns.start, size),
      .c = (float *)out,
      .rows = rows.count,
      .columns = columns.count,
      .depth = product->depth,
      .a_stride = left->leading,
      .b_stride = right->leading,
      .c_stride = stride,
      .is_a_transposed = left->is_transposed,
      .is_b_transposed = right->is_transposed,
      .panels = product->panels ? product->panels + columns.start * product->depth : 0,
  };
  if (is_output_transposed) {
    // (A B)^T = B^T A^T
    const elbo_operands y = x;
    x.a = y.b, x.a_stride = y.b_stride, x.is_a_transposed = !y.is_b_transposed, x.rows = y.columns;
    x.b = y.a, x.b_stride = y.a_stride, x.is_b_transposed = !y.is_a_transposed, x.columns = y.rows;
  }
  if (products->product) {
    products->product(&x, 0, scratch + products->product_scratch);
    return;
  }
  const int a_order = x.is_a_transposed ? TRANSPOSED : NOT_TRANSPOSED;
  const int b_order = x.is_b_transposed ? TRANSPOSED : NOT_TRANSPOSED;
  const int m = (int)x.rows, n = (int)x.columns, k = (int)x.depth;
  const int lda = (int)x.a_stride, ldb = (int)x.b_stride, ldc = (int)stride;
  if (products->is_double)
    products->dgemm(
        ROW_MAJOR, a_order, b_order, m, n, k, 1, (const double *)x.a, lda, (const double *)x.b, ldb, 0, (double *)out,
        ldc);
  else
    products->sgemm(ROW_MAJOR, a_order, b_order, m, n, k, 1, x.a, lda, x.b, ldb, 0, x.c, ldc);
}

/// The batches, rows and columns of a block.
typedef struct {
  range batch, rows, columns;
} extent;

static extent extent_of(const elbo_products *products, const int64_t *low, const int64_t *high) {
  const int32_t batch = products->batch_rank, rows = products->row_rank;
  return (extent){
      .batch = span(&products->grid, low, high, 0, batch),
      .rows = span(&products->grid, low, high, batch, rows),
      .columns = span(&products->grid, low, high, batch + rows, products->column_rank),
  };
}

void elbo_multiply(
    const elbo_kernel *kernel, const elbo_products *products, const int64_t *low, const int64_t *high, char *scratch,
    elbo_frame *frame) {
  const uint8_t size = products->is_double ? 8 : 4;
  const extent of = extent_of(products, low, high);
  int64_t block_rows = 1, block_columns = 1;
  for (int32_t d = 0; d < products->row_rank; d++) block_rows *= products->grid.largest[products->batch_rank + d];
  for (int32_t d = 0; d < products->column_rank; d++)
    block_columns *= products->grid.largest[products->batch_rank + products->row_rank + d];
  for (int32_t i = 0; i < products->product_count; i++) {
    const elbo_product *product = &products->products[i];
    char *out = scratch + product->block;
    for (int64_t b = 0; b < of.batch.count; b++)
      multiply(
          kernel, products, product, of.batch.start + b, of.rows, of.columns,
          out + b * block_rows * block_columns * size, block_columns, 0, scratch);
    frame->argument[products->first_product + i] = elbo_box_origin(out, &products->grid, low, size);
  }
}

void elbo_multiply_into(
    const elbo_kernel *kernel, const elbo_products *products, const elbo_matrix *output, const int64_t *low,
    const int64_t *high, char *scratch) {
  const extent of = extent_of(products, low, high);
  const uint8_t size = products->is_double ? 8 : 4;
  for (int64_t b = of.batch.start; b < of.batch.start + of.batch.count; b++)
    multiply(
        kernel, products, &products->products[0], b, of.rows, of.columns,
        (char *)element(kernel, output, b, of.rows.start, of.columns.start, size), output->leading,
        output->is_transposed, scratch);
}

void elbo_run_packing(const elbo_kernel *kernel, int64_t block, char *scratch) {
  (void)scratch;
  const elbo_packing *packing = kernel->form;
  const int64_t width = packing->loops->panel_width, first = block * width;
  packing->loops->pack(
      (const float *)element(kernel, &packing->right, 0, 0, first, sizeof(float)), packing->right.leading,
      packing->depth, elbo_least(width, packing->columns - first), packing->panels + first * packing->depth);
}
