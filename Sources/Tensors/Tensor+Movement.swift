import Graphs

// The same elements in another order or shape. A negative axis counts from the end.
extension Tensor {
  /// The elements in row-major order in another shape; one extent of -1 is what remains.
  public func reshaped(_ shape: Shape) -> Tensor {
    var shape = shape
    if let free = shape.dimensions.firstIndex(of: -1) {
      let known = shape.dimensions.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
      shape[free] = known == 0 ? 0 : count / known
    }
    guard shape.dimensions.allSatisfy({ $0 >= 0 }), shape.elementCount == count else {
      trap("reshape", "\(self.shape) has not as many elements as \(shape)")
    }
    if shape == self.shape { return self }
    if case .constant = content { return Tensor(shape, type, content) }
    return Tensor.apply(.reshape(shape), [self])
  }

  /// The elements in row-major order in another shape; one extent of -1 is what remains.
  public func reshaped(_ extents: Int...) -> Tensor { reshaped(Shape(extents)) }

  /// The axes from `start` on as one.
  public func flattened(from start: Int = 0) -> Tensor {
    if rank == 0 { return reshaped([1]) }
    let start = axis(start, "flatten")
    return reshaped(Shape(shape.dimensions[..<start] + [shape.dimensions[start...].reduce(1, *)]))
  }

  /// A new axis of extent 1, at this place of the result.
  public func expandedDimensions(at axis: Int) -> Tensor {
    let place = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(place) else { trap("expandedDimensions", "no place \(axis) in shape \(shape)") }
    var extents = shape.dimensions
    extents.insert(1, at: place)
    return reshaped(Shape(extents))
  }

  /// Without the named axes, which must be of extent 1; without all such axes where none is named.
  public func squeezed(axes: [Int]? = nil) -> Tensor {
    let axes = axes.map { self.axes($0, "squeeze") } ?? shape.dimensions.indices.filter { shape[$0] == 1 }
    guard axes.allSatisfy({ shape[$0] == 1 }) else { trap("squeeze", "axes \(axes) of shape \(shape) are not 1") }
    return reshaped(Shape(shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] }))
  }

  /// Without one axis, which must be of extent 1.
  public func squeezed(axis: Int) -> Tensor { squeezed(axes: [axis]) }

  /// The elements repeated to a shape by NumPy's rule.
  public func broadcast(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    guard self.shape.broadcast(with: shape) == shape else {
      trap("broadcast", "\(self.shape) does not stretch to \(shape)")
    }
    if case .constant = content { return Tensor(shape, type, content) }
    let aligned = reshaped(Shape([Int](repeating: 1, count: shape.rank - rank) + self.shape.dimensions))
    return aligned.shape == shape ? aligned : Tensor.apply(.broadcast(shape), [aligned])
  }

  /// The axes in another order: axis `i` of the result is axis `axes[i]`.
  public func transposed(axes: [Int]) -> Tensor {
    Tensor.apply(.permute(axes.map { axis($0, "permute") }), [self])
  }

  /// The last two axes exchanged: (..., m, n) to (..., n, m).
  public func transposed() -> Tensor {
    guard rank >= 2 else { trap("transpose", "shape \(shape) has fewer than two axes") }
    return swappedAxes(-2, -1)
  }

  /// Two axes exchanged.
  public func swappedAxes(_ a: Int, _ b: Int) -> Tensor {
    var axes = Array(shape.dimensions.indices)
    axes.swapAt(axis(a, "swapAxes"), axis(b, "swapAxes"))
    return transposed(axes: axes)
  }

  /// The places of a range along one axis.
  public func sliced(_ range: Range<Int>, axis: Int = 0) -> Tensor {
    let axis = self.axis(axis, "slice")
    guard range.lowerBound >= 0, range.upperBound <= shape[axis] else {
      trap("slice", "\(range) is not inside axis \(axis) of shape \(shape)")
    }
    var start = [Int](repeating: 0, count: rank)
    var end = shape.dimensions
    (start[axis], end[axis]) = (range.lowerBound, range.upperBound)
    return Tensor.apply(.slice(start: start, end: end), [self])
  }

  /// Zeros added before and after each axis.
  public func padded(before: [Int], after: [Int]) -> Tensor {
    Tensor.apply(.pad(before: before, after: after), [self])
  }

  /// Zeros added before and after one axis.
  public func padded(before: Int, after: Int, axis: Int) -> Tensor {
    let axis = self.axis(axis, "pad")
    var (first, last) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    (first[axis], last[axis]) = (before, after)
    return padded(before: first, after: last)
  }

  /// Each place along an axis `count` times in a row.
  public func repeated(_ count: Int, axis: Int) -> Tensor {
    let axis = self.axis(axis, "repeat")
    let apart = expandedDimensions(at: axis + 1)
    var wide = apart.shape
    wide[axis + 1] = count
    var result = shape
    result[axis] *= count
    return apart.broadcast(to: wide).reshaped(result)
  }

  /// The whole tensor `count` times along an axis.
  public func tiled(_ count: Int, axis: Int) -> Tensor {
    let axis = self.axis(axis, "tile")
    let apart = expandedDimensions(at: axis)
    var wide = apart.shape
    wide[axis] = count
    var result = shape
    result[axis] *= count
    return apart.broadcast(to: wide).reshaped(result)
  }
}
