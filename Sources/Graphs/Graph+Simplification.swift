// What is known when a node is made is not computed again on a device. Only rules that leave every bit of the result
// as it was, or better: constants fold with the rounding of their type; nothing is reassociated.

extension Graph {
  /// A node that already is the result of `op`, or nil.
  mutating func simplified(_ op: Op, _ inputs: [NodeID], _ shape: Shape, _ type: ElementType) -> NodeID? {
    switch op {
    case .unary(let unary):
      if let x = constant(inputs[0]), let value = unary.folded(x.value), type.holds(value) {
        return full(value, shape, type)
      }
      if isComposing, unary == .negate, nodes[inputs[0].index].op == .unary(.negate) {
        return nodes[inputs[0].index].inputs[0]
      }
      return belowBroadcast(op, inputs, shape)
    case .binary(let binary):
      return simplifiedBinary(binary, inputs, shape, type) ?? belowBroadcast(op, inputs, shape)
    case .select:
      if let condition = constant(inputs[0]) { return condition.value != 0 ? inputs[1] : inputs[2] }
      return inputs[1] == inputs[2] ? inputs[1] : nil
    case .cast(let type):
      if self.type(inputs[0]) == type { return inputs[0] }
      if let x = constant(inputs[0]) { return full(x.value, shape, type) }
      return belowBroadcast(op, inputs, shape)
    case .stopGradient:
      return constant(inputs[0]) == nil ? nil : inputs[0]
    case .reshape, .broadcast, .permute, .slice, .pad, .concatenate:
      return simplifiedMovement(op, inputs, shape)
    case .reduce(let reduce, let axes):
      let extents = axes.map { self.shape(inputs[0])[$0] }
      if extents.allSatisfy({ $0 == 1 }) { return inputs[0] }
      guard let x = constant(inputs[0]) else { return nil }
      let value = reduce == .sum ? x.value * Double(extents.reduce(1, *)) : x.value
      return type.holds(value) ? full(value, shape, type) : nil
    case .source, .constant, .iota, .random, .shuffle, .matmul, .gather, .convolution, .convolutionInputGradient,
      .convolutionFilterGradient:
      return nil
    }
  }

  private mutating func simplifiedBinary(
    _ op: BinaryOp, _ inputs: [NodeID], _ shape: Shape, _ type: ElementType
  ) -> NodeID? {
    let (a, b) = (constant(inputs[0]), constant(inputs[1]))
    if let a, let b, let value = op.folded(a.value, b.value, type) { return full(value, shape, type) }
    switch (op, a?.value, b?.value) {
    case (.add, _, 0), (.subtract, _, 0), (.multiply, _, 1), (.divide, _, 1), (.power, _, 1): return inputs[0]
    case (.add, 0, _), (.multiply, 1, _): return inputs[1]
    case (.multiply, _, -1): return add(.unary(.negate), [inputs[0]])
    case (.multiply, -1, _): return add(.unary(.negate), [inputs[1]])
    default: return nil
    }
  }

  private mutating func simplifiedMovement(_ op: Op, _ inputs: [NodeID], _ shape: Shape) -> NodeID? {
    let input = nodes[inputs[0].index]
    if case .concatenate = op { return inputs.count == 1 ? inputs[0] : nil }
    if case .permute(let axes) = op {
      if axes == Array(axes.indices) { return inputs[0] }
      if isComposing, case .permute(let earlier) = input.op {
        return add(.permute(axes.map { earlier[$0] }), input.inputs)
      }
      return nil
    }
    if shape == input.shape { return inputs[0] }
    // A constant is no variable, so its shape may always be known at once.
    guard isComposing || constant(inputs[0]) != nil else { return nil }
    switch (op, input.op) {
    case (.reshape, .reshape), (.broadcast, .broadcast): return add(op, input.inputs)
    case (.slice(let start, _), .slice(let earlier, _)):
      let first = zip(start, earlier).map { $0 + $1 }
      return add(.slice(start: first, end: zip(first, shape.dimensions).map { $0 + $1 }), input.inputs)
    default: return nil
    }
  }

  /// A function of tensors that are all stretched from one smaller shape is computed there, then stretched.
  private mutating func belowBroadcast(_ op: Op, _ inputs: [NodeID], _ shape: Shape) -> NodeID? {
    var below: Shape?
    for input in inputs where constant(input) == nil {
      guard isComposing, case .broadcast = nodes[input.index].op else { return nil }
      let small = self.shape(nodes[input.index].inputs[0])
      guard below == nil || below == small else { return nil }
      below = small
    }
    // Of constants alone, one element is computed.
    let small = below ?? Shape(shape.dimensions.map { _ in 1 })
    guard small != shape else { return nil }
    let lowered = inputs.map { input in
      if let scalar = constant(input) { return full(scalar.value, small, scalar.type) }
      return nodes[input.index].inputs[0]
    }
    return add(.broadcast(shape), [add(op, lowered)])
  }

  /// The value that all elements of a node have, if it is known.
  public func constant(_ id: NodeID) -> Scalar? {
    var node = nodes[id.index]
    while true {
      switch node.op {
      case .constant(let scalar): return scalar
      case .reshape, .broadcast, .permute: node = nodes[node.inputs[0].index]
      default: return nil
      }
    }
  }

  /// A tensor whose elements all have one value.
  public mutating func full(_ value: Double, _ shape: Shape, _ type: ElementType) -> NodeID {
    let one = add(.constant(Scalar(value, type)), [])
    let ones = add(.reshape(Shape([Int](repeating: 1, count: shape.rank))), [one])
    return add(.broadcast(shape), [ones])
  }
}

extension ElementType {
  /// Whether a folded value needs no more than rounding: an integer that wraps around is the device's to compute.
  fileprivate func holds(_ value: Double) -> Bool { isFloatingPoint || Scalar(value, self).value == value }
}

extension UnaryOp {
  /// The value at a constant, or nil where it is left to the device.
  fileprivate func folded(_ x: Double) -> Double? {
    switch self {
    case .negate: -x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .floor: x.rounded(.down)
    case .sqrt: x.squareRoot()
    case .reciprocal: 1 / x
    case .relu: max(x, 0)
    case .exp: x == 0 ? 1 : nil
    case .log: x == 1 ? 0 : nil
    case .log1p, .expm1, .sin, .cos, .tanh, .sigmoid, .softplus, .erf: nil
    }
  }
}

extension BinaryOp {
  fileprivate func folded(_ x: Double, _ y: Double, _ type: ElementType) -> Double? {
    switch self {
    case .add, .subtract, .multiply:
      let value = self == .add ? x + y : self == .subtract ? x - y : x * y
      return type.holds(value) ? value : nil
    case .divide: return type.isFloatingPoint || y != 0 ? x / y : nil
    case .maximum: return max(x, y)
    case .minimum: return min(x, y)
    case .power, .remainder: return nil
    case .less: return x < y ? 1 : 0
    case .equal: return x == y ? 1 : 0
    }
  }
}
