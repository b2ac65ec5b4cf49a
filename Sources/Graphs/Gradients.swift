// Reverse-mode differentiation as graph -> graph: a gradient is an ordinary graph, so it can be fused with what it
// came from and differentiated again.

extension Graph {
  /// Gradients of `output` with respect to `variables`, in their shapes: the sum over output elements of `seed` (ones
  /// where nil) times each element's derivative. A variable that `output` does not depend on has gradient 0.
  ///
  /// A variable may be any node; what lies before it is not looked at.
  public mutating func gradients(
    of output: NodeID, withRespectTo variables: [NodeID], seed: NodeID? = nil
  ) -> [NodeID] {
    let isVariable = Set(variables)
    var depends = [Bool](repeating: false, count: output.index + 1)
    let live = reachable(from: [output])
    for id in live {
      depends[id.index] = isVariable.contains(id) || nodes[id.index].inputs.contains { depends[$0.index] }
    }

    var gradient = [NodeID?](repeating: nil, count: output.index + 1)
    gradient[output.index] = seed ?? full(1, shape(output), type(output))
    for id in live.reversed() where depends[id.index] && !isVariable.contains(id) {
      guard let upstream = gradient[id.index] else { continue }
      let inputs = nodes[id.index].inputs
      let needed = inputs.map { depends[$0.index] }
      for (input, part) in zip(inputs, inputGradients(of: id, upstream, needed)) {
        guard let part, depends[input.index] else { continue }
        gradient[input.index] = gradient[input.index].map { add(.binary(.add), [$0, part]) } ?? part
      }
    }
    return variables.map { variable in
      let found = variable.index < gradient.count ? gradient[variable.index] : nil
      return found ?? full(0, shape(variable), type(variable))
    }
  }

  /// The gradient rule of every op: from the gradient `g` of a node's output `y` to the gradients of its inputs; nil
  /// where none passes or none is needed.
  private mutating func inputGradients(of id: NodeID, _ g: NodeID, _ needed: [Bool]) -> [NodeID?] {
    let node = nodes[id.index]
    let y = id
    func x(_ i: Int) -> NodeID { node.inputs[i] }

    switch node.op {
    case .source, .constant, .iota, .random: return []
    case .shuffle, .stopGradient: return node.inputs.map { _ in nil }

    case .unary(let op):
      switch op {
      case .negate: return [negate(g)]
      case .absolute: return [multiply(g, unary(.sign, x(0)))]
      case .sign, .floor: return [nil]
      case .exp: return [multiply(g, y)]
      case .log: return [divide(g, x(0))]
      case .log1p: return [divide(g, plus(x(0), 1))]
      case .expm1: return [multiply(g, plus(y, 1))]
      case .sqrt: return [divide(times(g, 0.5), y)]
      case .reciprocal: return [negate(multiply(g, multiply(y, y)))]
      case .sin: return [multiply(g, unary(.cos, x(0)))]
      case .cos: return [negate(multiply(g, unary(.sin, x(0))))]
      case .tanh: return [multiply(g, oneMinus(multiply(y, y)))]
      case .sigmoid: return [multiply(g, multiply(y, oneMinus(y)))]
      case .softplus: return [multiply(g, unary(.sigmoid, x(0)))]
      case .erf: return [multiply(g, times(unary(.exp, negate(multiply(x(0), x(0)))), 1.1283791670955126))]
      case .relu: return [multiply(g, less(like(y, 0), y))]
      }

    case .binary(let op):
      switch op {
      case .add: return [g, g]
      case .subtract: return [g, negate(g)]
      case .multiply: return [multiply(g, x(1)), multiply(g, x(0))]
      case .divide: return [divide(g, x(1)), needed[1] ? negate(divide(multiply(g, y), x(1))) : nil]
      // Where both are equal each has half, as a subgradient that is symmetric.
      case .maximum, .minimum:
        let isA = op == .maximum ? less(x(1), x(0)) : less(x(0), x(1))
        let weight = binary(.add, isA, times(equal(x(0), x(1)), 0.5))
        return [multiply(g, weight), multiply(g, oneMinus(weight))]
      case .power:
        let base = multiply(g, multiply(x(1), binary(.power, x(0), plus(x(1), -1))))
        guard needed[1] else { return [base, nil] }
        // The logarithm of what is positive only, so that no derivative of it is infinite where it does not count.
        let log = unary(.log, select(less(like(y, 0), x(0)), x(0), like(y, 1)))
        return [base, multiply(g, multiply(y, log))]
      case .remainder: return [g, needed[1] ? negate(multiply(g, divide(subtract(x(0), y), x(1)))) : nil]
      case .less, .equal: return [nil, nil]
      }

    case .select: return [nil, select(x(0), g, like(g, 0)), select(x(0), like(g, 0), g)]
    case .cast:
      let inputType = type(x(0))
      return [inputType.isFloatingPoint && node.type.isFloatingPoint ? add(.cast(inputType), [g]) : nil]

    case .reshape: return [add(.reshape(shape(x(0))), [g])]
    case .broadcast:
      let input = shape(x(0))
      let stretched = input.dimensions.indices.filter { input[$0] != node.shape[$0] }
      return [add(.reduce(.sum, axes: stretched), [g])]
    case .permute(let axes):
      return [add(.permute(axes.indices.map { axis in axes.firstIndex(of: axis)! }), [g])]
    case .slice(let start, let end):
      return [add(.pad(before: start, after: zip(shape(x(0)).dimensions, end).map { $0 - $1 }), [g])]
    case .pad(let before, _):
      return [add(.slice(start: before, end: zip(before, shape(x(0)).dimensions).map { $0 + $1 }), [g])]
    case .concatenate(let axis):
      var start = [Int](repeating: 0, count: node.shape.rank)
      return node.inputs.map { input in
        var end = node.shape.dimensions
        end[axis] = start[axis] + shape(input)[axis]
        defer { start[axis] = end[axis] }
        return add(.slice(start: start, end: end), [g])
      }

    case .reduce(.sum, _): return [add(.broadcast(shape(x(0))), [g])]
    // Elements that share the maximum share its gradient.
    case .reduce(.maximum, let axes):
      let chosen = equal(x(0), add(.broadcast(shape(x(0))), [y]))
      let share = divide(g, add(.reduce(.sum, axes: axes), [chosen]))
      return [multiply(chosen, add(.broadcast(shape(x(0))), [share]))]
    // The gradient of a transposed operand is made transposed, so that it arrives as the operand lies in memory.
    case .matmul:
      let left = needed[0] ? product(g, transposed(x(1)), as: x(0)) : nil
      return [left, needed[1] ? product(transposed(x(0)), g, as: x(1)) : nil]
    case .convolution(let window):
      return [
        needed[0] ? add(.convolutionInputGradient(window, input: shape(x(0))), [g, x(1)]) : nil,
        needed[1] ? add(.convolutionFilterGradient(window, filter: shape(x(1))), [x(0), g]) : nil,
      ]
    // Both gradients are linear in each argument, so their gradients are the other two of the three.
    case .convolutionInputGradient(let window, _):
      return [
        needed[0] ? add(.convolution(window), [g, x(1)]) : nil,
        needed[1] ? add(.convolutionFilterGradient(window, filter: shape(x(1))), [g, x(0)]) : nil,
      ]
    case .convolutionFilterGradient(let window, _):
      return [
        needed[0] ? add(.convolutionInputGradient(window, input: shape(x(0))), [x(1), g]) : nil,
        needed[1] ? add(.convolution(window), [x(0), g]) : nil,
      ]

    // A row taken twice gets both gradients: a product with the one-hot matrix adds them in a fixed order.
    case .gather:
      let data = shape(x(0))
      guard type(x(0)).isFloatingPoint else { return [nil, nil] }
      let (taken, count) = (shape(x(1))[0], data[0])
      let rows = add(.broadcast([count, taken]), [add(.reshape([1, taken]), [x(1)])])
      let places = add(.iota(shape: [count, taken], axis: 0, type: .int32), [])
      let oneHot = add(.cast(type(x(0))), [equal(rows, places)])
      let flat = add(.reshape([taken, data.elementCount / max(count, 1)]), [g])
      return [add(.reshape(data), [add(.matmul, [oneHot, flat])]), nil]
    }
  }
}

// The words in which the rules are written.
extension Graph {
  fileprivate mutating func unary(_ op: UnaryOp, _ x: NodeID) -> NodeID { add(.unary(op), [x]) }
  fileprivate mutating func binary(_ op: BinaryOp, _ a: NodeID, _ b: NodeID) -> NodeID { add(.binary(op), [a, b]) }
  fileprivate mutating func negate(_ x: NodeID) -> NodeID { unary(.negate, x) }
  fileprivate mutating func multiply(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.multiply, a, b) }
  fileprivate mutating func divide(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.divide, a, b) }
  fileprivate mutating func subtract(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.subtract, a, b) }
  fileprivate mutating func less(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.less, a, b) }
  fileprivate mutating func equal(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.equal, a, b) }
  fileprivate mutating func like(_ x: NodeID, _ value: Double) -> NodeID { full(value, shape(x), type(x)) }
  fileprivate mutating func times(_ x: NodeID, _ factor: Double) -> NodeID { multiply(x, like(x, factor)) }
  fileprivate mutating func plus(_ x: NodeID, _ term: Double) -> NodeID { binary(.add, x, like(x, term)) }
  fileprivate mutating func oneMinus(_ x: NodeID) -> NodeID { subtract(like(x, 1), x) }
  fileprivate mutating func select(_ condition: NodeID, _ a: NodeID, _ b: NodeID) -> NodeID {
    add(.select, [condition, a, b])
  }

  /// a b, computed as the transpose of b' a' where the tensor that it is the gradient of is a transpose.
  fileprivate mutating func product(_ a: NodeID, _ b: NodeID, as operand: NodeID) -> NodeID {
    guard case .permute = nodes[operand.index].op else { return add(.matmul, [a, b]) }
    return transposed(add(.matmul, [transposed(b), transposed(a)]))
  }

  /// The last two dimensions exchanged.
  fileprivate mutating func transposed(_ x: NodeID) -> NodeID {
    let rank = shape(x).rank
    return add(.permute(Array(0..<rank - 2) + [rank - 1, rank - 2]), [x])
  }
}
