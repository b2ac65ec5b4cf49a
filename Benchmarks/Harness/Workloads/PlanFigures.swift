import Plans

/// What a step asks of a device, as its plan says: these figures hold wherever the plan runs.
public struct PlanFigures: Hashable, Sendable, Codable {
  /// Times that the device is told to begin something.
  public var launches: Int
  /// Kernels in all launches together.
  public var kernels: Int
  /// Bytes of scratch memory.
  public var workspaceBytes: Int
  /// Floating-point operations, products among them.
  public var operations: Int
  /// Those of matrix products and convolutions.
  public var productOperations: Int
  /// Bytes that kernels read and write, each element once for each kernel.
  public var bytesMoved: Int

  public init(_ plan: Plan) {
    let bound = plan.launches.flatMap(\.kernels)
    let work = plan.work
    launches = plan.launches.count
    kernels = bound.count
    workspaceBytes = plan.workspaceByteCount
    operations = work.operations
    productOperations = bound.reduce(0) { $0 + $1.kernel.productOperations }
    bytesMoved = work.bytesMoved
  }
}

extension PlanFigures {
  /// The figures of workloads for a reader.
  public static func lines(_ figures: [(name: String, batch: Int, figures: PlanFigures)]) -> [String] {
    var table = TextTable([
      "workload", ">batch", ">launches", ">kernels", ">scratch bytes", ">GFLOP", ">of products", ">MB moved",
    ])
    for (name, batch, figures) in figures {
      table.append([
        name, "\(batch)", "\(figures.launches)", "\(figures.kernels)", "\(figures.workspaceBytes)",
        short(Double(figures.operations) * 1e-9), short(Double(figures.productOperations) * 1e-9),
        short(Double(figures.bytesMoved) * 1e-6),
      ])
    }
    return table.lines
  }
}

extension Kernel {
  /// Additions and multiplications of a matrix product or a convolution.
  var productOperations: Int {
    switch form {
    case .map: 0
    case .reduce(let reduction): reduction.products?.work.operations ?? 0
    case .matmul(let contraction): contraction.work.operations
    case .convolution(let convolution):
      2 * convolution.output.elementCount * convolution.filter.dimensions.dropFirst().reduce(1, *)
    }
  }
}
