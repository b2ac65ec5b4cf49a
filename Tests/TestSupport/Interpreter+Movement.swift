import Graphs

extension ReferenceInterpreter {
  /// offset + sum over d of strides[d] * coordinate[d], at every place of a shape in row-major order.
  static func places(_ shape: Shape, strides: [Int], offset: Int = 0) -> [Int] {
    var result = [offset]
    for (extent, stride) in zip(shape.dimensions, strides) {
      var next: [Int] = []
      next.reserveCapacity(result.count * extent)
      for place in result { for i in 0..<extent { next.append(place + i * stride) } }
      result = next
    }
    return result
  }

  /// The elements at the given places.
  static func picked(_ x: Reference, _ shape: Shape, _ places: [Int]) -> Reference {
    Reference(shape, x.type, places.map { x.values[$0] }, errors: places.map { x.errors[$0] })
  }

  static func movement(_ op: Op, _ inputs: [Reference], _ shape: Shape, _ type: ElementType) -> Reference {
    let x = inputs[0]
    let strides = x.shape.strides
    switch op {
    case .reshape: return Reference(shape, type, x.values, errors: x.errors)
    case .broadcast:
      let stretched = strides.indices.map { x.shape[$0] == 1 ? 0 : strides[$0] }
      return picked(x, shape, places(shape, strides: stretched))
    case .permute(let axes): return picked(x, shape, places(shape, strides: axes.map { strides[$0] }))
    case .slice(let start, _):
      return picked(x, shape, places(shape, strides: strides, offset: dot(start, strides)))
    case .pad(let before, _):
      var result = Reference(shape, type, [Double](repeating: 0, count: shape.elementCount))
      copy(x, to: &result, at: before)
      return result
    case .concatenate(let axis):
      var result = Reference(shape, type, [Double](repeating: 0, count: shape.elementCount))
      var start = [Int](repeating: 0, count: shape.rank)
      for input in inputs {
        copy(input, to: &result, at: start)
        start[axis] += input.shape[axis]
      }
      return result
    default: preconditionFailure("\(op.name) is not a movement")
    }
  }

  private static func copy(_ x: Reference, to result: inout Reference, at start: [Int]) {
    let strides = result.shape.strides
    for (i, place) in places(x.shape, strides: strides, offset: dot(start, strides)).enumerated() {
      result[place] = x[i]
    }
  }

  private static func dot(_ a: [Int], _ b: [Int]) -> Int { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}
