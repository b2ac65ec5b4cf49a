// The loops for x86-64-v4 (AVX-512), tuned to use the whole width of the registers.

#ifdef __x86_64__

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,tune=znver4"))), apply_to = function)
#include "loops/define.h"
#include "loops/elementwise.h"
#include "loops/moves.h"
#include "loops/random.h"
#include "loops/reductions.h"
#pragma clang attribute pop

#define LEVEL "x86-64-v4"
#define TABLE elbo_loops_v4
#include "loops/table.h"

#endif
