import Graphs

// Reductions of some axes, or of all where none is named. A negative axis counts from the end. The reduced axes
// disappear, or stay with extent 1 where dimensions are kept.
extension Tensor {
  private func reduce(_ op: ReduceOp, _ axes: [Int]?, _ keeping: Bool, _ name: String) -> Tensor {
    let axes = self.axes(axes, name)
    let reduced = Tensor.apply(.reduce(op, axes: axes), [self])
    return keeping ? reduced : reduced.droppingAxes(axes)
  }

  private func droppingAxes(_ axes: [Int]) -> Tensor {
    reshaped(Shape(shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] }))
  }

  /// The sum.
  public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    reduce(.sum, axes, keepingDimensions, "sum")
  }

  /// The sum along one axis.
  public func sum(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    sum(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// The arithmetic mean, of floating-point elements.
  public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    guard type.isFloatingPoint else { trap("mean", "\(type) is not a floating-point type") }
    let axes = self.axes(axes, "mean")
    return sum(axes: axes, keepingDimensions: keepingDimensions) / Double(axes.reduce(1) { $0 * shape[$1] })
  }

  /// The arithmetic mean along one axis.
  public func mean(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    mean(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// The largest element; elements that share it share its gradient.
  public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    reduce(.maximum, axes, keepingDimensions, "max")
  }

  /// The largest element along one axis.
  public func max(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    max(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// The smallest element; elements that share it share its gradient.
  public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    // Mirrored within the type's range, where the negative of the smallest integer would not fit.
    let mirror: (Tensor) -> Tensor =
      switch type {
      case .float32, .float64: { -$0 }
      case .int32: { -1 - $0 }
      case .uint32: { Double(UInt32.max) - $0 }
      case .uint8: { Double(UInt8.max) - $0 }
      }
    return mirror(mirror(self).reduce(.maximum, axes, keepingDimensions, "min"))
  }

  /// The smallest element along one axis.
  public func min(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    min(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// The mean of the squared distance from the mean: Σ(x - x̄)² / (n - correction).
  ///
  /// A correction of 1 makes it the unbiased estimate from a sample; 0 is the variance of the elements themselves.
  public func variance(axes: [Int]? = nil, correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
    let axes = self.axes(axes, "variance")
    let count = Double(axes.reduce(1) { $0 * shape[$1] })
    let squares = (self - mean(axes: axes, keepingDimensions: true)).squared()
    return squares.sum(axes: axes, keepingDimensions: keepingDimensions) / Swift.max(count - correction, 0)
  }

  /// The variance along one axis.
  public func variance(axis: Int, correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
    variance(axes: [axis], correction: correction, keepingDimensions: keepingDimensions)
  }

  /// The square root of the variance.
  public func standardDeviation(
    axes: [Int]? = nil, correction: Double = 0, keepingDimensions: Bool = false
  ) -> Tensor {
    variance(axes: axes, correction: correction, keepingDimensions: keepingDimensions).sqrt()
  }

  /// The square root of the variance along one axis.
  public func standardDeviation(axis: Int, correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
    standardDeviation(axes: [axis], correction: correction, keepingDimensions: keepingDimensions)
  }
}
