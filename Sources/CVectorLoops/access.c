// Loads, indices, masks and random numbers: whatever depends on where a tile lies.

#include "access.h"

// MARK: Bounds

typedef struct {
  int64_t begin, end;
} interval;

/// The columns of row `row` of the tile for which all bounds hold; each bound holds on an interval.
static interval columns_inside(
    const elbo_body *body, const elbo_frame *frame, const elbo_access *access, int64_t row, int64_t columns) {
  interval inside = {0, columns};
  for (int32_t i = 0; i < access->bound_count; i++) {
    const elbo_bound *bound = &access->bounds[i];
    int64_t step = bound->index.stride[body->rank - 1];
    int64_t first = elbo_index(&bound->index, body->rank, frame->at) + row * bound->index.stride[body->rank - 2];
    if (step == 0) {
      if (first < 0 || first >= bound->extent) inside.end = inside.begin;
      continue;
    }
    // Mirrored, a falling index rises.
    int64_t rise = step > 0 ? step : -step;
    int64_t start = step > 0 ? first : bound->extent - 1 - first;
    int64_t begin = start >= 0 ? 0 : elbo_quotient_up(-start, rise);
    int64_t end = start >= bound->extent ? 0 : elbo_quotient_up(bound->extent - start, rise);
    inside.begin = elbo_most(inside.begin, begin);
    inside.end = elbo_least(inside.end, end);
  }
  if (inside.end <= inside.begin) inside.begin = inside.end = 0;
  return inside;
}

static int is_all_inside(
    const elbo_body *body, const elbo_frame *frame, const elbo_access *access, int64_t rows, int64_t columns) {
  if (access->bound_count == 0) return 1;
  // Bounds are affine: what holds in the first and the last row holds between them.
  interval first = columns_inside(body, frame, access, 0, columns);
  interval last = columns_inside(body, frame, access, rows - 1, columns);
  return first.end - first.begin == columns && last.end - last.begin == columns;
}

// MARK: Loads

/// How far the row that is data moves an element, in elements.
static int64_t row_offset(const elbo_access *access, int32_t row) {
  int64_t clamped = row < 0 ? 0 : (row >= access->row_count ? access->row_count - 1 : row);
  return clamped * access->row_stride;
}

void *elbo_load(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x) {
  const elbo_access *access = &body->accesses[x->detail];
  const elbo_loops *loops = body->loops;
  int32_t size = elbo_size_index(x->size);
  int64_t rows = elbo_rows(frame, x->extent), columns = elbo_columns(frame, x->extent);
  int64_t row_stride = access->at.stride[body->rank - 2], column_stride = access->at.stride[body->rank - 1];
  int64_t index = elbo_index(&access->at, body->rank, frame->at);
  char *argument = frame->argument[access->argument];
  char *own = frame->scratch + x->place;
  const int32_t *row_values = access->row >= 0 ? frame->value[access->row] : 0;
  int is_one_row = access->row < 0 || access->row_extent == ELBO_UNIFORM;
  frame->pitch[x - body->instructions] = 0;
  if (is_one_row && row_values) index += row_offset(access, row_values[0]);

  if (is_one_row && is_all_inside(body, frame, access, rows, columns)) {
    char *from = argument + index * x->size;
    if (x->may_alias && (columns == 1 || column_stride == 1)) {
      const int64_t pitch = rows == 1 || row_stride == columns ? 0 : row_stride * x->size;
      if (pitch == 0 || x->may_have_pitch) {
        frame->pitch[x - body->instructions] = pitch;
        return from;
      }
    }
    loops->copy[size](own, from, rows, columns, row_stride, column_stride);
    return own;
  }

  static const uint64_t zero = 0;
  for (int64_t r = 0; r < rows; r++) {
    interval inside = columns_inside(body, frame, access, r, columns);
    char *out = own + r * columns * x->size;
    int64_t start = index + r * row_stride + inside.begin * column_stride;
    int64_t count = inside.end - inside.begin;
    loops->fill[size](out, &zero, inside.begin);
    loops->fill[size](out + inside.end * x->size, &zero, columns - inside.end);
    if (count == 0) continue;
    out += inside.begin * x->size;
    if (is_one_row) {
      loops->copy[size](out, argument + start * x->size, 1, count, 0, column_stride);
    } else if (access->row_extent == ELBO_BY_ROW) {
      int64_t moved = start + row_offset(access, row_values[r]);
      loops->copy[size](out, argument + moved * x->size, 1, count, 0, column_stride);
    } else {
      const int32_t *values = row_values + (access->row_extent == ELBO_FULL ? r * columns : 0) + inside.begin;
      loops->gather[size](
          out, argument + start * x->size, values, access->row_count, access->row_stride, column_stride, count);
    }
  }
  return own;
}

// MARK: Functions of the coordinates

void elbo_fill_index(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out) {
  const elbo_access *access = &body->accesses[x->detail];
  int64_t rows = elbo_rows(frame, x->extent), columns = elbo_columns(frame, x->extent);
  int64_t row_stride = access->at.stride[body->rank - 2], column_stride = access->at.stride[body->rank - 1];
  int64_t start = elbo_index(&access->at, body->rank, frame->at);
  for (int64_t r = 0; r < rows; r++)
    body->loops->ramp[x->type]((char *)out + r * columns * x->size, start + r * row_stride, column_stride, columns);
}

void elbo_fill_inside(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out) {
  const elbo_access *access = &body->accesses[x->detail];
  int64_t rows = elbo_rows(frame, x->extent), columns = elbo_columns(frame, x->extent);
  for (int64_t r = 0; r < rows; r++) {
    interval inside = columns_inside(body, frame, access, r, columns);
    char *row = (char *)out + r * columns * x->size;
    body->loops->ramp[x->type](row, 0, 0, columns);
    body->loops->ramp[x->type](row + inside.begin * x->size, 1, 0, inside.end - inside.begin);
  }
}

// MARK: Random numbers

void elbo_fill_random(const elbo_body *body, elbo_frame *frame, const elbo_instruction *x, void *out) {
  const elbo_access *access = &body->accesses[x->detail];
  const uint32_t *state = (const uint32_t *)frame->argument[access->argument];
  const elbo_stream stream = {state[0], state[1], state[2], access->stream};
  int64_t rows = elbo_rows(frame, x->extent), columns = elbo_columns(frame, x->extent);
  int64_t row_stride = access->at.stride[body->rank - 2], column_stride = access->at.stride[body->rank - 1];
  int64_t start = elbo_index(&access->at, body->rank, frame->at);
  const int32_t *row_values = access->row >= 0 ? frame->value[access->row] : 0;
  if (row_values && access->row_extent == ELBO_UNIFORM) {
    start += row_values[0] * access->row_stride;
    row_values = 0;
  }
  void (*draw)(void *, const elbo_stream *, uint64_t, int64_t) =
      body->loops->random[access->random][x->size == 8 ? 1 : 0];

  if (!row_values && (columns == 1 || column_stride == 1) && (rows == 1 || row_stride == columns)) {
    draw(out, &stream, (uint64_t)start, rows * columns);
    return;
  }
  int has_row_runs = column_stride == 1 && !(row_values && (access->row_extent & ELBO_BY_COLUMN));
  for (int64_t r = 0; r < rows; r++) {
    char *row = (char *)out + r * columns * x->size;
    int64_t first = start + r * row_stride;
    if (has_row_runs) {
      if (row_values) first += row_values[r] * access->row_stride;
      draw(row, &stream, (uint64_t)first, columns);
      continue;
    }
    for (int64_t c = 0; c < columns; c++) {
      int64_t moved = 0;
      if (row_values) {
        int64_t place = ((access->row_extent & ELBO_BY_ROW) ? r : 0)
                * ((access->row_extent & ELBO_BY_COLUMN) ? columns : 1)
            + ((access->row_extent & ELBO_BY_COLUMN) ? c : 0);
        moved = row_values[place] * access->row_stride;
      }
      draw(row + c * x->size, &stream, (uint64_t)(first + c * column_stride + moved), 1);
    }
  }
}
