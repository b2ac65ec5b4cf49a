// Products of a block, for the forms that begin with them.

#ifndef ELBO_PRODUCTS_H
#define ELBO_PRODUCTS_H

#include "grid.h"

/// Multiplies what a block of the products' grid needs, into scratch memory, which become arguments of the frame.
void elbo_multiply(
    const elbo_kernel *kernel, const elbo_products *products, const int64_t *low, const int64_t *high, char *scratch,
    elbo_frame *frame);

#endif
