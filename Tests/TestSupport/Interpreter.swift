import Graphs

/// Evaluates a graph one node at a time in Double, as plainly as it can be said: the oracle of every backend.
///
/// float32 graphs are computed in Double too; only integers are rounded to their type. Every op is a function of
/// `Reference`s (`ReferenceInterpreter.apply`), so that a test can also compute without a graph and its simplifications.
public struct ReferenceInterpreter: Sendable {
  /// The memory that sources name.
  public var sources: [SourceID: [Double]]

  public init(sources: [SourceID: [Double]] = [:]) { self.sources = sources }

  /// The values of nodes of a graph.
  public func evaluate(_ outputs: [NodeID], of graph: Graph) -> [Reference] {
    var known: [Int: Reference] = [:]
    for id in graph.reachable(from: outputs) {
      let node = graph[id]
      if case .source(let source) = node.op {
        guard let values = sources[source] else { fatalError("source \(source.raw) has no value") }
        known[id.index] = Reference(node.shape, node.type, values)
      } else {
        known[id.index] = Self.apply(
          node.op, node.inputs.map { known[$0.index]! }, shape: node.shape, type: node.type)
      }
    }
    return outputs.map { known[$0.index]! }
  }

  /// Evaluates outputs, then assigns: every assigned value is computed from the sources as they were before.
  public mutating func run(
    _ graph: Graph, outputs: [NodeID], assignments: [(SourceID, NodeID)]
  ) -> [Reference] {
    let values = evaluate(outputs + assignments.map(\.1), of: graph)
    for ((source, _), value) in zip(assignments, values[outputs.count...]) { sources[source] = value.values }
    return Array(values[..<outputs.count])
  }

  /// One op, by its own shape rule.
  public static func apply(_ op: Op, _ inputs: [Reference]) throws -> Reference {
    let (shape, type) = try Graph.result(of: op, shapes: inputs.map(\.shape), types: inputs.map(\.type))
    return apply(op, inputs, shape: shape, type: type)
  }

  static func apply(_ op: Op, _ inputs: [Reference], shape: Shape, type: ElementType) -> Reference {
    switch op {
    case .source: preconditionFailure("a source has its own value")
    case .constant(let scalar): return Reference(shape, type, [scalar.value])
    case .iota(_, let axis, _):
      var strides = [Int](repeating: 0, count: shape.rank)
      strides[axis] = 1
      return Reference(shape, type, places(shape, strides: strides).map(Double.init))
    case .random(let kind, _, let stream, _): return random(kind, inputs, stream: stream, shape, type)

    case .unary(let op): return elementwise(inputs, shape, type) { unary(op, $0[0], type) }
    case .binary(let op): return elementwise(inputs, shape, type) { binary(op, $0[0], $0[1], type) }
    case .select: return elementwise(inputs, shape, type) { select($0[0], $0[1], $0[2]) }
    case .cast: return elementwise(inputs, shape, type) { cast($0[0], from: inputs[0].type, to: type) }
    case .shuffle(let count):
      return elementwise(inputs, shape, type) { x in
        let words = x.map { UInt32($0.value) }
        return Approximate(
          Double(
            Shuffle.place(of: words[0], epoch: words[1], seedLow: words[2], seedHigh: words[3], count: UInt32(count))))
      }
    case .stopGradient: return inputs[0]

    case .reshape, .broadcast, .permute, .slice, .pad, .concatenate: return movement(op, inputs, shape, type)

    case .reduce(let op, let axes): return reduce(op, inputs[0], axes: axes, shape)
    case .matmul: return matmul(inputs[0], inputs[1], shape)
    case .convolution(let window):
      return convolution(window, input: inputs[0], filter: inputs[1], output: nil, shape)
    case .convolutionInputGradient(let window, _):
      return convolution(window, input: nil, filter: inputs[1], output: inputs[0], shape)
    case .convolutionFilterGradient(let window, _):
      return convolution(window, input: inputs[0], filter: nil, output: inputs[1], shape)

    // Rows outside are clamped, as in `IndirectRow`.
    case .gather:
      let width = inputs[0].shape.dimensions.dropFirst().reduce(1, *)
      let last = inputs[0].shape[0] - 1
      return picked(
        inputs[0], shape,
        inputs[1].values.flatMap { row in
          let row = min(max(Int(row), 0), last)
          return row * width..<(row + 1) * width
        })
    }
  }

  private static func elementwise(
    _ inputs: [Reference], _ shape: Shape, _ type: ElementType, _ function: ([Approximate]) -> Approximate
  ) -> Reference {
    var result = Reference(shape, type, [Double](repeating: 0, count: shape.elementCount))
    for i in 0..<shape.elementCount { result[i] = function(inputs.map { $0[i] }) }
    return result
  }
}
