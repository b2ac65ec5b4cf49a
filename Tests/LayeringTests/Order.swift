/// What one target may import.
struct Layer {
  let name: String
  /// The package's own modules it may import; all of them stand above it in `order`.
  let imports: Set<String>
  /// Modules of the system it may import.
  let system: Set<String>

  init(_ name: String, _ imports: Set<String> = [], system: Set<String> = []) {
    self.name = name
    self.imports = imports
    self.system = system
  }
}

/// What the standard library does not have: files, clocks, atomics, signals. The graph and its plan need none of it.
private let system: Set<String> = ["FoundationEssentials", "Synchronization", "Glibc"]

private let belowTraining: Set<String> = [
  "CPNG", "CZlib", "Basics", "Graphs", "Plans", "Runtime", "Tensors", "LinearAlgebra", "Layers",
  "Distributions", "Optimizers", "Inference", "ClassicalModels", "Models", "Datasets",
]

/// Every target under `Sources`, `Kernels` and `Benchmarks`, in the order in which a batch passes through them.
///
/// Arrows point up this list. A target that a change adds gets its row here, and a row is widened only where the
/// thing that it then reaches for could not be handed to it from below.
let order: [Layer] = [
  // The tools that the build itself runs.
  Layer("EmbedKernels", system: system),
  Layer("EmbedKernelsPlugin", system: ["Foundation", "PackagePlugin"]),

  // OpenCL C as strings, and the C libraries.
  Layer("Kernels"),
  Layer("CEnvironment"),
  Layer("COpenCL"),
  Layer("COpenBLAS"),
  Layer("CVectorLoops"),
  Layer("CPNG"),
  Layer("CZlib"),

  // Threads and a generator for work in the host's memory, and numbers and lines as text.
  Layer("Basics", system: system),

  // From expressions to launches, without a device.
  Layer("Graphs"),
  Layer("Plans", ["Graphs"]),

  // Devices behind one contract.
  Layer("Runtime", ["Plans", "Graphs"], system: system),
  Layer("OpenCLRuntime", ["Runtime", "Plans", "Graphs", "Kernels", "COpenCL"], system: system),
  Layer("CPURuntime", ["Runtime", "Plans", "Graphs", "COpenBLAS", "CVectorLoops"], system: system),

  // The mathematics.
  Layer("Tensors", ["Runtime", "Plans", "Graphs"], system: system),
  // Float64 on the host, by OpenBLAS: it takes no part in graphs.
  Layer("LinearAlgebra", ["COpenBLAS"], system: system),
  Layer("Layers", ["Tensors"], system: system),
  Layer("Distributions", ["Tensors", "LinearAlgebra", "Basics"], system: system),
  Layer("Optimizers", ["Tensors"], system: system),
  // Chains of latent values stay on the device that they are given.
  Layer("Inference", ["Distributions", "Tensors", "Runtime"], system: system),
  Layer("ClassicalModels", ["Inference", "Distributions", "LinearAlgebra", "Tensors", "Basics"], system: system),
  Layer("Models", ["Inference", "Layers", "Distributions", "Tensors"], system: system),

  // What a user runs.
  Layer("Datasets", ["CPNG", "CZlib", "Basics"], system: system),
  Layer("Training", belowTraining, system: system),
  Layer("Elbo", belowTraining.union(["Training", "OpenCLRuntime", "CPURuntime"]), system: system),
  // It times plans and probes, names what a device's figures depend on, and searches a device's parameters.
  Layer("Harness", ["Elbo", "Basics", "OpenCLRuntime", "CPURuntime", "Plans", "Graphs"], system: system),
  Layer("elbo-cli", ["Elbo", "Harness", "Basics"], system: system),
]

/// Names that belong to one library, and the only targets that may say them.
///
/// Everything else meets the library through `Backend`, so that a device can be added or left out as a whole.
enum OwnedName: CaseIterable {
  case openCL, blas

  var owners: Set<String> {
    switch self {
    case .openCL: ["COpenCL", "OpenCLRuntime"]
    case .blas: ["COpenBLAS", "CPURuntime", "LinearAlgebra"]
    }
  }

  /// Matched against source text without its comments. By default `\b` follows Unicode's rules, by which `api.clFinish`
  /// is one word.
  var pattern: Regex<Substring> {
    switch self {
    case .openCL: /\bcl[A-Z]\w*\s*\(/.wordBoundaryKind(.simple)
    case .blas: /\bcblas_\w*/.wordBoundaryKind(.simple)
    }
  }
}

/// Headers of the package that a C target may include although they lie in another target's folder.
let sharedHeaders: [String: Set<String>] = [
  "CVectorLoops": ["elbo_math.h", "elbo_math64.h", "elbo_random.h", "elbo_random_runs.h"]
]
