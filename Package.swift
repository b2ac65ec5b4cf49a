// swift-tools-version: 6.2
import PackageDescription

/// The targets stand in the order in which a batch passes through them; an arrow may only point up this list.
/// `Tests/LayeringTests` holds the sources to it.
let package = Package(
  name: "Elbo",
  products: [
    .library(name: "Elbo", targets: ["Elbo"]),
    .executable(name: "elbo", targets: ["elbo-cli"]),
  ],
  targets: [
    // The OpenCL C, embedded as strings: the plugin reads the folder, so a new kernel file needs no line here.
    .target(
      name: "Kernels",
      path: "Kernels",
      sources: ["KernelSource.swift"],
      plugins: ["EmbedKernelsPlugin"]),
    .plugin(
      name: "EmbedKernelsPlugin", capability: .buildTool(), dependencies: ["EmbedKernels"],
      path: "Sources/EmbedKernelsPlugin"),
    .executableTarget(name: "EmbedKernels"),

    // Threads and a generator for work in the host's memory, and numbers and lines as text.
    .target(name: "Basics"),

    // From expressions to launches, without a device.
    .target(name: "Graphs"),
    .target(name: "Plans", dependencies: ["Graphs"]),

    // Devices behind one contract.
    .target(name: "Runtime", dependencies: ["Plans", "Graphs"]),
    .target(name: "CEnvironment"),
    .target(name: "COpenCL", dependencies: ["CEnvironment"]),
    .target(name: "OpenCLRuntime", dependencies: ["Runtime", "Plans", "Graphs", "Kernels", "COpenCL"]),
    .target(name: "COpenBLAS", dependencies: ["CEnvironment"]),
    .target(name: "CVectorLoops", cSettings: [.headerSearchPath("../../Kernels/include")]),
    .target(name: "CPURuntime", dependencies: ["Runtime", "Plans", "Graphs", "COpenBLAS", "CVectorLoops"]),

    // Tensors and what is computed with them.
    .target(name: "Tensors", dependencies: ["Runtime", "Plans", "Graphs"]),
    .target(name: "LinearAlgebra", dependencies: ["COpenBLAS"]),
    .target(name: "Layers", dependencies: ["Tensors"]),
    .target(name: "Distributions", dependencies: ["LinearAlgebra", "Tensors", "Basics"]),
    .target(name: "Optimizers", dependencies: ["Tensors"]),
    .target(name: "Inference", dependencies: ["Distributions", "Tensors", "Runtime"]),
    .target(
      name: "ClassicalModels", dependencies: ["Inference", "Distributions", "LinearAlgebra", "Tensors", "Basics"]),
    .target(name: "Models", dependencies: ["Inference", "Layers", "Distributions", "Tensors"]),

    // Data and pictures.
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .target(name: "Datasets", dependencies: ["CPNG", "CZlib", "Basics"]),

    // Training and the folder it leaves.
    .target(
      name: "Training",
      dependencies: [
        "Datasets", "ClassicalModels", "Models", "Inference", "LinearAlgebra", "Optimizers", "Distributions", "Layers",
        "Tensors", "Runtime", "Graphs",
      ]),

    // What users import, and the choice of device.
    .target(
      name: "Elbo",
      dependencies: [
        "Training", "Datasets", "ClassicalModels", "Models", "Inference", "LinearAlgebra", "Optimizers",
        "Distributions", "Layers", "Tensors", "CPURuntime", "OpenCLRuntime", "Runtime",
      ]),

    // Steps per second.
    .target(
      name: "Harness", dependencies: ["Elbo", "Basics", "OpenCLRuntime", "CPURuntime", "Plans", "Graphs"],
      path: "Benchmarks/Harness"),

    // The commands.
    .executableTarget(name: "elbo-cli", dependencies: ["Elbo", "Harness", "Basics"]),

    // Tests.
    .target(name: "TestSupport", dependencies: ["Runtime", "Plans", "Graphs"], path: "Tests/TestSupport"),
    .target(
      name: "TensorTestSupport", dependencies: ["Tensors", "Graphs", "TestSupport"], path: "Tests/TensorTestSupport"),
    .target(
      name: "DeviceTestSupport", dependencies: ["CPURuntime", "OpenCLRuntime", "TestSupport", "Runtime", "Graphs"],
      path: "Tests/DeviceTestSupport"),
    .testTarget(name: "BasicsTests", dependencies: ["Basics"]),
    .testTarget(name: "TestSupportTests", dependencies: ["TestSupport", "Runtime", "Plans", "Graphs"]),
    .testTarget(name: "CommandTests", dependencies: ["elbo-cli", "Elbo"], exclude: ["Help"]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: [
        "CPURuntime", "OpenCLRuntime", "DeviceTestSupport", "TestSupport", "Runtime", "Plans", "Graphs",
      ]),
    .testTarget(name: "LayeringTests"),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "EmbedKernels"]),
    .testTarget(name: "GraphsTests", dependencies: ["Graphs", "TestSupport"]),
    .target(name: "CAllocation", path: "Tests/CAllocation"),
    .testTarget(
      name: "CPURuntimeTests",
      dependencies: ["CPURuntime", "CVectorLoops", "Runtime", "Plans", "Graphs", "TestSupport", "CAllocation"]),
    .testTarget(
      name: "TensorsTests",
      dependencies: ["Tensors", "Runtime", "Plans", "Graphs", "TensorTestSupport", "TestSupport"]),
    .testTarget(name: "LayersTests", dependencies: ["Layers", "Tensors", "TensorTestSupport", "TestSupport"]),
    .testTarget(
      name: "DistributionsTests",
      dependencies: ["Distributions", "Tensors", "DeviceTestSupport", "TensorTestSupport", "TestSupport"]),
    .testTarget(name: "OptimizersTests", dependencies: ["Optimizers", "Tensors", "TestSupport"]),
    .testTarget(
      name: "InferenceTests",
      dependencies: ["Inference", "Distributions", "Tensors", "DeviceTestSupport", "TensorTestSupport"]),
    .testTarget(
      name: "ModelsTests",
      dependencies: [
        "Models", "Inference", "Layers", "Optimizers", "Distributions", "Tensors", "CPURuntime", "Runtime", "Graphs",
        "DeviceTestSupport", "TensorTestSupport", "TestSupport",
      ]),
    .testTarget(name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"]),
    .testTarget(
      name: "ClassicalModelsTests",
      dependencies: [
        "ClassicalModels", "Datasets", "Inference", "Optimizers", "Distributions", "LinearAlgebra", "Tensors",
        "CPURuntime",
      ]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Basics"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Datasets", "Models", "Inference", "Optimizers", "Distributions", "Layers", "Tensors", "CPURuntime",
        "Runtime", "TestSupport",
      ]),
    .testTarget(name: "ElboTests", dependencies: ["Elbo"]),
    .testTarget(name: "HarnessTests", dependencies: ["Harness", "Elbo", "Plans"]),
    // A program of its own: it replaces functions of the C library and of Swift's.
    .target(name: "CCallCounts", path: "Tests/CCallCounts"),
    .executableTarget(
      name: "replay-counts", dependencies: ["Harness", "Elbo", "CCallCounts"], path: "Tests/ReplayCounts"),
    .testTarget(
      name: "OpenCLRuntimeTests", dependencies: ["OpenCLRuntime", "Runtime", "Plans", "Graphs", "TestSupport"]),
    .testTarget(name: "PlansTests", dependencies: ["Runtime", "Plans", "Graphs", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

// Warnings are errors in `.ci/run`, and only there: what a later compiler warns of must not stop anyone's build.
if Context.environment["ELBO_STRICT"] != nil {
  for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    target.cSettings = (target.cSettings ?? []) + [.enableWarning("all"), .treatAllWarnings(as: .error)]
  }
}
