// The tile machine: see elbo_machine.h. `access.c` holds the instructions that look at coordinates and arguments.

#include "access.h"

void elbo_enter(const elbo_body *body, elbo_frame *frame) {
  frame->pitch = (int64_t *)(frame->value + body->instruction_count + body->constant_count);
  for (int32_t i = 0; i < body->instruction_count; i++) {
    frame->value[i] = frame->scratch + body->instructions[i].place;
    frame->pitch[i] = 0;
  }
  for (int32_t i = 0; i < body->constant_count; i++)
    frame->value[body->instruction_count + i] = (void *)&body->constants[i];
}

// MARK: Instructions

static void run_expand(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out) {
  int64_t row_stride = (x->operand_extent & ELBO_BY_ROW) ? 1 : 0;
  int64_t column_stride = (x->operand_extent & ELBO_BY_COLUMN) ? 1 : 0;
  body->loops->copy[elbo_size_index(x->size)](
      out, frame->value[x->operand[0]], frame->rows, frame->columns, row_stride, column_stride);
}

static void run_shuffle(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out) {
  const uint32_t *operands[4];
  for (int32_t i = 0; i < 4; i++) operands[i] = frame->value[x->operand[i]];
  body->loops->shuffle(
      out, (uint32_t)x->detail, operands, elbo_rows(frame, x->extent) * elbo_columns(frame, x->extent), x->scalars);
}

static void run_chain(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x) {
  const elbo_chain *chain = &body->chains[x->detail];
  void *addresses[ELBO_CHAIN_VALUES];
  int has_pitch = 0;
  for (int32_t i = 0; i < chain->value_count; i++) addresses[i] = frame->value[chain->values[i]];
  for (int32_t i = 0; i < chain->value_count; i++)
    if (i < chain->first_uniform || i >= chain->first_output) has_pitch |= frame->pitch[chain->values[i]] != 0;
  if (!has_pitch) {
    chain->run(addresses, frame->rows * frame->columns);
    return;
  }
  for (int64_t r = 0; r < frame->rows; r++) {
    chain->run(addresses, frame->columns);
    for (int32_t i = 0; i < chain->value_count; i++) {
      if (i >= chain->first_uniform && i < chain->first_output) continue;
      const int64_t pitch = frame->pitch[chain->values[i]];
      addresses[i] = (char *)addresses[i] + (pitch ? pitch : frame->columns * (int64_t)sizeof(float));
    }
  }
}

static void run(const elbo_body *body, elbo_frame *frame, int32_t begin, int32_t end) {
  void **value = frame->value;
  for (int32_t i = begin; i < end; i++) {
    const elbo_instruction *x = &body->instructions[i];
    switch (x->action) {
      case ELBO_APPLY:
        x->loop(
            value[i], value[x->operand[0]], value[x->operand[1]], value[x->operand[2]],
            elbo_rows(frame, x->extent) * elbo_columns(frame, x->extent), x->scalars);
        break;
      case ELBO_LOAD: value[i] = elbo_load(body, frame, x); break;
      case ELBO_INDEX: elbo_fill_index(body, frame, x, value[i]); break;
      case ELBO_INSIDE: elbo_fill_inside(body, frame, x, value[i]); break;
      case ELBO_RANDOM: elbo_fill_random(body, frame, x, value[i]); break;
      case ELBO_SHUFFLE: run_shuffle(body, frame, x, value[i]); break;
      case ELBO_EXPAND: run_expand(body, frame, x, value[i]); break;
      case ELBO_CHAIN: run_chain(body, frame, x); break;
      case ELBO_LINK: break;
    }
  }
}

// MARK: Tiles

/// Whether the value of a store is computed where it belongs, and then the bytes between its rows, or 0 where its places
/// lie together.
static int is_in_place(const elbo_body *body, const elbo_frame *frame, const elbo_store *store, int64_t *pitch) {
  int64_t row_stride = store->at.stride[body->rank - 2], column_stride = store->at.stride[body->rank - 1];
  if (!store->is_direct || (frame->columns > 1 && column_stride != 1)) return 0;
  *pitch = frame->rows == 1 || row_stride == frame->columns ? 0 : row_stride * store->size;
  return *pitch == 0 || store->may_have_pitch;
}

static char *destination(const elbo_body *body, const elbo_frame *frame, const elbo_store *store) {
  return frame->argument[store->argument] + elbo_index(&store->at, body->rank, frame->at) * store->size;
}

void elbo_run_prologue(const elbo_body *body, elbo_frame *frame) { run(body, frame, 0, body->prologue_count); }

void elbo_run_tile(const elbo_body *body, elbo_frame *frame) {
  for (int32_t i = 0; i < body->store_count; i++) {
    const elbo_store *store = &body->stores[i];
    if (!store->is_direct) continue;
    int64_t pitch = 0;
    const int is_there = is_in_place(body, frame, store, &pitch);
    frame->value[store->value] =
        is_there ? destination(body, frame, store) : frame->scratch + body->instructions[store->value].place;
    frame->pitch[store->value] = is_there ? pitch : 0;
  }
  run(body, frame, body->prologue_count, body->instruction_count);
  for (int32_t i = 0; i < body->store_count; i++) {
    const elbo_store *store = &body->stores[i];
    int64_t pitch;
    if (is_in_place(body, frame, store, &pitch)) continue;
    body->loops->spread[elbo_size_index(store->size)](
        destination(body, frame, store), frame->value[store->value], frame->rows, frame->columns,
        store->at.stride[body->rank - 2], store->at.stride[body->rank - 1]);
  }
}

// MARK: Boxes

int64_t elbo_tile_columns(const elbo_body *body, int64_t width) {
  if (body->has_short_rows) return width;
  int64_t pieces = elbo_quotient_up(width, body->tile);
  // Whole vectors, so that only the last piece has a remainder.
  return elbo_quotient_up(elbo_quotient_up(width, pieces), 16) * 16;
}

int64_t elbo_tile_rows(const elbo_body *body, int64_t width) {
  return body->has_short_rows ? elbo_most(1, body->tile / width) : 1;
}

void elbo_run_box(const elbo_body *body, elbo_frame *frame, const int64_t *low, const int64_t *high) {
  const int32_t row = body->rank - 2, column = body->rank - 1;
  for (int32_t d = 0; d < body->rank; d++) {
    if (high[d] <= low[d]) return;
    frame->at[d] = low[d];
  }
  int64_t width = high[column] - low[column];
  int64_t columns = elbo_tile_columns(body, width), rows = elbo_tile_rows(body, width);
  elbo_enter(body, frame);
  frame->rows = elbo_least(rows, high[row] - low[row]);
  frame->columns = elbo_least(columns, width);
  elbo_run_prologue(body, frame);
  for (;;) {
    for (frame->at[row] = low[row]; frame->at[row] < high[row]; frame->at[row] += rows) {
      frame->rows = elbo_least(rows, high[row] - frame->at[row]);
      for (frame->at[column] = low[column]; frame->at[column] < high[column]; frame->at[column] += columns) {
        frame->columns = elbo_least(columns, high[column] - frame->at[column]);
        elbo_run_tile(body, frame);
      }
    }
    int32_t d = row - 1;
    while (d >= 0 && ++frame->at[d] == high[d]) {
      frame->at[d] = low[d];
      d -= 1;
    }
    if (d < 0) return;
  }
}
