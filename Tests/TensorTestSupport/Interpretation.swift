import Graphs
import Tensors
import TestSupport

/// The elements of tensors by the reference interpreter, in Double, of the graph as it was written; composed it must
/// give the same bits.
public func interpreted(_ tensors: [Tensor]) throws -> [[Double]] {
  let trace = Trace()
  let nodes = trace.nodes(of: tensors)
  let graph = trace.graph
  var interpreter = ReferenceInterpreter()
  for node in graph.nodes {
    guard case .source(let id) = node.op, let storage = trace.storage(of: id) else { continue }
    interpreter.sources[id] = try Tensor(storage, shape: node.shape, type: node.type).scalars()
  }
  let values = interpreter.evaluate(nodes, of: graph).map(\.values)
  let (composed, roots) = graph.composed(nodes)
  let same = interpreter.evaluate(roots, of: composed).map(\.values)
  guard values.map({ $0.map(\.bitPattern) }) == same.map({ $0.map(\.bitPattern) }) else { throw ComposingError() }
  return values
}

/// A graph whose values change when it is composed.
public struct ComposingError: Error, CustomStringConvertible {
  public let description = "the composed graph gives other values than the graph as it was written"
}

public func interpreted(_ tensor: Tensor) throws -> [Double] { try interpreted([tensor])[0] }

/// Whether numbers agree to a few units in the last place of Double, each at the magnitude of 1 or its own.
public func agree(_ found: [Double], _ expected: [Double], ulps: Double = 16) -> Comparison {
  isClose(found, expected, .float64, ulps: ulps, magnitude: expected.map { _ in 1 })
}

/// float64 numbers that are no pattern: a fixed irrational step around the unit interval, moved to -2 ... 2.
public func numbers(_ extents: Int..., from start: Int = 1) -> Tensor {
  let shape = Shape(extents)
  let values = (0..<shape.elementCount).map { i in
    let x = Double(start + i) * 0.618_033_988_749_894_9
    return 4 * (x - x.rounded(.down)) - 2
  }
  return Tensor(values, shape: shape)
}
