import Graphs
import Plans
import Runtime

/// Computes tensors on a device, all in one plan, and gives them realized, in the same order.
///
/// What is realized already stays where it is; a variable is copied, so that its later changes do not show.
///
/// - Throws: what the device throws: out of memory, an element type that it does not have.
public func evaluate(_ tensors: [Tensor], on backend: any Backend) throws -> [Tensor] {
  let pending = tensors.filter { !$0.isSettled }
  guard !pending.isEmpty else { return tensors }
  let trace = Trace.common(of: pending) ?? Trace()
  let nodes = trace.nodes(of: pending)

  // Sources are numbered in the order in which they appear: the same computation on other memory is the same plan.
  var sources: [SourceID] = []
  var numbers: [SourceID: SourceID] = [:]
  let (graph, roots) = trace.graph.composed(nodes) { id in
    if let known = numbers[id] { return known }
    numbers[id] = SourceID(raw: UInt64(sources.count))
    sources.append(id)
    return SourceID(raw: UInt64(sources.count - 1))
  }
  let outputs = Set(roots.filter { graph.constant($0) == nil }).sorted()
  var results: [NodeID: Tensor] = [:]
  if !outputs.isEmpty {
    let plan = try backend.plans.plan(for: PlanCache.Key(graph, outputs: outputs)) {
      try Plan(graph, outputs: outputs, limits: backend.limits)
    }
    let buffers = try plan.memory.map { memory -> any Buffer in
      switch memory.region {
      case .workspace: return try backend.allocate(byteCount: memory.byteCount)
      case .source(let number):
        guard let storage = trace.storage(of: sources[Int(number.raw)]) else {
          preconditionFailure("a source without memory")
        }
        return try storage.buffer(on: backend)
      case .output(let number):
        let (shape, type) = (graph.shape(outputs[number]), graph.type(outputs[number]))
        let storage = try Storage(byteCount: shape.elementCount * type.byteCount, on: backend)
        results[outputs[number]] = Tensor(storage, shape: shape, type: type)
        return try storage.buffer(on: backend)
      }
    }
    let program = try backend.program(for: plan, buffers: buffers)
    try program.run(times: 1)
    // What the program alone holds is freed at the end.
    try program.synchronize()
  }
  var remaining = roots.makeIterator()
  return tensors.map { tensor in
    guard !tensor.isSettled, let root = remaining.next() else { return tensor }
    return results[root] ?? Tensor(known: root, of: graph, in: trace)
  }
}

extension Tensor {
  /// Whether there is nothing to compute.
  fileprivate var isSettled: Bool {
    switch content {
    case .realized(let storage): !storage.isVariable
    case .constant: true
    case .node: false
    }
  }

  /// The tensor computed on a device; several are computed together by `evaluate(_:on:)`.
  public func evaluated(on backend: any Backend) throws -> Tensor { try evaluate([self], on: backend)[0] }

  /// The elements in row-major order, computed on a device, in the Swift type that is the tensor's own.
  public func values<Element: TensorElement>(
    as element: Element.Type = Element.self, on backend: any Backend
  ) throws -> [Element] {
    try evaluated(on: backend).values(as: element)
  }

  /// The elements in row-major order, computed on a device, as Double.
  public func scalars(on backend: any Backend) throws -> [Double] { try evaluated(on: backend).scalars() }

  /// The only element, computed on a device.
  public func scalar(on backend: any Backend) throws -> Double { try evaluated(on: backend).scalar() }
}
