import Graphs

// Elements chosen by numbers that are data, and masks made from coordinates.
extension Tensor {
  /// Rows of the first axis, in the order of `rows` (int32, any shape): (n, ...) to rows.shape + (...).
  ///
  /// Numbers outside 0 ..< n are clamped to it.
  public func gathered(rows: Tensor) -> Tensor {
    guard rank > 0, rows.type == .int32 else { trap("gather", "cannot take rows \(rows.type) of shape \(shape)") }
    let taken = Tensor.apply(.gather, [self, rows.reshaped([rows.count])])
    return taken.reshaped(Shape(rows.shape.dimensions + shape.dimensions.dropFirst()))
  }

  /// One element of the last axis at each place: (..., n) and int32 (...) to (...).
  ///
  /// Where the number is outside 0 ..< n the result is 0.
  public func gathered(alongLastAxis places: Tensor) -> Tensor {
    guard rank > 0, places.type == .int32, Shape(shape.dimensions.dropLast()) == places.shape else {
      trap("gather", "places \(places.type) of shape \(places.shape) do not choose from shape \(shape)")
    }
    let isChosen = places.expandedDimensions(at: -1) .== Tensor.iota(shape, axis: -1)
    return select(isChosen, self, 0).sum(axis: -1)
  }

  /// 1 at the place that an int32 number names, else 0: (...) to (..., count).
  public func oneHot(_ count: Int, type: ElementType = .float32) -> Tensor {
    guard self.type == .int32 else { trap("oneHot", "numbers must be int32, not \(self.type)") }
    let places = Tensor.iota(Shape(shape.dimensions + [count]), axis: -1)
    return (expandedDimensions(at: -1) .== places).cast(to: type)
  }

  /// 1 on and below a diagonal, else 0; diagonal 1 is the one above the main diagonal.
  public static func lowerTriangle(
    _ rows: Int, _ columns: Int, diagonal: Int = 0, type: ElementType = .float32
  ) -> Tensor {
    let shape: Shape = [rows, columns]
    return (iota(shape, axis: 1) .<= iota(shape, axis: 0) + Double(diagonal)).cast(to: type)
  }

  /// The elements on and below a diagonal of the last two axes; 0 elsewhere.
  public func lowerTriangular(diagonal: Int = 0) -> Tensor {
    guard rank >= 2 else { trap("lowerTriangular", "shape \(shape) has fewer than two axes") }
    let mask = Tensor.lowerTriangle(shape[rank - 2], shape[rank - 1], diagonal: diagonal, type: type)
    return select(mask, self, 0)
  }

  /// The elements on and above a diagonal of the last two axes; 0 elsewhere.
  public func upperTriangular(diagonal: Int = 0) -> Tensor {
    guard rank >= 2 else { trap("upperTriangular", "shape \(shape) has fewer than two axes") }
    let below = Tensor.lowerTriangle(shape[rank - 2], shape[rank - 1], diagonal: diagonal - 1, type: type)
    return select(below, 0, self)
  }

  /// The main diagonal of the last two axes: (..., m, n) to (..., min(m, n)).
  public func diagonal() -> Tensor {
    guard rank >= 2 else { trap("diagonal", "shape \(shape) has fewer than two axes") }
    let size = Swift.min(shape[rank - 2], shape[rank - 1])
    let square = self[..., 0..<size, 0..<size]
    return select(.eye(size, type: type), square, 0).sum(axis: -1)
  }

  /// Matrices with these elements on the main diagonal and 0 elsewhere: (..., n) to (..., n, n).
  public func diagonalMatrix() -> Tensor {
    guard rank >= 1 else { trap("diagonalMatrix", "a scalar has no diagonal") }
    return select(.eye(shape[rank - 1], type: type), expandedDimensions(at: -1), 0)
  }
}
