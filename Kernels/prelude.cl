// What every program opens with, after elbo_math.h: names for what OpenCL C spells at length, so that the kernels
// read as arithmetic.
//
// The kernels keep to the OpenCL C 1.2 subset: no subgroups, no half precision, no vendor extension.
//
// GLOBAL_PTR and LOCAL_PTR take the element type as an argument instead of being prefixes. That is the one place
// where a pointer's address space is written, so another dialect of C (CUDA has no pointer qualifier for it) can serve
// the same sources by defining the two differently.

#define GLOBAL_PTR(type) __global type *restrict
#define LOCAL_PTR(type) __local type *
