// The loops for x86-64-v3 (AVX2 and FMA).

#ifdef __x86_64__

// A vector of lanes is two registers: of 16 the sums of 6 rows take 12.
#define HAS_MULTIPLY_ADD 1
#define VECTORS_OF_TILE 1
#define TILE_ROWS_F32 6
#define TILE_ROWS_F64 6

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "loops/define.h"
#include "loops/elementwise.h"
#include "loops/moves.h"
#include "loops/random.h"
#include "loops/reductions.h"
#include "loops/tiles.h"

#define LANES 8
#define HEIGHT 6
#define HEIGHTS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define DOT_ROWS 2
#define DOT_COLUMNS 3
#define DOT_TILES(X) X(1, 1) X(1, 2) X(1, 3) X(2, 1) X(2, 2) X(2, 3)
#include "loops/products.h"
#define PRODUCT product_f32
#define PANEL_WIDTH WIDTH
#define PACK pack_columns
#pragma clang attribute pop

#define LEVEL "x86-64-v3"
#define TABLE elbo_loops_v3
#include "loops/table.h"

#endif
