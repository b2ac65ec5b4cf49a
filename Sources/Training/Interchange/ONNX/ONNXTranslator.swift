import Graphs
import Tensors

/// Turns a graph into ONNX's, node by node; `ONNXTranslator+Ops.swift` has what each op becomes.
///
/// A value that a graph stretches before it meets others stays small here: ONNX's elementwise ops stretch their inputs
/// themselves. It is stretched where anything else reads it.
struct ONNXTranslator {
  struct Value {
    var name: String
    /// Those of the node, or 1 where the value is still to be stretched.
    var extents: [BatchGraph.Extent]
    /// Whether it is a truth value, where the graph has 1 and 0.
    var isTruth = false
  }

  let source: BatchGraph
  let parameters: ParameterArena
  /// Paths of what the model keeps besides parameters.
  let statePaths: [SourceID: String]
  let inputNames: [String]
  var onnx = ONNXGraph()
  private var values: [NodeID: Value] = [:]

  /// - Parameters:
  ///   - parameters: whose values go along, under their paths.
  ///   - state: the same of what the model keeps besides.
  ///   - inputs: names and sizes, in the order of the source's.
  init(
    _ source: BatchGraph, _ parameters: ParameterArena, _ state: ModelState, inputs: [(name: String, size: Int)]
  ) {
    self.source = source
    statePaths = Dictionary(uniqueKeysWithValues: state.entries.map { ($0.variable.storage.id, $0.path) })
    self.parameters = parameters
    inputNames = inputs.map(\.name)
    for (name, size) in inputs { onnx.addInput(name, [.batches(1), .fixed(size)]) }
  }

  /// Translates all; the names are those of the results.
  mutating func translate(outputs names: [String]) throws {
    // Constants are made where they are read, and the parameters where parts of them are.
    for id in source.graph.reachable(from: source.roots)
    where source.graph.constant(id) == nil && !(isArena(id) && parameters.parameters.count > 1) {
      values[id] = try value(of: id, source.graph[id])
    }
    for (name, root) in zip(names, source.roots) {
      _ = onnx.add("Identity", [try whole(root)], result: name)
      onnx.addOutput(name, source.extents(root), source.graph.type(root))
    }
  }

  func extents(_ id: NodeID) -> [BatchGraph.Extent] { source.extents(id) }

  /// Whether a node is the memory in which all parameters lie.
  func isArena(_ id: NodeID) -> Bool {
    guard case .source(let number) = source.graph[id].op, case .memory(let memory, _) = source.source(number) else {
      return false
    }
    return memory == parameters.variable.storage.id
  }

  /// What a node has become.
  mutating func stored(_ id: NodeID) -> Value {
    if let value = values[id] { return value }
    guard let scalar = source.graph.constant(id) else { preconditionFailure("[onnx] a node before its inputs") }
    let rank = extents(id).count
    let value = Value(name: onnx.scalar(scalar, rank: rank), extents: Array(repeating: .fixed(1), count: rank))
    values[id] = value
    return value
  }

  /// A node as numbers, perhaps still to be stretched.
  mutating func number(_ id: NodeID) -> Value {
    var value = stored(id)
    guard value.isTruth else { return value }
    value.name = onnx.add("Cast", [value.name], [.integer("to", source.graph.type(id).onnxNumber)])
    value.isTruth = false
    values[id] = value
    return value
  }

  /// A node as truth values.
  mutating func truth(_ id: NodeID) -> Value {
    var value = stored(id)
    guard !value.isTruth else { return value }
    value.name = onnx.add("Cast", [value.name], [.integer("to", 9)])
    value.isTruth = true
    return value
  }

  /// The name of a node's numbers in its whole shape.
  mutating func whole(_ id: NodeID) throws -> String {
    var value = number(id)
    let extents = extents(id)
    guard value.extents != extents else { return value.name }
    // An extent of 1 leaves what is there.
    let target = zip(value.extents, extents).map { $0 == $1 ? .fixed(1) : $1 }
    value.name = onnx.add("Expand", [value.name, shape(target)])
    value.extents = extents
    values[id] = value
    return value.name
  }

  /// The name of a list of extents.
  private mutating func shape(_ extents: [BatchGraph.Extent]) -> String {
    let numbers = extents.compactMap { if case .fixed(let count) = $0 { count } else { nil } }
    guard numbers.count < extents.count else { return onnx.integers(numbers) }
    let parts = extents.map { extent in
      switch extent {
      case .fixed(let count): return onnx.integers([count])
      case .batches(let count):
        let size = onnx.add("Shape", [inputNames[0]], [.integer("start", 0), .integer("end", 1)])
        return count == 1 ? size : onnx.add("Mul", [size, onnx.integers([count])])
      }
    }
    return onnx.add("Concat", parts, [.integer("axis", 0)])
  }
}
