extension Graph {
  /// The shape and type of an op's result: one rule an op.
  public static func result(
    of op: Op, shapes: [Shape], types: [ElementType]
  ) throws(ShapeError) -> (Shape, ElementType) {
    func need(_ condition: Bool, _ message: @autoclosure () -> String) throws(ShapeError) {
      if !condition { throw ShapeError(op.name, message()) }
    }
    func needSame() throws(ShapeError) {
      try need(shapes.allSatisfy { $0 == shapes[0] }, "shapes \(list(shapes)) are not the same")
      try need(types.allSatisfy { $0 == types[0] }, "types \(list(types)) are not the same")
    }
    func needRealNumbers() throws(ShapeError) {
      try need(types[0] == types[1], "types \(list(types)) are not the same")
      try need(types[0].isFloatingPoint, "\(types[0]) is not a floating-point type")
    }
    func needAxes(_ axes: [Int]) throws(ShapeError) {
      try need(axes.allSatisfy { shapes[0].dimensions.indices.contains($0) }, "no axes \(axes) in shape \(shapes[0])")
      try need(Set(axes).count == axes.count, "axes \(axes) repeat")
    }

    switch op {
    case .source:
      preconditionFailure("a source brings its own shape")
    case .constant(let scalar):
      return (.scalar, scalar.type)
    case .iota(let shape, let axis, let type):
      try need(shape.dimensions.indices.contains(axis), "no axis \(axis) in shape \(shape)")
      return (shape, type)
    case .random(let kind, let shape, _, let type):
      try need(kind == .bits ? type == .uint32 : type.isFloatingPoint, "\(kind) cannot be of type \(type)")
      try need(shapes[0] == [3] && types[0] == .uint32, "the state must be 3 x uint32, not \(shapes[0]) x \(types[0])")
      if shapes.count > 1 {
        try need(
          shape.rank > 0 && shapes[1] == [shape[0]] && types[1] == .int32,
          "rows must be int32 of shape (\(shape.dimensions.first ?? 0),), not \(types[1]) of shape \(shapes[1])")
      }
      return (shape, type)

    case .unary(let unary):
      let integral: Set<UnaryOp> = [.negate, .absolute, .sign, .relu]
      try need(types[0].isFloatingPoint || integral.contains(unary), "\(types[0]) is not a floating-point type")
      return (shapes[0], types[0])
    case .binary(let binary):
      try needSame()
      try need(binary != .power || types[0].isFloatingPoint, "\(types[0]) is not a floating-point type")
      return (shapes[0], types[0])
    case .select:
      try needSame()
      return (shapes[0], types[0])
    case .cast(let type):
      return (shapes[0], type)
    case .shuffle(let count):
      try needSame()
      try need(types[0] == .uint32, "works on uint32, not \(types[0])")
      try need(count > 0, "cannot permute \(count) positions")
      return (shapes[0], types[0])
    case .stopGradient:
      return (shapes[0], types[0])

    case .reshape(let shape):
      try need(shape.elementCount == shapes[0].elementCount, "\(shapes[0]) has not as many elements as \(shape)")
      return (shape, types[0])
    case .broadcast(let shape):
      try need(
        shape.rank == shapes[0].rank && zip(shapes[0].dimensions, shape.dimensions).allSatisfy { $0 == $1 || $0 == 1 },
        "\(shapes[0]) does not stretch to \(shape)")
      return (shape, types[0])
    case .permute(let axes):
      try needAxes(axes)
      try need(axes.count == shapes[0].rank, "axes \(axes) do not name every axis of shape \(shapes[0])")
      return (Shape(axes.map { shapes[0][$0] }), types[0])
    case .slice(let start, let end):
      try need(
        start.count == shapes[0].rank && end.count == shapes[0].rank
          && shapes[0].dimensions.indices.allSatisfy {
            0 <= start[$0] && start[$0] <= end[$0] && end[$0] <= shapes[0][$0]
          }, "\(start) ..< \(end) is not inside shape \(shapes[0])")
      return (Shape(zip(start, end).map { $1 - $0 }), types[0])
    case .pad(let before, let after):
      try need(
        before.count == shapes[0].rank && after.count == shapes[0].rank && (before + after).allSatisfy { $0 >= 0 },
        "cannot pad shape \(shapes[0]) by \(before) and \(after)")
      return (Shape(shapes[0].dimensions.indices.map { before[$0] + shapes[0][$0] + after[$0] }), types[0])
    case .concatenate(let axis):
      try needAxes([axis])
      try need(types.allSatisfy { $0 == types[0] }, "types \(list(types)) are not the same")
      var result = shapes[0]
      for shape in shapes.dropFirst() {
        var expected = result
        try need(shape.rank == result.rank, "shapes \(list(shapes)) differ outside axis \(axis)")
        expected[axis] = shape[axis]
        try need(shape == expected, "shapes \(list(shapes)) differ outside axis \(axis)")
        result[axis] += shape[axis]
      }
      return (result, types[0])

    case .reduce(let reduce, let axes):
      try needAxes(axes)
      try need(
        reduce != .maximum || axes.allSatisfy { shapes[0][$0] > 0 }, "shape \(shapes[0]) has no element to choose from")
      return (shapes[0].reducing(axes), types[0])
    case .matmul:
      let (a, b) = (shapes[0], shapes[1])
      try needRealNumbers()
      try need(
        a.rank >= 2 && a.rank == b.rank && a[a.rank - 1] == b[b.rank - 2]
          && a.dimensions.dropLast(2) == b.dimensions.dropLast(2), "shapes \(a) and \(b) do not align")
      return (Shape(a.dimensions.dropLast() + [b[b.rank - 1]]), types[0])
    case .convolution(let window):
      try needRealNumbers()
      return (try window.output(input: shapes[0], filter: shapes[1]), types[0])
    case .convolutionInputGradient(let window, let input):
      try needRealNumbers()
      try need(
        shapes[0] == window.output(input: input, filter: shapes[1]), "shapes \(shapes[0]) and \(shapes[1]) do not align"
      )
      return (input, types[0])
    case .convolutionFilterGradient(let window, let filter):
      try needRealNumbers()
      try need(
        shapes[1] == window.output(input: shapes[0], filter: filter),
        "shapes \(shapes[0]) and \(shapes[1]) do not align")
      return (filter, types[0])

    case .gather:
      try need(
        shapes[0].rank >= 1 && shapes[1].rank == 1 && types[1] == .int32,
        "cannot take rows \(types[1]) \(shapes[1]) of \(shapes[0])")
      return (Shape([shapes[1][0]] + shapes[0].dimensions.dropFirst()), types[0])
    }
  }

  private static func list(_ values: [some CustomStringConvertible]) -> String {
    values.map(\.description).joined(separator: " and ")
  }
}

extension ConvolutionWindow {
  /// The shape of the convolution of (batch, channels, height, width) with filters (outputs, channels / groups, h, w).
  func output(input: Shape, filter: Shape) throws(ShapeError) -> Shape {
    guard input.rank == 4, filter.rank == 4, groups > 0, input[1] == filter[1] * groups, filter[0] % groups == 0 else {
      throw ShapeError("convolution", "shapes \(input) and \(filter) do not align in \(groups) groups")
    }
    var result: Shape = [input[0], filter[0], 0, 0]
    for i in 0..<2 {
      let room = input[2 + i] + 2 * padding[i] - dilation[i] * (filter[2 + i] - 1) - 1
      guard room >= 0, stride[i] > 0, dilation[i] > 0 else {
        throw ShapeError("convolution", "filters \(filter) do not fit into \(input) padded by \(padding)")
      }
      result[2 + i] = room / stride[i] + 1
    }
    return result
  }
}
