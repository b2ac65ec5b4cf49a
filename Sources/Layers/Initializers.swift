import Tensors

// A weight has shape (outputs, inputs, window...): fan in is inputs times the window, fan out outputs times it.
extension Initializer {
  public static let zeros = Initializer("zeros") { shape, type, _ in .zeros(shape, type: type) }

  public static let ones = Initializer("ones") { shape, type, _ in .ones(shape, type: type) }

  /// One number everywhere.
  public static func constant(_ value: Double) -> Initializer {
    Initializer("constant \(value)") { shape, type, _ in .full(value, shape, type: type) }
  }

  /// These numbers, in the parameter's shape and type.
  public static func values(_ values: Tensor) -> Initializer {
    Initializer("values") { _, type, _ in values.cast(to: type) }
  }

  /// Uniform between two numbers.
  public static func uniform(in range: ClosedRange<Double>) -> Initializer {
    Initializer("uniform \(range)") { shape, type, key in key.uniform(shape, in: range, type: type) }
  }

  /// Normal with a mean and a standard deviation.
  public static func normal(mean: Double = 0, standardDeviation: Double = 1) -> Initializer {
    Initializer("normal \(mean) ± \(standardDeviation)") { shape, type, key in
      key.normal(shape, type: type) * standardDeviation + mean
    }
  }

  /// U(-a, a) with a = 1 / √(fan in): what PyTorch's linear layers begin with.
  public static let fanInUniform = scaledUniform("fan-in uniform") { fanIn, _ in 1 / fanIn.squareRoot() }

  /// U(-a, a) with a = √(6 / (fan in + fan out)) (Glorot and Bengio, 2010).
  public static let glorotUniform = scaledUniform("Glorot uniform") { (6 / ($0 + $1)).squareRoot() }

  /// N(0, σ²) with σ = √(2 / (fan in + fan out)) (Glorot and Bengio, 2010).
  public static let glorotNormal = scaledNormal("Glorot normal") { (2 / ($0 + $1)).squareRoot() }

  /// U(-a, a) with a = √(6 / fan in), for rectified units (He et al., 2015).
  public static let heUniform = scaledUniform("He uniform") { fanIn, _ in (6 / fanIn).squareRoot() }

  /// N(0, σ²) with σ = √(2 / fan in), for rectified units (He et al., 2015).
  public static let heNormal = scaledNormal("He normal") { fanIn, _ in (2 / fanIn).squareRoot() }

  private static func scaledUniform(
    _ name: String, bound: @escaping @Sendable (_ fanIn: Double, _ fanOut: Double) -> Double
  ) -> Initializer {
    Initializer(name) { shape, type, key in
      let (fanIn, fanOut) = fans(of: shape)
      let bound = bound(fanIn, fanOut)
      return key.uniform(shape, in: -bound...bound, type: type)
    }
  }

  private static func scaledNormal(
    _ name: String, deviation: @escaping @Sendable (_ fanIn: Double, _ fanOut: Double) -> Double
  ) -> Initializer {
    Initializer(name) { shape, type, key in
      let (fanIn, fanOut) = fans(of: shape)
      return key.normal(shape, type: type) * deviation(fanIn, fanOut)
    }
  }

  private static func fans(of shape: Shape) -> (fanIn: Double, fanOut: Double) {
    guard shape.rank >= 2 else { fatalError("[initializer] shape \(shape) has no inputs and outputs") }
    let window = shape.dimensions.dropFirst(2).reduce(1, *)
    return (Double(shape[1] * window), Double(shape[0] * window))
  }
}
