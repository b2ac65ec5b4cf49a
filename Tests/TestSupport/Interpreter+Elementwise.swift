import Foundation
import Graphs

extension ReferenceInterpreter {
  static func unary(_ op: UnaryOp, _ x: Approximate, _ type: ElementType) -> Approximate {
    guard type.isFloatingPoint else {
      let integer = Int64(x.value)
      switch op {
      case .negate: return Approximate(wrapped(-integer, type))
      case .absolute: return Approximate(wrapped(abs(integer), type))
      case .sign: return Approximate(Double(integer.signum()))
      case .relu: return Approximate(Double(max(integer, 0)))
      default: preconditionFailure("\(op) of \(type)")
      }
    }
    let result: Approximate
    switch op {
    case .negate: result = Approximate(-x.value, x.error)
    case .absolute: result = Approximate(abs(x.value), x.error)
    case .sign: result = x.mapped { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .floor: result = x.mapped { $0.rounded(.down) }
    case .exp: result = x.mapped { Foundation.exp($0) }
    case .log: result = x.mapped { Foundation.log($0) }
    case .log1p: result = x.mapped { Foundation.log1p($0) }
    case .expm1: result = x.mapped { Foundation.expm1($0) }
    case .sqrt: result = x.mapped { $0.squareRoot() }
    case .reciprocal: result = x.mayChangeSign ? Approximate(1 / x.value, .infinity) : x.mapped { 1 / $0 }
    // Not monotone, but no steeper than 1.
    case .sin: result = Approximate(Foundation.sin(x.value), min(x.error, 2))
    case .cos: result = Approximate(Foundation.cos(x.value), min(x.error, 2))
    case .tanh: result = x.mapped { Foundation.tanh($0) }
    case .sigmoid:
      result = x.mapped { $0 < 0 ? Foundation.exp($0) / (1 + Foundation.exp($0)) : 1 / (1 + Foundation.exp(-$0)) }
    case .softplus: result = x.mapped { max($0, 0) + Foundation.log1p(Foundation.exp(-abs($0))) }
    case .erf: result = x.mapped { Foundation.erf($0) }
    case .relu: result = x.mapped { $0 < 0 ? 0 : $0 }
    }
    return result.rounded(Accuracy.ulps(op), type)
  }

  static func binary(_ op: BinaryOp, _ a: Approximate, _ b: Approximate, _ type: ElementType) -> Approximate {
    guard type.isFloatingPoint else { return Approximate(integer(op, Int64(a.value), Int64(b.value), type)) }
    let (x, y) = (a.value, b.value)
    let result: Approximate
    switch op {
    case .add: result = Approximate(x + y, a.error + b.error)
    case .subtract: result = Approximate(x - y, a.error + b.error)
    case .multiply: result = Approximate(x * y, productError(a, b))
    // |x / y - (x + dx) / (y + dy)| = |dx - (x / y) dy| / |y + dy|.
    case .divide:
      let room = abs(y) - b.error
      let numerator = a.error + (b.error > 0 ? abs(x / y) * b.error : 0)
      result = Approximate(x / y, numerator == 0 ? 0 : room > 0 ? numerator / room : .infinity)
    // A NaN on either side is the result.
    case .maximum: result = Approximate(x > y || x.isNaN ? x : y, max(a.error, b.error))
    case .minimum: result = Approximate(x < y || x.isNaN ? x : y, max(a.error, b.error))
    // Monotone in each argument for x > 0, so the four corners bound it; a whole power of a negative number likewise.
    case .power:
      let corners = [-1.0, 1].flatMap { i in [-1.0, 1].map { j in pow(x + i * a.error, y + j * b.error) } }
      let spread = corners.reduce(0) { max($0, abs($1 - pow(x, y))) }
      result = Approximate(pow(x, y), spread.isNaN || a.mayChangeSign ? .infinity : spread)
    case .remainder: result = remainder(a, b)
    case .less: return compared(a, b, x < y)
    // Computed numbers are equal by construction alone: a maximum and the element it was chosen from must be so on a
    // device too.
    case .equal: return x == y ? Approximate(1) : compared(a, b, false)
    }
    return result.rounded(Accuracy.ulps(op), type)
  }

  static func productError(_ a: Approximate, _ b: Approximate) -> Double {
    // An infinite error times a 0 that is exact is none.
    (b.error > 0 ? abs(a.value) * b.error + a.error * b.error : 0)
      + (a.error > 0 && b.value != 0 ? a.error * abs(b.value) : 0)
  }

  /// x - y trunc(x / y): as exact as x and y unless the quotient may be either side of a whole number.
  private static func remainder(_ a: Approximate, _ b: Approximate) -> Approximate {
    let value = fmod(a.value, b.value)
    guard a.error > 0 || b.error > 0 else { return Approximate(value) }
    let quotient = binary(.divide, a, b, .float64)
    let whole = quotient.value.rounded(.towardZero)
    let isCertain =
      (quotient.value - quotient.error).rounded(.towardZero) == whole
      && (quotient.value + quotient.error).rounded(.towardZero) == whole
    return Approximate(value, isCertain ? a.error + abs(whole) * b.error : .infinity)
  }

  /// A comparison is certain when its sides are further apart than their errors.
  private static func compared(_ a: Approximate, _ b: Approximate, _ holds: Bool) -> Approximate {
    let error = a.error + b.error
    return Approximate(holds ? 1 : 0, error == 0 || abs(a.value - b.value) > error ? 0 : 1)
  }

  static func select(_ condition: Approximate, _ a: Approximate, _ b: Approximate) -> Approximate {
    let (chosen, other) = condition.value != 0 ? (a, b) : (b, a)
    guard condition.error > 0, condition.value == 0 || condition.mayChangeSign else { return chosen }
    return Approximate(chosen.value, max(chosen.error, abs(chosen.value - other.value) + other.error))
  }

  static func cast(_ x: Approximate, from: ElementType, to type: ElementType) -> Approximate {
    if !type.isFloatingPoint { return x.mapped { Scalar($0, type).value } }
    let isExact = type == .float64 || x.value == Double(Float(x.value)) && x.error == 0
    return isExact ? x : x.rounded(1, type)
  }

  // MARK: Integers

  /// Integer arithmetic wraps around; division truncates, and by zero gives 0.
  private static func integer(_ op: BinaryOp, _ x: Int64, _ y: Int64, _ type: ElementType) -> Double {
    switch op {
    case .add: wrapped(x &+ y, type)
    case .subtract: wrapped(x &- y, type)
    case .multiply: wrapped(x &* y, type)
    case .divide: wrapped(y == 0 ? 0 : x / y, type)
    case .remainder: wrapped(y == 0 ? 0 : x % y, type)
    case .maximum: Double(max(x, y))
    case .minimum: Double(min(x, y))
    case .less: x < y ? 1 : 0
    case .equal: x == y ? 1 : 0
    case .power: preconditionFailure("power of \(type)")
    }
  }

  static func wrapped(_ value: Int64, _ type: ElementType) -> Double {
    switch type {
    case .int32: Double(Int32(truncatingIfNeeded: value))
    case .uint32: Double(UInt32(truncatingIfNeeded: value))
    case .uint8: Double(UInt8(truncatingIfNeeded: value))
    case .float32, .float64: preconditionFailure("\(type) is not an integer")
    }
  }
}
