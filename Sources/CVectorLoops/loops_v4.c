// The loops for x86-64-v4 (AVX-512), tuned to use the whole width of the registers.

#ifdef __x86_64__

// Of 32 registers two hold a tile's vectors, the others its sums.
#define HAS_MULTIPLY_ADD 1
#define VECTORS_OF_TILE 2
#define TILE_ROWS_F32 13
#define TILE_ROWS_F64 8

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,tune=znver4"))), apply_to = function)
#include "loops/define.h"
#include "loops/elementwise.h"
#include "loops/moves.h"
#include "loops/random.h"
#include "loops/reductions.h"
#include "loops/tiles.h"

#define LANES 16
#define HEIGHT 14
#define HEIGHTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define DOT_ROWS 4
#define DOT_COLUMNS 6
#define DOT_TILES_OF(X, rows) X(rows, 1) X(rows, 2) X(rows, 3) X(rows, 4) X(rows, 5) X(rows, 6)
#define DOT_TILES(X) DOT_TILES_OF(X, 1) DOT_TILES_OF(X, 2) DOT_TILES_OF(X, 3) DOT_TILES_OF(X, 4)
#include "loops/products.h"
#define PRODUCT product_f32
#define PANEL_WIDTH WIDTH
#define PACK pack_columns
#pragma clang attribute pop

#define LEVEL "x86-64-v4"
#define TABLE elbo_loops_v4
#include "loops/table.h"

#endif
