// The loops for x86-64-v3 (AVX2 and FMA).

#ifdef __x86_64__

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "loops/define.h"
#include "loops/elementwise.h"
#include "loops/moves.h"
#include "loops/random.h"
#include "loops/reductions.h"
#pragma clang attribute pop

#define LEVEL "x86-64-v3"
#define TABLE elbo_loops_v3
#include "loops/table.h"

#endif
