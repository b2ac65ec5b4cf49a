import Graphs

// An elementwise function of a concatenation is the concatenation of that function of its pieces. Said so, each piece
// of it joins the kernel that computes the piece: an optimizer's rule over all gradients, one after the other, becomes
// the epilogue of every gradient's own kernel, and the gradients are never in memory.
extension Graph {
  /// The same results, computed piece by piece wherever concatenations are read by elementwise ops only, up to results.
  func distributed(_ results: [NodeID]) -> (graph: Graph, results: [NodeID]) {
    var (graph, results) = (self, results)
    // Each turn has one concatenation less that is no result.
    while let (whole, readers) = graph.distributable(results) {
      (graph, results) = graph.distributing(whole, over: readers, results)
    }
    return (graph, results)
  }

  // MARK: Where it applies

  /// A concatenation of which nothing but its pieces is needed, and all that is computed from it; of several the one
  /// with most contractions among its pieces.
  private func distributable(_ results: [NodeID]) -> (whole: NodeID, readers: Set<NodeID>)? {
    let live = reachable(from: results)
    let wholes = live.filter(isFlatConcatenation)
    if wholes.isEmpty { return nil }
    var consumers = [[NodeID]](repeating: [], count: nodes.count)
    for id in live { for input in Set(self[id].inputs) { consumers[input.index].append(id) } }
    let direct = Set(results.map(canonical))
    func contractions(_ id: NodeID) -> Int {
      self[id].inputs.count { self[canonical($0)].op.kind == .contraction }
    }
    for whole in wholes.sorted(by: { (-contractions($0), $0) < (-contractions($1), $1) })
    where !direct.contains(whole) {
      if let readers = elementwiseReaders(of: whole, consumers) { return (whole, readers) }
    }
    return nil
  }

  /// Whether a node's inputs lie one after the other in row-major order.
  private func isFlatConcatenation(_ id: NodeID) -> Bool {
    guard case .concatenate(let axis) = self[id].op else { return false }
    return shape(id).dimensions[..<axis].allSatisfy { $0 == 1 }
  }

  /// All that is computed from a node, if each place of it is computed from the same place of the node.
  private func elementwiseReaders(of whole: NodeID, _ consumers: [[NodeID]]) -> Set<NodeID>? {
    var readers: Set<NodeID> = []
    var stack = [whole]
    while let next = stack.popLast() {
      for consumer in consumers[next.index] {
        let op = self[consumer].op
        if op.kind != .elementwise {
          guard case .reshape = op else { return nil }
        }
        if readers.insert(consumer).inserted { stack.append(consumer) }
      }
    }
    return readers
  }

  // MARK: Rewriting

  private func distributing(
    _ whole: NodeID, over readers: Set<NodeID>, _ results: [NodeID]
  ) -> (graph: Graph, results: [NodeID]) {
    let counts = self[whole].inputs.map { shape($0).elementCount }
    var graph = Graph()
    var names = [NodeID?](repeating: nil, count: nodes.count)
    var pieces: [NodeID: [NodeID]] = [:]

    /// What an op reads of one of its inputs, piece by piece, as vectors.
    func parts(of id: NodeID) -> [NodeID] {
      if let known = pieces[id] { return known }
      let node = self[id]
      let result: [NodeID]
      if let scalar = constant(id) {
        result = counts.map { graph.full(scalar.value, [$0], scalar.type) }
      } else if case .broadcast = node.op, shape(node.inputs[0]).elementCount == 1 {
        let one = graph.add(.reshape([1]), [names[node.inputs[0].index]!])
        result = counts.map { graph.add(.broadcast([$0]), [one]) }
      } else if isFlatConcatenation(id), node.inputs.map({ shape($0).elementCount }) == counts {
        result = zip(node.inputs, counts).map { graph.add(.reshape([$1]), [names[$0.index]!]) }
      } else {
        let all = graph.add(.reshape([counts.reduce(0, +)]), [names[id.index]!])
        var end = 0
        result = counts.map { count in
          end += count
          return graph.add(.slice(start: [end - count], end: [end]), [all])
        }
      }
      pieces[id] = result
      return result
    }

    for id in reachable(from: results) {
      let node = self[id]
      guard readers.contains(id) else {
        if case .source(let source) = node.op {
          names[id.index] = graph.source(source, shape: node.shape, type: node.type)
        } else {
          names[id.index] = graph.add(node.op, node.inputs.map { names[$0.index]! })
        }
        continue
      }
      let inputs = node.inputs.map(parts)
      if case .reshape = node.op {
        pieces[id] = inputs[0]
      } else {
        pieces[id] = counts.indices.map { number in graph.add(node.op, inputs.map { $0[number] }) }
      }
    }
    let named = results.map { id in
      names[id.index] ?? graph.add(.reshape(shape(id)), [graph.add(.concatenate(axis: 0), parts(of: id))])
    }
    return (graph, named)
  }
}
