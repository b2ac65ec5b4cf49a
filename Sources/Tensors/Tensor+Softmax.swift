import Graphs

// Sums of exponentials, shifted by their largest element so that none overflows, and what is found along one axis.
extension Tensor {
  /// log Σ eˣ, without overflow; minus infinity where all elements are.
  public func logSumExp(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    let axes = self.axes(axes, "logSumExp")
    let shift = finiteMaximum(axes)
    let sum = (self - shift).exp().sum(axes: axes, keepingDimensions: true)
    let result = sum.log() + shift
    return keepingDimensions ? result : result.squeezed(axes: axes)
  }

  /// log Σ eˣ along one axis.
  public func logSumExp(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    logSumExp(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// log((1/n) Σ eˣ), without overflow.
  public func logMeanExp(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    let axes = self.axes(axes, "logMeanExp")
    let count = Tensor.full(Double(axes.reduce(1) { $0 * shape[$1] }), [], type: type)
    return logSumExp(axes: axes, keepingDimensions: keepingDimensions) - count.log()
  }

  /// log((1/n) Σ eˣ) along one axis.
  public func logMeanExp(axis: Int, keepingDimensions: Bool = false) -> Tensor {
    logMeanExp(axes: [axis], keepingDimensions: keepingDimensions)
  }

  /// eˣ / Σ eˣ along one axis; shape stays.
  public func softmax(axis: Int = -1) -> Tensor {
    let weights = (self - finiteMaximum([self.axis(axis, "softmax")])).exp()
    return weights / weights.sum(axis: axis, keepingDimensions: true)
  }

  /// x - log Σ eˣ along one axis; shape stays.
  public func logSoftmax(axis: Int = -1) -> Tensor {
    let shifted = self - finiteMaximum([self.axis(axis, "logSoftmax")])
    return shifted - shifted.exp().sum(axis: axis, keepingDimensions: true).log()
  }

  /// The shift of the exponents. Results do not depend on it, so no gradient passes; an infinite one would leave NaN.
  private func finiteMaximum(_ axes: [Int]) -> Tensor {
    let maximum = max(axes: axes, keepingDimensions: true).stoppingGradient()
    return select(maximum.isFinite(), maximum, 0)
  }

  /// Where the largest element is along an axis, the first of several: int32.
  public func argmax(axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
    let axis = self.axis(axis, "argmax")
    let count = Double(shape[axis])
    let isLargest = (self .== max(axis: axis, keepingDimensions: true)).cast(to: .int32)
    let fromEnd = count - Tensor.iota(shape, axis: axis)
    return count - (isLargest * fromEnd).max(axis: axis, keepingDimensions: keepingDimensions)
  }

  /// Where the smallest element is along an axis, the first of several: int32.
  public func argmin(axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
    let axis = self.axis(axis, "argmin")
    let count = Double(shape[axis])
    let isSmallest = (self .== min(axis: axis, keepingDimensions: true)).cast(to: .int32)
    let fromEnd = count - Tensor.iota(shape, axis: axis)
    return count - (isSmallest * fromEnd).max(axis: axis, keepingDimensions: keepingDimensions)
  }

  /// The sum of each element and those before it along an axis; shape stays.
  public func cumulativeSum(axis: Int = -1) -> Tensor {
    let axis = self.axis(axis, "cumulativeSum")
    var sum = self
    // Each round doubles how many elements an element has the sum of.
    var distance = 1
    while distance < shape[axis] {
      let earlier = sum.sliced(0..<(shape[axis] - distance), axis: axis)
      sum = sum + earlier.padded(before: distance, after: 0, axis: axis)
      distance *= 2
    }
    return sum
  }
}
