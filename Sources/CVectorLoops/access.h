// Instructions that look at coordinates and arguments.

#ifndef ELBO_ACCESS_H
#define ELBO_ACCESS_H

#include "addressing.h"

/// Where the elements of a load are: in the argument itself, or copied to the value's own place.
void *elbo_load(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x);

void elbo_fill_index(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out);
void elbo_fill_inside(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out);
void elbo_fill_random(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out);

#endif
