import Graphs
import Plans
import Runtime
import TestSupport
import Testing

/// Whole small training steps, planned and run by the definition of plans, against the graph itself.
@Suite struct ReferenceStepValueTests {
  struct Run: CustomTestStringConvertible {
    var step: ReferenceStep
    var fusing = true
    var order = ReferenceBackend.Order.forward
    var limit = Int.max
    var splits = true
    var sums = false
    var testDescription: String {
      "\(step.widths) \(step.activation) \(step.likelihood) norm \(step.reportsNorm) fusing \(fusing) \(order) "
        + "sums \(sums)"
    }
  }

  static let runs: [Run] = {
    let relu = ReferenceStep(widths: [13, 7, 3], batch: 5, dataCount: 11)
    let withoutNorm = ReferenceStep(widths: [13, 7, 7, 3], batch: 5, dataCount: 11, reportsNorm: false)
    return [
      Run(step: relu), Run(step: relu, fusing: false), Run(step: relu, order: .backward), Run(step: relu, limit: 1280),
      Run(step: ReferenceStep(widths: [13, 7, 3], batch: 5, dataCount: 11, activation: .tanh)),
      Run(step: ReferenceStep(widths: [13, 7, 3], batch: 5, dataCount: 11, activation: .softplus), order: .backward),
      Run(step: ReferenceStep(widths: [9, 8, 6, 5, 1], batch: 1, dataCount: 4, activation: .sigmoid)),
      Run(step: ReferenceStep(widths: [9, 8, 4, 2], batch: 6, dataCount: 6, likelihood: .gaussian)),
      Run(step: ReferenceStep(widths: [9, 8, 4, 2], batch: 6, dataCount: 6, trains: false)),
      Run(step: withoutNorm), Run(step: withoutNorm, order: .backward), Run(step: withoutNorm, fusing: false),
      Run(step: withoutNorm, order: .backward, splits: false),
      Run(step: relu, sums: true), Run(step: relu, order: .backward, sums: true), Run(step: withoutNorm, sums: true),
      Run(step: ReferenceStep(widths: [9, 8, 4, 2], batch: 6, dataCount: 6, likelihood: .gaussian), sums: true),
    ]
  }()

  @Test(arguments: runs) func planGivesTheGraphsValues(_ run: Run) throws {
    let plan = try run.step.plan(
      fusing: run.fusing,
      limits: PlanLimits(
        largestSegmentByteCount: run.limit, splitsConcatenations: run.splits,
        summedProducts: run.sums ? .init(leastRows: 1, mostColumns: 100) : nil))
    let backend = ReferenceBackend(order: run.order)
    var random = SplitMix(seed: 1)
    var values: [SourceID: [Double]] = [:]
    var types: [SourceID: ElementType] = [:]
    for node in run.step.graph.nodes {
      guard case .source(let id) = node.op else { continue }
      types[id] = node.type
      let count = node.shape.elementCount
      switch ReferenceStep.Source(rawValue: id.raw)! {
      case .images: values[id] = random.integers(count, in: 0...255)
      case .counters: values[id] = [7, 9, 2, 0, 1, 0]
      case .secondMoment: values[id] = random.uniform(count, in: 0.001..<0.01).map { Double(Float($0)) }
      case .arena, .firstMoment: values[id] = random.uniform(count, in: -0.5..<0.5).map { Double(Float($0)) }
      }
    }

    var buffers: [any Buffer] = []
    for memory in plan.memory {
      let buffer = try backend.allocate(byteCount: memory.byteCount)
      if case .source(let id) = memory.region { try buffer.write(values[id]!, types[id]!) }
      buffers.append(buffer)
    }
    try backend.prepare(plan, buffers: buffers).run(times: 1)

    let oracle = ReferenceInterpreter(sources: values)
    let assignments = run.step.assignments
    let expected = oracle.evaluate(run.step.outputs + assignments.map(\.value), of: run.step.graph)
    for (index, memory) in plan.memory.enumerated() {
      let reference: Reference
      switch memory.region {
      case .workspace: continue
      case .output(let number): reference = expected[number]
      case .source(let id):
        guard let number = assignments.firstIndex(where: { $0.target == id }) else { continue }
        reference = expected[run.step.outputs.count + number]
      }
      let comparison = compare(try buffers[index].read(reference.type, reference.values.count), reference)
      #expect(comparison.isClose, "\(memory.region): \(comparison)")
    }
  }
}

extension Buffer {
  fileprivate func write(_ values: [Double], _ type: ElementType) throws {
    switch type {
    case .float32: try values.map { Float($0) }.withUnsafeBytes { try write($0, at: 0) }
    case .uint32: try values.map { UInt32($0) }.withUnsafeBytes { try write($0, at: 0) }
    case .uint8: try values.map { UInt8($0) }.withUnsafeBytes { try write($0, at: 0) }
    case .float64, .int32: preconditionFailure("a step has no source of \(type)")
    }
  }

  fileprivate func read(_ type: ElementType, _ count: Int) throws -> [Double] {
    func elements<T>(_ zero: T) throws -> [T] {
      var result = [T](repeating: zero, count: count)
      try result.withUnsafeMutableBytes { try read(into: $0, at: 0) }
      return result
    }
    return type == .uint32 ? try elements(UInt32(0)).map(Double.init) : try elements(Float(0)).map(Double.init)
  }
}
