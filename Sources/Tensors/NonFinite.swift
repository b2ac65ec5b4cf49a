import Graphs
import Runtime

/// Where numbers stopped being finite: an op whose operands are finite and whose value is not.
public struct NonFinite: Hashable, Sendable {
  /// The op, such as `exp`; `source` where the memory itself is not finite.
  public let op: String
  public let shape: Shape
  /// Elements that are infinite or no numbers.
  public let count: Int
  /// The memory behind a `source`.
  public let source: SourceID?
  /// Pieces of memory that the value depends on, the nearest first, in elements; nil for the whole of it.
  public let origins: [Origin]

  /// A piece of memory that a value was computed from.
  public struct Origin: Hashable, Sendable {
    public let source: SourceID
    public let elements: Range<Int>?
  }
}

/// The first op of a computation at which numbers stop being finite on the way to any of these tensors, or nil where all
/// of them are finite.
///
/// Every value on the way is computed and read, so this is for finding a fault and not for every day. An infinity that
/// nothing non-finite comes of, such as a mask's, is none.
///
/// - Throws: what computing the tensors throws.
public func firstNonFinite(onTheWayTo tensors: [Tensor], on backend: any Backend) throws -> NonFinite? {
  let trace = Trace.common(of: tensors) ?? Trace()
  let roots = trace.nodes(of: tensors)
  let graph = trace.graph
  let nodes = graph.reachable(from: roots).filter { graph.type($0).isFloatingPoint }
  var bad: [NodeID: Int] = [:]
  for batch in batches(of: nodes, graph) {
    let values = try evaluate(batch.map { Tensor($0, in: trace) }, on: backend)
    for (node, value) in zip(batch, values) {
      let count = try value.scalars().count { !$0.isFinite }
      if count > 0 { bad[node] = count }
    }
  }
  // Backwards from the tensors through what is not finite, to where it began.
  var seen: Set<NodeID> = []
  var open = roots.filter { bad[$0] != nil }
  var beginnings: [NodeID] = []
  while let node = open.popLast() {
    guard seen.insert(node).inserted else { continue }
    let operands = graph[node].inputs.filter { bad[$0] != nil }
    if operands.isEmpty { beginnings.append(node) }
    open += operands
  }
  guard let first = beginnings.min(), let count = bad[first] else { return nil }
  var source: SourceID?
  if case .source(let id) = graph[first].op { source = id }
  return NonFinite(
    op: graph[first].op.name, shape: graph.shape(first), count: count, source: source,
    origins: origins(of: first, graph))
}

/// Nodes in groups whose values fit into memory together.
private func batches(of nodes: [NodeID], _ graph: Graph) -> [[NodeID]] {
  var batches: [[NodeID]] = [[]]
  var size = 0
  for node in nodes {
    let bytes = graph.shape(node).elementCount * graph.type(node).byteCount
    if size + bytes > 1 << 26 || batches[batches.count - 1].count >= 64 {
      batches.append([])
      size = 0
    }
    batches[batches.count - 1].append(node)
    size += bytes
  }
  return batches.filter { !$0.isEmpty }
}

/// The pieces of memory behind a node, breadth first.
private func origins(of node: NodeID, _ graph: Graph) -> [NonFinite.Origin] {
  var found: [NonFinite.Origin] = []
  var seen: Set<NodeID> = [node]
  var level = [(node, nil as Range<Int>?)]
  while !level.isEmpty {
    var next: [(NodeID, Range<Int>?)] = []
    for (node, piece) in level {
      switch graph[node].op {
      case .source(let id):
        let origin = NonFinite.Origin(source: id, elements: piece)
        if !found.contains(origin) { found.append(origin) }
      case .slice(let start, let end) where start.count == 1:
        next += graph[node].inputs.map { ($0, start[0]..<end[0]) }
      default:
        next += graph[node].inputs.filter { seen.insert($0).inserted }.map { ($0, nil) }
      }
    }
    level = next
  }
  return found
}
