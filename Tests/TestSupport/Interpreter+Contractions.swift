import Graphs

/// Sums at many places, each kept with a correction (Neumaier, 1974), so that the oracle of a long float64 sum is
/// itself right; and what is needed to bound a device's sum.
private struct Sums {
  private var sums: [Double]
  private var corrections: [Double]
  private var magnitudes: [Double]
  private var errors: [Double]
  private var counts: [Int]

  init(_ count: Int) {
    sums = [Double](repeating: 0, count: count)
    corrections = sums
    magnitudes = sums
    errors = sums
    counts = [Int](repeating: 0, count: count)
  }

  mutating func add(_ term: Double, error: Double, at place: Int) {
    let sum = sums[place] + term
    corrections[place] += abs(sums[place]) >= abs(term) ? (sums[place] - sum) + term : (term - sum) + sums[place]
    sums[place] = sum
    magnitudes[place] += abs(term)
    errors[place] += error
    counts[place] += 1
  }

  func reference(_ shape: Shape, _ type: ElementType, depth: (Int) -> Double) -> Reference {
    var result = Reference(shape, type, sums)
    for i in sums.indices {
      let rounding = counts[i] == 0 ? 0 : depth(counts[i]) * type.epsilon * magnitudes[i]
      result[i] = Approximate(sums[i] + corrections[i], errors[i] + rounding)
    }
    return result
  }
}

extension ReferenceInterpreter {
  static func reduce(_ op: ReduceOp, _ x: Reference, axes: [Int], _ shape: Shape) -> Reference {
    var strides = shape.strides
    for axis in axes { strides[axis] = 0 }
    let targets = places(x.shape, strides: strides)
    switch op {
    case .sum where x.type.isFloatingPoint:
      var sums = Sums(shape.elementCount)
      for (i, target) in targets.enumerated() { sums.add(x.values[i], error: x.errors[i], at: target) }
      return sums.reference(shape, x.type, depth: Accuracy.sumDepth)
    case .sum:
      var result = Reference(shape, x.type, [Double](repeating: 0, count: shape.elementCount))
      for (i, target) in targets.enumerated() {
        result.values[target] = wrapped(Int64(result.values[target]) + Int64(x.values[i]), x.type)
      }
      return result
    case .maximum:
      var result = Reference(shape, x.type, [Double](repeating: -.infinity, count: shape.elementCount))
      for (i, target) in targets.enumerated() {
        result[target] = binary(.maximum, x[i], result[target], .float64)
      }
      return result
    }
  }

  static func matmul(_ a: Reference, _ b: Reference, _ shape: Shape) -> Reference {
    let (rows, columns, depth) = (shape[shape.rank - 2], shape[shape.rank - 1], a.shape[shape.rank - 1])
    let batch = shape.dimensions.dropLast(2).reduce(1, *)
    var sums = Sums(shape.elementCount)
    for n in 0..<batch {
      for i in 0..<rows {
        for j in 0..<columns {
          for k in 0..<depth {
            let (x, y) = (a[(n * rows + i) * depth + k], b[(n * depth + k) * columns + j])
            sums.add(x.value * y.value, error: productError(x, y), at: (n * rows + i) * columns + j)
          }
        }
      }
    }
    return sums.reference(shape, a.type, depth: Accuracy.productDepth)
  }

  /// A convolution is a sum of terms input * filter -> output; its gradients are the same terms summed at the input or
  /// at the filter. The one of the three that is nil is the result, of the given shape.
  static func convolution(
    _ window: ConvolutionWindow, input: Reference?, filter: Reference?, output: Reference?, _ shape: Shape
  ) -> Reference {
    let (x, w, y) = (input?.shape ?? shape, filter?.shape ?? shape, output?.shape ?? shape)
    var sums = Sums(shape.elementCount)
    let filtersPerGroup = w[0] / window.groups
    for (n, o) in product(y[0], w[0]) {
      for (c, (i, j)) in product(w[1], product(y[2], y[3])) {
        for (p, q) in product(w[2], w[3]) {
          let row = i * window.stride[0] + p * window.dilation[0] - window.padding[0]
          let column = j * window.stride[1] + q * window.dilation[1] - window.padding[1]
          guard row >= 0, row < x[2], column >= 0, column < x[3] else { continue }
          let channel = o / filtersPerGroup * w[1] + c
          let atInput = ((n * x[1] + channel) * x[2] + row) * x[3] + column
          let atFilter = ((o * w[1] + c) * w[2] + p) * w[3] + q
          let atOutput = ((n * y[1] + o) * y[2] + i) * y[3] + j
          let (a, b, target) =
            switch (input, filter, output) {
            case (let input?, let filter?, nil): (input[atInput], filter[atFilter], atOutput)
            case (nil, let filter?, let output?): (filter[atFilter], output[atOutput], atInput)
            case (let input?, nil, let output?): (input[atInput], output[atOutput], atFilter)
            default: preconditionFailure("two of the three are given")
            }
          sums.add(a.value * b.value, error: productError(a, b), at: target)
        }
      }
    }
    return sums.reference(shape, (input ?? output)!.type, depth: Accuracy.productDepth)
  }

  private static func product(_ a: Int, _ b: Int) -> [(Int, Int)] { product(a, (0..<b).map { $0 }) }

  private static func product<T>(_ a: Int, _ b: [T]) -> [(Int, T)] { (0..<a).flatMap { i in b.map { (i, $0) } } }
}
