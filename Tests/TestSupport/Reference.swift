import Graphs

/// What a node should be: its elements in Double, and how far a device's may lie from them.
///
/// The errors are a running error analysis: an element's error is the largest difference that the inputs' errors can
/// make, plus the rounding that the op itself may add (see `Accuracy`). So cancellation widens the tolerance exactly
/// where it should and nowhere else. An infinite error marks an element on a discontinuity (a comparison of two numbers
/// closer than their errors), where nothing can be expected. Integers carry no error: they must agree bit for bit.
public struct Reference: Sendable {
  public var shape: Shape
  public var type: ElementType
  public var values: [Double]
  public var errors: [Double]

  public init(_ shape: Shape, _ type: ElementType, _ values: [Double], errors: [Double]? = nil) {
    precondition(values.count == shape.elementCount, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.type = type
    self.values = values
    self.errors = errors ?? [Double](repeating: 0, count: values.count)
  }

  public subscript(index: Int) -> Approximate {
    get { Approximate(values[index], errors[index]) }
    set {
      values[index] = newValue.value
      errors[index] = newValue.error
    }
  }
}

/// A number and how far from it a device may be.
public struct Approximate: Hashable, Sendable {
  public var value: Double
  public var error: Double

  public init(_ value: Double, _ error: Double = 0) {
    self.value = value
    self.error = error
  }

  /// The image under a monotone function, whose ends bound every value between.
  func mapped(_ function: (Double) -> Double) -> Approximate {
    let middle = function(value)
    guard error > 0 else { return Approximate(middle) }
    let (low, high) = (function(value - error), function(value + error))
    let spread = max(abs(low - middle), abs(high - middle))
    return Approximate(middle, spread.isNaN ? .infinity : spread)
  }

  /// The same with the rounding of one op added: `ulps` of `type` at the result.
  func rounded(_ ulps: Double, _ type: ElementType) -> Approximate {
    guard ulps > 0, value.isFinite else { return self }
    return Approximate(value, error + ulps * type.unitInLastPlace(at: abs(value) + (error.isFinite ? error : 0)))
  }

  /// Whether the value may be either side of 0, so that a test against 0 can go either way.
  var mayChangeSign: Bool { error > 0 && abs(value) <= error }
}

extension ElementType {
  /// The distance from 1 to the next number.
  public var epsilon: Double {
    switch self {
    case .float32: Double(Float.ulpOfOne)
    case .float64: Double.ulpOfOne
    case .int32, .uint32, .uint8: 0
    }
  }

  /// The spacing of numbers at a magnitude; a denormal counts as the least normal number, for devices flush to zero.
  public func unitInLastPlace(at magnitude: Double) -> Double {
    switch self {
    case .float32:
      magnitude < Double(Float.greatestFiniteMagnitude)
        ? Double(max(Float(magnitude).ulp, Float.leastNormalMagnitude)) : Double(Float.greatestFiniteMagnitude.ulp)
    case .float64: max(magnitude.ulp, Double.leastNormalMagnitude)
    case .int32, .uint32, .uint8: 0
    }
  }
}
