import Graphs

// A factor that each row of a matrix has is taken out of the products that read the matrix:
//
//     (w ∘ D) B = w ∘ (D B)            the result's rows are scaled
//     (w ∘ D)' B = D' (w ∘ B)          the other operand's rows are, where it is narrower
//     sum over rows of w ∘ D = w' D    one more product
//
// The matrices of an importance-weighted bound's gradients are of this kind: D, the derivative of the log-likelihood with
// respect to the last layer, is known with the layer, and the weights w only when all of its rows are. So D is written
// by the kernel that computes the layer, and never again read to be scaled and written.
extension Graph {
  /// The same results up to the rounding of products, with row factors taken out wherever all that reads a matrix allows.
  func takingOutRowFactors(_ results: [NodeID]) -> (graph: Graph, results: [NodeID]) {
    var (graph, results) = (self, results)
    // Each turn takes factors through one product more; a network has fewer layers than this.
    for _ in 0..<64 {
      let uses = graph.rowFactorUses(results)
      if uses.isEmpty { break }
      (graph, results) = graph.takingOut(uses, results)
    }
    return (graph, results)
  }

  private func takingOut(_ uses: [NodeID: Use], _ results: [NodeID]) -> (graph: Graph, results: [NodeID]) {
    var graph = Graph()
    var names = [NodeID?](repeating: nil, count: nodes.count)
    for id in reachable(from: results) {
      let node = self[id]
      if let use = uses[id] {
        names[id.index] = scaled(use, of: id, in: &graph, names)
      } else if case .source(let source) = node.op {
        names[id.index] = graph.source(source, shape: node.shape, type: node.type)
      } else {
        names[id.index] = graph.add(node.op, node.inputs.map { names[$0.index]! })
      }
    }
    return (graph, results.map { names[$0.index]! })
  }

  // MARK: Where it applies

  /// A node that reads w ∘ D, and how.
  private struct Use {
    enum Side {
      /// (w ∘ D) B and (w ∘ D)' B.
      case left, leftTransposed
      /// A (w ∘ D) and A (w ∘ D)'.
      case right, rightTransposed
      /// The sum over rows.
      case sum
    }

    var side: Side
    var matrix: NodeID
    var factor: NodeID
  }

  private func rowFactorUses(_ results: [NodeID]) -> [NodeID: Use] {
    let live = reachable(from: results)
    var consumers = [[NodeID]](repeating: [], count: nodes.count)
    for id in live { for input in Set(self[id].inputs) { consumers[input.index].append(id) } }
    let wanted = Set(results)
    var depth = [Int](repeating: 0, count: nodes.count)
    for id in live {
      let below = self[id].inputs.reduce(0) { max($0, depth[$1.index]) }
      depth[id.index] = below + (self[id].op.kind == .contraction ? 1 : 0)
    }
    var uses: [NodeID: Use] = [:]
    for matrix in live {
      guard self[matrix].op.kind == .elementwise, shape(matrix).rank >= 2, let factor = rowFactor(of: matrix),
        let own = self.uses(
          of: matrix, factor, consumers, wanted, isLate: isLate(factor, in: matrix, depth)),
        own.contains(where: { $0.value.side != .sum }),
        own.keys.allSatisfy({ uses[$0] == nil })
      else { continue }
      uses.merge(own) { $1 }
    }
    return uses
  }

  /// What each place of a row is multiplied by: a node with the shape of `id` but for a last extent of 1; nil where
  /// there is none.
  private func rowFactor(of id: NodeID, depth: Int = 0) -> NodeID? {
    let node = self[id]
    guard depth < 8, node.type.isFloatingPoint else { return nil }
    func below(_ input: Int) -> NodeID? { rowFactor(of: node.inputs[input], depth: depth + 1) }
    switch node.op {
    case .broadcast:
      let small = shape(node.inputs[0]), last = node.shape.rank - 1
      guard last > 0, small[last] == 1, node.shape[last] > 1,
        small.dimensions.dropLast() == node.shape.dimensions.dropLast()
      else { return nil }
      let factor = unsigned(node.inputs[0]).node
      return constant(factor) == nil ? factor : nil
    case .reshape: return node.shape.dimensions.last == shape(node.inputs[0]).dimensions.last ? below(0) : nil
    case .unary(.negate): return below(0)
    case .binary(.multiply): return below(0) ?? below(1)
    case .binary(.divide): return below(0)
    case .binary(.add), .binary(.subtract):
      guard let factor = below(0), below(1) == factor else { return nil }
      return factor
    default: return nil
    }
  }

  /// A factor without reshapes and signs, and whether it has the other sign.
  private func unsigned(_ id: NodeID) -> (node: NodeID, isNegative: Bool) {
    var (node, isNegative) = (id, false)
    while true {
      switch self[node].op {
      case .reshape: break
      case .unary(.negate): isNegative.toggle()
      default: return (node, isNegative)
      }
      node = self[node].inputs[0]
    }
  }

  /// Whether a factor ends a longer chain of contractions than the rest of the matrix: then products without it need not
  /// wait for it.
  private func isLate(_ factor: NodeID, in matrix: NodeID, _ depth: [Int]) -> Bool {
    var seen: Set<NodeID> = [matrix, factor]
    var stack = [matrix]
    while let next = stack.popLast() {
      if self[next].op.kind == .contraction {
        if depth[next.index] >= depth[factor.index] { return false }
      } else {
        stack += self[next].inputs.filter { seen.insert($0).inserted }
      }
    }
    return true
  }

  /// All that reads a matrix, through reshapes and transpositions; nil where any of it needs the factor in place.
  private func uses(
    of matrix: NodeID, _ factor: NodeID, _ consumers: [[NodeID]], _ results: Set<NodeID>, isLate: Bool
  ) -> [NodeID: Use]? {
    let width = shape(matrix).dimensions.last!, rows = shape(matrix).elementCount / max(width, 1)
    var found: [NodeID: Use] = [:]
    var stack = [(id: matrix, isTransposed: false)]
    while let (id, isTransposed) = stack.popLast() {
      if results.contains(id) { return nil }
      for consumer in consumers[id.index] {
        let node = self[consumer]
        switch node.op {
        case .reshape where !isTransposed && node.shape == [rows, width]: stack.append((consumer, false))
        case .permute([1, 0]) where node.shape.rank == 2: stack.append((consumer, !isTransposed))
        case .reduce(.sum, let axes) where id == matrix && axes.sorted() == Array(0..<shape(id).rank - 1):
          found[consumer] = Use(side: .sum, matrix: matrix, factor: factor)
        case .matmul where node.shape.rank == 2 && node.inputs[0] != node.inputs[1] && found[consumer] == nil:
          let isLeft = node.inputs[0] == id
          let other = shape(node.inputs[isLeft ? 1 : 0])
          // Scaling the other operand is worth it where that is the smaller matrix, or no larger and others need not wait.
          if isLeft == isTransposed, other[isLeft ? 1 : 0] >= (isLate ? width + 1 : width) { return nil }
          let side: Use.Side =
            isLeft ? (isTransposed ? .leftTransposed : .left) : (isTransposed ? .rightTransposed : .right)
          found[consumer] = Use(side: side, matrix: matrix, factor: factor)
        default: return nil
        }
      }
    }
    let isTie = found.contains { id, use in
      switch use.side {
      case .leftTransposed: shape(self[id].inputs[1])[1] == width
      case .right: shape(self[id].inputs[0])[0] == width
      default: false
      }
    }
    // The factor does not change sides for nothing.
    let leaves = found.values.contains { $0.side == .left || $0.side == .rightTransposed }
    return isTie && !leaves ? nil : found
  }

  // MARK: Rewriting

  private func scaled(_ use: Use, of id: NodeID, in graph: inout Graph, _ names: [NodeID?]) -> NodeID {
    let width = shape(use.matrix).dimensions.last!, rows = shape(use.matrix).elementCount / width
    let rest = graph.add(.reshape([rows, width]), [unscaled(use.matrix, by: use.factor, in: &graph, names)])
    let factor = names[use.factor.index]!
    func times(_ x: NodeID, asRow: Bool, _ graph: inout Graph) -> NodeID {
      let one = graph.add(.reshape(asRow ? [1, rows] : [rows, 1]), [factor])
      return graph.add(.binary(.multiply), [x, graph.add(.broadcast(graph.shape(x)), [one])])
    }
    let inputs = self[id].inputs.map { names[$0.index]! }
    switch use.side {
    case .left: return times(graph.add(.matmul, [rest, inputs[1]]), asRow: false, &graph)
    case .leftTransposed:
      let other = times(inputs[1], asRow: false, &graph)
      return graph.add(.matmul, [graph.add(.permute([1, 0]), [rest]), other])
    case .right: return graph.add(.matmul, [times(inputs[0], asRow: true, &graph), rest])
    case .rightTransposed:
      return times(graph.add(.matmul, [inputs[0], graph.add(.permute([1, 0]), [rest])]), asRow: true, &graph)
    case .sum:
      let row = graph.add(.reshape([1, rows]), [factor])
      return graph.add(.reshape(shape(id)), [graph.add(.matmul, [row, rest])])
    }
  }

  /// The matrix without its factor.
  private func unscaled(_ id: NodeID, by factor: NodeID, in graph: inout Graph, _ names: [NodeID?]) -> NodeID {
    let node = self[id]
    switch node.op {
    case .broadcast:
      return graph.full(unsigned(node.inputs[0]).isNegative ? -1 : 1, node.shape, node.type)
    case .binary(.multiply) where rowFactor(of: node.inputs[0]) != factor:
      return graph.add(
        node.op, [names[node.inputs[0].index]!, unscaled(node.inputs[1], by: factor, in: &graph, names)])
    case .binary(.multiply), .binary(.divide):
      return graph.add(
        node.op, [unscaled(node.inputs[0], by: factor, in: &graph, names), names[node.inputs[1].index]!])
    default:
      return graph.add(node.op, node.inputs.map { unscaled($0, by: factor, in: &graph, names) })
    }
  }
}
