import Graphs

// Arithmetic of two tensors, broadcast against each other, or of a tensor and a number, which takes the tensor's type.
extension Tensor {
  /// a + b.
  public static func + (a: Tensor, b: Tensor) -> Tensor { binary(.add, a, b) }
  /// a - b.
  public static func - (a: Tensor, b: Tensor) -> Tensor { binary(.subtract, a, b) }
  /// a · b, element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor { binary(.multiply, a, b) }
  /// a / b; integers are truncated toward zero.
  public static func / (a: Tensor, b: Tensor) -> Tensor { binary(.divide, a, b) }
  /// a - b · trunc(a / b): the remainder with the sign of a, as C's `%` and `fmod`.
  public static func % (a: Tensor, b: Tensor) -> Tensor { binary(.remainder, a, b) }
  /// -a.
  public static prefix func - (a: Tensor) -> Tensor { apply(.unary(.negate), [a]) }

  public static func + (a: Tensor, b: Double) -> Tensor { a + a.like(b, "add") }
  public static func + (a: Double, b: Tensor) -> Tensor { b.like(a, "add") + b }
  public static func - (a: Tensor, b: Double) -> Tensor { a - a.like(b, "subtract") }
  public static func - (a: Double, b: Tensor) -> Tensor { b.like(a, "subtract") - b }
  public static func * (a: Tensor, b: Double) -> Tensor { a * a.like(b, "multiply") }
  public static func * (a: Double, b: Tensor) -> Tensor { b.like(a, "multiply") * b }
  public static func / (a: Tensor, b: Double) -> Tensor { a / a.like(b, "divide") }
  public static func / (a: Double, b: Tensor) -> Tensor { b.like(a, "divide") / b }
  public static func % (a: Tensor, b: Double) -> Tensor { a % a.like(b, "remainder") }

  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  public static func += (a: inout Tensor, b: Double) { a = a + b }
  public static func -= (a: inout Tensor, b: Double) { a = a - b }
  public static func *= (a: inout Tensor, b: Double) { a = a * b }
  public static func /= (a: inout Tensor, b: Double) { a = a / b }
}

// Comparisons give 1 where they hold and 0 where not, in the type of what is compared. With NaN only `.!=` holds.
extension Tensor {
  /// 1 where a = b.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { binary(.equal, a, b) }
  /// 1 where a ≠ b.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { 1 - (a .== b) }
  /// 1 where a < b.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { binary(.less, a, b) }
  /// 1 where a > b.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { b .< a }
  /// 1 where a ≤ b.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { (a .< b) + (a .== b) }
  /// 1 where a ≥ b.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { b .<= a }

  public static func .== (a: Tensor, b: Double) -> Tensor { a .== a.like(b, "equal") }
  public static func .!= (a: Tensor, b: Double) -> Tensor { a .!= a.like(b, "equal") }
  public static func .< (a: Tensor, b: Double) -> Tensor { a .< a.like(b, "less") }
  public static func .> (a: Tensor, b: Double) -> Tensor { a .> a.like(b, "less") }
  public static func .<= (a: Tensor, b: Double) -> Tensor { a .<= a.like(b, "less") }
  public static func .>= (a: Tensor, b: Double) -> Tensor { a .>= a.like(b, "less") }
}

/// The larger of two tensors at each place; where both are equal, each has half of the gradient.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.binary(.maximum, a, b) }

/// The larger of a tensor and a number at each place.
public func maximum(_ a: Tensor, _ b: Double) -> Tensor { maximum(a, a.like(b, "maximum")) }

/// The smaller of two tensors at each place; where both are equal, each has half of the gradient.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.binary(.minimum, a, b) }

/// The smaller of a tensor and a number at each place.
public func minimum(_ a: Tensor, _ b: Double) -> Tensor { minimum(a, a.like(b, "minimum")) }

/// `a` where the condition is not zero, else `b`; all three are broadcast against one another.
///
/// What is not chosen takes no part in the value, so it may be NaN there; its gradient is 0 · derivative, which is NaN
/// where the derivative is infinite. Choose the argument, not the result, where that can happen.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.type == b.type else { Tensor.trapTypes("select", a, b) }
  let condition = condition.type == a.type ? condition : (condition .!= 0).cast(to: a.type)
  guard let ab = a.shape.broadcast(with: b.shape), let shape = ab.broadcast(with: condition.shape) else {
    trap("select", "shapes \(condition.shape), \(a.shape) and \(b.shape) do not broadcast")
  }
  return Tensor.apply(.select, [condition, a, b].map { $0.broadcast(to: shape) })
}

/// `a` where the condition is not zero, else a number.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Double) -> Tensor {
  select(condition, a, a.like(b, "select"))
}

/// A number where the condition is not zero, else `b`.
public func select(_ condition: Tensor, _ a: Double, _ b: Tensor) -> Tensor {
  select(condition, b.like(a, "select"), b)
}

extension Tensor {
  static func binary(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard a.type == b.type else { trapTypes("\(op)", a, b) }
    if a.shape == b.shape { return apply(.binary(op), [a, b]) }
    guard let shape = a.shape.broadcast(with: b.shape) else {
      trap("\(op)", "shapes \(a.shape) and \(b.shape) do not broadcast")
    }
    return apply(.binary(op), [a.broadcast(to: shape), b.broadcast(to: shape)])
  }

  /// A number in this tensor's shape and type.
  func like(_ value: Double, _ op: String) -> Tensor {
    let scalar = Scalar(value, type)
    guard type.isFloatingPoint || scalar.value == value else { trap(op, "\(value) is not an \(type)") }
    return Tensor(shape, type, .constant(scalar))
  }

  static func trapTypes(_ op: String, _ a: Tensor, _ b: Tensor) -> Never {
    trap(op, "types \(a.type) and \(b.type) are not the same; see cast(to:)")
  }
}
