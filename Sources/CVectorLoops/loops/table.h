// The table of one level: LEVEL names it, TABLE is its symbol, PRODUCT its product or 0.

#define EVERY(op) {op##_f32, op##_f64, op##_i32, op##_u32, op##_u8}
#define FLOATS(op) {op##_f32, op##_f64, 0, 0, 0}
#define SIZES(op) {op##_u8, op##_u32, op##_u64}
#define CASTS(from) {from##_to_f32, from##_to_f64, from##_to_i32, from##_to_u32, from##_to_u8}
#define REDUCTIONS(op, end) {op##_f32_##end, op##_f64_##end, op##_i32_##end, op##_u32_##end, op##_u8_##end}

const elbo_loops TABLE = {
    .level = LEVEL,
    .unary =
        {EVERY(negate), EVERY(absolute), EVERY(sign), FLOATS(floor), FLOATS(exp), FLOATS(log), FLOATS(log1p),
         FLOATS(expm1), FLOATS(sqrt), FLOATS(reciprocal), FLOATS(sin), FLOATS(cos), FLOATS(tanh),
         FLOATS(sigmoid), FLOATS(softplus), FLOATS(erf), EVERY(relu)},
    .binary =
        {EVERY(add), EVERY(subtract), EVERY(multiply), EVERY(divide), EVERY(maximum), EVERY(minimum),
         FLOATS(power), EVERY(remainder), EVERY(less), EVERY(equal)},
    .select = EVERY(select),
    .cast = {CASTS(f32), CASTS(f64), CASTS(i32), CASTS(u32), CASTS(u8)},
    .triad =
        {{product_plus_f32, product_plus_f64},
         {product_less_f32, product_less_f64},
         {less_product_f32, less_product_f64}},
    .ramp = EVERY(ramp),
    .fill = SIZES(fill),
    .copy = SIZES(copy),
    .spread = SIZES(spread),
    .gather = SIZES(gather),
    .reduce_rows = {REDUCTIONS(sum, rows), REDUCTIONS(maximum_of, rows)},
    .reduce_columns = {REDUCTIONS(sum, columns), REDUCTIONS(maximum_of, columns)},
    .random =
        {{random_bits, random_bits},
         {random_uniform_f32, random_uniform_f64},
         {random_normal_f32, random_normal_f64}},
    .shuffle = shuffle,
    .product = PRODUCT,
    .panel_width = PANEL_WIDTH,
    .pack = PACK,
    .interleave = {interleave_f32, interleave_f64},
    .deinterleave = {deinterleave_f32, deinterleave_f64},
    .tile =
        {{tile_f32_1, tile_f32_2, tile_f32_3, tile_f32_4, tile_f32_5, tile_f32_6, tile_f32_7, tile_f32_8,
          tile_f32_9, tile_f32_10, tile_f32_11, tile_f32_12, tile_f32_13},
         {tile_f64_1, tile_f64_2, tile_f64_3, tile_f64_4, tile_f64_5, tile_f64_6, tile_f64_7, tile_f64_8}},
    .tile_rows = {TILE_ROWS_F32, TILE_ROWS_F64},
};
