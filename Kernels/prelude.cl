// What every program opens with, after elbo_math.h: names for what OpenCL C spells at length, so that the kernels
// read as arithmetic.
//
// The kernels keep to the OpenCL C 1.2 subset: no subgroups, no half precision, no vendor extension.
//
// GLOBAL_PTR, LOCAL_PTR and CONSTANT take the element type as an argument instead of being prefixes. That is the one
// place where an address space is written, so another dialect of C (CUDA has no pointer qualifier for it) can serve the
// same sources by defining the three differently. Only a launch's own parameters are restrict: what stands
// in them tells the compiler of everything that is reached through them.
//
// Each form of kernel is a function of a group's number, in a file for devices of CPU type, where a group is one
// work-item, and one for GPUs, where a group is GROUP_SIZE work-items that share local memory. What differs from kernel
// to kernel stands there as identifiers in capitals, which are replaced when a plan is prepared; a line with names that
// end in _I is written once for each accumulator. A launch is a kernel that hands its groups to such functions.

#define GLOBAL_PTR(type) __global type *
#define LOCAL_PTR(type) __local type *
#define CONSTANT(type) __constant type

// Marks a function that becomes part of its caller, whose arguments are constants there. All are so marked: PoCL's own
// inliner, which runs later, can crash.
#define INLINED static inline __attribute__((always_inline))

// Makes the compiler compute a loop's turns as vectors of 16, where they do not depend on one another.
#define ELBO_VECTOR_LOOP _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)")

// How partial results combine, for scalars and vectors alike. A NaN passes through the greatest.
#define COMBINE_SUM(x, y) ((x) + (y))
#define COMBINE_GREATEST(x, y) ((((x) > (y)) | ((x) != (x))) ? (x) : (y))

// total = total + part, where `lost` keeps what rounding takes from the total (Kahan, "Further remarks on reducing
// truncation errors", 1965): the error of a sum does not grow with the number of its parts. The true total is total -
// lost. Once a total is infinite nothing is lost any more.
#define ADD_PART(type, total, lost, part)              \
  {                                                    \
    const type sum_part = (part) - (lost);             \
    const type sum_total = (total) + sum_part;         \
    const type sum_lost = (sum_total - (total)) - sum_part; \
    (lost) = fabs(sum_lost) < INFINITY ? sum_lost : (type)0; \
    (total) = sum_total;                               \
  }

// The same for whole numbers, of which nothing is lost, and for the greatest.
#define ADD_PART_EXACTLY(type, total, lost, part) (total) += (part);
#define ADD_PART_GREATEST(type, total, lost, part) (total) = COMBINE_GREATEST(total, part);

// result = the 16 components of a vector combined, in halves.
#define FOLD(type, combine, result, vector)            \
  type result;                                         \
  {                                                    \
    const type##16 fold_16 = (vector);                 \
    const type##8 fold_8 = combine(fold_16.lo, fold_16.hi); \
    const type##4 fold_4 = combine(fold_8.lo, fold_8.hi);   \
    const type##2 fold_2 = combine(fold_4.lo, fold_4.hi);   \
    result = combine(fold_2.lo, fold_2.hi);            \
  }

// x * y + z for whole numbers, which wrap around.
#define MULTIPLY_ADD_EXACTLY(x, y, z) ((x) * (y) + (z))
