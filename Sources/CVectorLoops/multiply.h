// Products of a block, for the forms that begin with them.

#ifndef ELBO_MULTIPLY_H
#define ELBO_MULTIPLY_H

#include "grid.h"

/// Multiplies what a block of the products' grid needs into scratch memory; the results become arguments of the frame.
void elbo_multiply(
    const elbo_kernel *kernel, const elbo_products *products, const int64_t *low, const int64_t *high, char *scratch,
    elbo_frame *frame);

/// Writes a block of the only product where it belongs.
void elbo_multiply_into(
    const elbo_kernel *kernel, const elbo_products *products, const elbo_matrix *output, const int64_t *low,
    const int64_t *high, char *scratch);

#endif
