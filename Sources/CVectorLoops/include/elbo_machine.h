// The tile machine: runs an expression over a box of its iteration space, one tile that fits the first-level cache at a
// time, by calling a vector loop for each instruction. Everything here is plain data that the runtime lays out once.
//
//        columns: the last dimension
//       +-----------------+
//       | tile: rows x columns, kept row-major without gaps
//       +-----------------+     rows: the last dimension but one
//       | next tile       |
//
// Short rows: a tile spans the whole width of the box and as many rows as fit. Long rows: a tile is a piece of one row.

#ifndef ELBO_MACHINE_H
#define ELBO_MACHINE_H

#include "elbo_loops.h"

enum {
  /// Dimensions of an iteration space, after adjacent ones were merged.
  ELBO_RANK = 8,
  /// Arguments of a kernel, and results of its contraction, which an expression loads like arguments.
  ELBO_ARGUMENTS = 40,
};

/// offset + sum of stride[d] * coordinate[d], in elements.
typedef struct {
  int64_t offset;
  int64_t stride[ELBO_RANK];
} elbo_affine;

/// 0 <= index < extent.
typedef struct {
  elbo_affine index;
  int64_t extent;
} elbo_bound;

/// Which elements of a tile a value has: what it does not vary over, it has once. A tile of long rows has one row.
typedef enum {
  ELBO_UNIFORM = 0,
  ELBO_BY_COLUMN = 1,
  ELBO_BY_ROW = 2,
  ELBO_FULL = ELBO_BY_COLUMN | ELBO_BY_ROW,
} elbo_extent;

typedef enum {
  /// A vector loop over the operands.
  ELBO_APPLY,
  /// Elements of an argument: `accesses[detail]`.
  ELBO_LOAD,
  /// The affine function of `accesses[detail]`, as a number.
  ELBO_INDEX,
  /// 1 where the bounds of `accesses[detail]` hold.
  ELBO_INSIDE,
  /// Elements of a Philox stream: `accesses[detail]`.
  ELBO_RANDOM,
  /// The keyed permutation of 0 ..< detail.
  ELBO_SHUFFLE,
  /// The operand, repeated to fill the tile.
  ELBO_EXPAND,
  /// Several ops at once: `chains[detail]` computes the values that follow.
  ELBO_CHAIN,
  /// Computed by the chain before it.
  ELBO_LINK,
} elbo_action;

/// Where a load, a random op or a function of the coordinates finds its elements.
typedef struct {
  elbo_affine at;
  const elbo_bound *bounds;
  int32_t bound_count;
  int32_t argument;
  /// The value that gives the row to be added, or -1, and what it counts.
  int32_t row;
  elbo_extent row_extent;
  int64_t row_stride, row_count;
  /// Of a random op: its kind, and its stream.
  int32_t random;
  uint32_t stream;
} elbo_access;

enum {
  /// Streams, uniform elements and outputs of a chain.
  ELBO_CHAIN_VALUES = 40,
};

/// A loop written at run time: `run(addresses, n)` of the values' memory, those that are written last.
typedef struct {
  void (*run)(void *const *addresses, int64_t n);
  const int32_t *values;
  int32_t value_count;
  /// The values first_uniform ..< first_output are single elements.
  int32_t first_uniform, first_output;
} elbo_chain;

/// Computes the value of its own number.
typedef struct {
  elbo_action action;
  elbo_extent extent;
  uint8_t type, size;
  /// For `elbo_loop`.
  uint8_t scalars;
  /// Whether a load may point into memory instead of copying: where it is contiguous, and with rows that lie apart.
  uint8_t may_alias, may_have_pitch;
  int32_t operand[4];
  /// Of ELBO_EXPAND: what the operand has.
  elbo_extent operand_extent;
  int32_t detail;
  /// Bytes from the start of a thread's scratch memory to the value's own place.
  int32_t place;
  elbo_loop loop;
} elbo_instruction;

/// Writes a value, which has every element of the tile, to an argument.
typedef struct {
  elbo_affine at;
  int32_t argument, value;
  uint8_t size;
  /// Whether the value may be computed in the argument's memory: where its places lie together, and where rows lie
  /// apart.
  uint8_t is_direct, may_have_pitch;
} elbo_store;

/// An expression laid out for a tile shape.
typedef struct {
  const elbo_loops *loops;
  const elbo_instruction *instructions;
  const elbo_access *accesses;
  const elbo_chain *chains;
  const elbo_store *stores;
  /// Values past the instructions' are constants: the memory of number `instruction_count` and on.
  const uint64_t *constants;
  int32_t instruction_count, constant_count, store_count;
  /// Instructions that come first and are the same for every tile of a box.
  int32_t prologue_count;
  int32_t rank;
  /// Whether a tile spans rows.
  int32_t has_short_rows;
  /// Elements that a tile may have.
  int64_t tile;
} elbo_body;

/// A thread at work on a box of an iteration space.
typedef struct {
  /// Start of each argument; of a result of a contraction, where coordinate 0 would lie.
  char *argument[ELBO_ARGUMENTS];
  /// Each value of the body: in scratch memory, in an argument, or a constant.
  void **value;
  /// Bytes between the rows of each value, or 0 where they lie side by side.
  int64_t *pitch;
  char *scratch;
  /// The first place of the tile, and its size.
  int64_t at[ELBO_RANK];
  int64_t rows, columns;
} elbo_frame;

/// Instructions of the processor that can be called; NULL where the system forbids it.
void *elbo_code_create(const uint8_t *bytes, int64_t count);
void elbo_code_destroy(void *code, int64_t count);

/// Points the values of a frame to their own places.
void elbo_enter(const elbo_body *body, elbo_frame *frame);

/// Runs the instructions that are the same for every tile of a box; `frame->at` is its low corner, and rows and columns
/// are those of its largest tile.
void elbo_run_prologue(const elbo_body *body, elbo_frame *frame);

/// Runs the other instructions and the stores for the tile at `frame->at`.
void elbo_run_tile(const elbo_body *body, elbo_frame *frame);

/// The most columns (long rows) or rows (short rows) that a tile of a box of this width has.
int64_t elbo_tile_columns(const elbo_body *body, int64_t width);
int64_t elbo_tile_rows(const elbo_body *body, int64_t width);

/// Runs the whole expression for every place of the box low ..< high.
void elbo_run_box(const elbo_body *body, elbo_frame *frame, const int64_t *low, const int64_t *high);

#endif
