/// The OpenCL C of this folder as text, one static string per file.
///
/// The strings are generated when the package builds: `matmul.cl` becomes `KernelSource.matmul`, and
/// `include/elbo_math.h` becomes `KernelSource.elboMath`. They are joined into programs in the order `elboMath`,
/// `elboMath64` (nothing where `ELBO_FLOAT64` is not defined), `prelude`, `elboRandom`, `elboRandomRuns`, then the forms
/// that a program needs, since a program handed to a driver as text has no folder in which `#include` could look.
public enum KernelSource {}
