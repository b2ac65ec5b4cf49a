// Arithmetic shared by every device: this file is compiled as C11 by CVectorLoops and as OpenCL C 1.2 by the OpenCL
// devices, from the same text, so that the two agree bit for bit where rounding allows it.
//
// Only the subset common to both languages may appear here: no libm call, no address space, no union.

#ifndef ELBO_MATH_H
#define ELBO_MATH_H

#ifdef __OPENCL_C_VERSION__
#define ELBO_INLINE inline
typedef uint elbo_u32;
typedef ulong elbo_u64;
#else
#include <stdint.h>
#define ELBO_INLINE static inline
typedef uint32_t elbo_u32;
typedef uint64_t elbo_u64;
#endif

#endif
