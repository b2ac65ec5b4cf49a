import Graphs

// Who reads whom once what is virtual is looked through.
extension Materialization {
  struct Neighbour: Hashable {
    var node: NodeID
    /// Whether each place sees just the same place of the neighbour, in row-major order.
    var atSamePlace: Bool
  }

  /// The nodes in memory that computing a node reads, looking through what is virtual; the node itself is opened even
  /// if it has memory.
  func frontier(of id: NodeID) -> Set<Neighbour> {
    var result = Set<Neighbour>()
    var seen = Set<Neighbour>()
    var stack: [Neighbour] = []
    func open(_ id: NodeID, _ same: Bool) {
      let node = graph[id]
      let same = same && node.op.kind == .elementwise
      for input in node.inputs {
        let next = Neighbour(node: graph.canonical(input), atSamePlace: same)
        if seen.insert(next).inserted { stack.append(next) }
      }
    }
    open(id, true)
    while let next = stack.popLast() {
      if hasMemory(next.node) { result.insert(next) } else { open(next.node, next.atSamePlace) }
    }
    return result
  }

  /// The nodes in memory, and contractions, that read a virtual node, looking through what is virtual.
  func sinks(of id: NodeID) -> Set<Neighbour> {
    var result = Set<Neighbour>()
    var seen = Set<Neighbour>()
    var stack = [Neighbour(node: id, atSamePlace: true)]
    while let next = stack.popLast(), seen.count < 256 {
      for consumer in consumers[next.node.index] {
        let same = next.atSamePlace && graph[consumer].op.kind == .elementwise
        let sink = Neighbour(node: consumer, atSamePlace: same)
        guard seen.insert(sink).inserted else { continue }
        if hasMemory(consumer) { result.insert(sink) } else { stack.append(sink) }
      }
    }
    return result
  }

  /// Whether a stored elementwise node can be computed in the kernel of all these contractions.
  func hosts(_ id: NodeID, _ contractions: [NodeID]) -> Bool {
    guard !isContraction(id) else { return false }
    let neighbours = frontier(of: id)
    let here = neighbours.filter { $0.atSamePlace && isContraction($0.node) }.map(\.node)
    guard let last = here.max(by: { (depth[$0.index], $0) < (depth[$1.index], $1) }) else { return false }
    let members = here.filter { $0 == last || canJoin($0, last) }
    return contractions.allSatisfy(members.contains)
      && neighbours.allSatisfy { neighbour in
        members.allSatisfy { member in
          neighbour.node == member ? neighbour.atSamePlace : !depends(neighbour.node, on: member)
        }
      }
  }

  /// Whether nothing but reductions that one kernel does reads a virtual value, each at every place.
  func isForOneReduction(_ id: NodeID) -> Bool {
    var seen: Set<NodeID> = [id]
    var stack = [id]
    var reduction: NodeID?
    while let next = stack.popLast() {
      for consumer in consumers[next.index] {
        switch graph[consumer].op {
        case .reduce:
          guard graph[consumer].inputs[0] == next, reduction.map({ canJoin($0, consumer) }) ?? true else {
            return false
          }
          reduction = consumer
        case let op where op.kind == .elementwise && !hasMemory(consumer):
          if seen.insert(consumer).inserted { stack.append(consumer) }
        default: return false
        }
      }
    }
    return reduction != nil
  }

  /// Whether two contractions can be one kernel's accumulators: the same iteration space, and neither needs the other.
  func canJoin(_ a: NodeID, _ b: NodeID) -> Bool {
    guard graph[a].type == graph[b].type, !depends(a, on: b), !depends(b, on: a) else { return false }
    switch (graph[a].op, graph[b].op) {
    case (.matmul, .matmul): return graph.shape(a) == graph.shape(b)
    case (.reduce(_, let axes), .reduce(_, let others)):
      return axes == others && graph.shape(graph[a].inputs[0]) == graph.shape(graph[b].inputs[0])
    default: return false
    }
  }
}
