// What the loop files share. Each `loops_*.c` includes them all once, between a push and a pop of the compilation
// target, so that every loop exists once for each level of the processor.

#include "../include/elbo_loops.h"
#include "elbo_math.h"
#include "elbo_math64.h"
#include "elbo_random.h"

#pragma STDC FP_CONTRACT OFF

// The output may be an operand at the same place, which carries nothing from one round to the next: `restrict` would
// be untrue, and without this word the compiler would check for overlap and find it.
#define VECTOR_LOOP _Pragma("clang loop vectorize(assume_safety)")
#define ELBO_VECTOR_LOOP VECTOR_LOOP
#include "elbo_random_runs.h"

#define LOOP_PARAMETERS                                                                                    \
  void *output, const void *first, const void *second, const void *third, int64_t n, uint32_t scalars

#define UNUSED_PARAMETERS (void)first, (void)second, (void)third, (void)scalars

typedef float f32;
typedef double f64;
typedef int32_t i32;
typedef uint32_t u32;
typedef uint8_t u8;
