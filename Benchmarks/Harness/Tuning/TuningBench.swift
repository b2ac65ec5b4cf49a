import Elbo
import Graphs
import OpenCLRuntime
import Plans

/// The kernels of one form, side by side in one plan: a compiler takes half a second for each program, however small.
///
/// Their inputs are small whole numbers, so that sums are exact in whatever order they are taken, and any choice of
/// parameters must give the same bits.
final class TuningBench {
  /// Operations of each kernel, or bytes that it moves where its form is no product.
  let amounts: [Double]
  private let plan: Plan
  /// The kernel that a launch belongs to.
  private let owners: [Int]
  private let buffers: [any Buffer]
  private var results: [any Buffer] = []
  private var expected: [[UInt8]] = []

  /// - Throws: what the device throws.
  init(_ form: TunableParameter.Form, on backend: OpenCLBackend) throws {
    var launches: [Launch] = []
    var memory: [Plan.Memory] = []
    var owners: [Int] = []
    var buffers: [any Buffer] = []
    var amounts: [Double] = []
    for (number, kernel) in KernelCase.tuning(form).enumerated() {
      var graph = Graph()
      let sources = kernel.inputs.enumerated().map {
        graph.source(SourceID(raw: UInt64($0)), shape: $1.shape, type: $1.type)
      }
      let output = kernel.build(&graph, sources)
      let plan = try Plan(graph, outputs: [output], limits: backend.limits)
      for region in plan.memory {
        let buffer = try backend.allocate(byteCount: max(region.byteCount, 1))
        if case .source(let id) = region.region { try Self.fill(buffer, kernel.inputs[Int(id.raw)].type) }
        if case .output = region.region { results.append(buffer) }
        buffers.append(buffer)
      }
      for launch in plan.launches {
        var launch = launch
        for place in launch.kernels.indices {
          for slot in launch.kernels[place].slots.indices { launch.kernels[place].slots[slot].region += memory.count }
        }
        launches.append(launch)
        owners.append(number)
      }
      memory += plan.memory
      let isProduct = form == .product || form == .convolution
      amounts.append(Double(isProduct ? plan.work.operations : plan.work.bytesMoved))
    }
    self.amounts = amounts
    self.owners = owners
    self.buffers = buffers
    plan = Plan(launches: launches, memory: memory)
    expected = try run(backend.prepare(plan, buffers: buffers))
  }

  private static func fill(_ buffer: any Buffer, _ type: ElementType) throws {
    func write<Element: BitwiseCopyable>(_ element: (Int) -> Element) throws {
      try (0..<(buffer.byteCount / type.byteCount)).map(element).withUnsafeBytes { try buffer.write($0, at: 0) }
    }
    switch type {
    case .float32: try write { Float($0 * 31 % 11 - 5) }
    case .float64: try write { Double($0 * 31 % 11 - 5) }
    case .int32, .uint32: try write { Int32($0 * 31 % 251) }
    case .uint8: try write { UInt8($0 * 31 % 251) }
    }
  }

  /// Runs once and reads all results, which held something else before.
  private func run(_ program: any Program) throws -> [[UInt8]] {
    for result in results {
      try [UInt8](repeating: 0xFF, count: result.byteCount).withUnsafeBytes { try result.write($0, at: 0) }
    }
    try program.run(times: 1)
    return try results.map { result in
      var bytes = [UInt8](repeating: 0, count: result.byteCount)
      try bytes.withUnsafeMutableBytes { try result.read(into: $0, at: 0) }
      return bytes
    }
  }

  /// The kernels cut by one choice of parameters.
  struct Candidate {
    let isRight: Bool
    /// Equal for choices that make the same kernels.
    let sources: [String]
    fileprivate let program: any Program
  }

  /// - Throws: what the device throws where it does not take the kernels.
  func candidate(on backend: OpenCLBackend) throws -> Candidate {
    let program = try backend.prepare(plan, buffers: buffers)
    return Candidate(
      isRight: try run(program) == expected, sources: plan.launches.indices.map(program.source(ofLaunch:)),
      program: program)
  }

  /// The seconds that each kernel takes on the device, once.
  func seconds(_ candidate: Candidate) throws -> [Double] {
    var seconds = [Double](repeating: 0, count: amounts.count)
    for (owner, lasted) in zip(owners, try candidate.program.profile()) { seconds[owner] += lasted }
    return seconds
  }
}
