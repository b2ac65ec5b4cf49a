import Graphs

/// The OpenCL C of one scalar operation. Functions come from `elbo_math.h`, so that every device computes the same.
enum ScalarCode {
  static func unary(_ op: UnaryOp, _ x: String, _ type: ElementType) -> String {
    guard type.isFloatingPoint else { return integerUnary(op, x, type) }
    switch op {
    case .negate: return "-\(x)"
    case .reciprocal: return "\(literal(1, type)) / \(x)"
    case .absolute, .sign, .floor, .exp, .log, .log1p, .expm1, .sqrt, .sin, .cos, .tanh, .sigmoid, .softplus, .erf,
      .relu:
      return "elbo_\(op)_\(type.suffix)(\(x))"
    }
  }

  static func binary(_ op: BinaryOp, _ x: String, _ y: String, _ type: ElementType) -> String {
    switch op {
    case .less: return "(\(type.codeName))(\(x) < \(y))"
    case .equal: return "(\(type.codeName))(\(x) == \(y))"
    default: break
    }
    guard type.isFloatingPoint else { return integerBinary(op, x, y, type) }
    switch op {
    case .add: return "\(x) + \(y)"
    case .subtract: return "\(x) - \(y)"
    case .multiply: return "\(x) * \(y)"
    case .divide: return "\(x) / \(y)"
    case .maximum, .minimum, .power, .remainder, .less, .equal: return "elbo_\(op)_\(type.suffix)(\(x), \(y))"
    }
  }

  /// To integers everything is truncated toward zero and clamped to the range, as constants are (`Scalar`).
  static func cast(_ x: String, from: ElementType, to: ElementType) -> String {
    switch (from, to) {
    case _ where from == to: x
    case (_, .float32), (_, .float64): "(\(to.codeName))\(x)"
    case (.float32, .int32), (.float64, .int32): "elbo_i32_of_\(from.suffix)(\(x))"
    case (.float32, .uint32), (.float64, .uint32): "elbo_u32_of_\(from.suffix)(\(x))"
    case (.float32, .uint8), (.float64, .uint8): "(uchar)min(elbo_u32_of_\(from.suffix)(\(x)), 255u)"
    case (.int32, .uint32): "(uint)max(\(x), 0)"
    case (.int32, .uint8): "(uchar)clamp(\(x), 0, 255)"
    case (.uint32, .int32): "(int)min(\(x), 2147483647u)"
    case (.uint32, .uint8): "(uchar)min(\(x), 255u)"
    case (.uint8, .int32), (.uint8, .uint32): "(\(to.codeName))\(x)"
    case (.int32, .int32), (.uint32, .uint32), (.uint8, .uint8): x
    }
  }

  /// A constant with all its bits: floating point in hexadecimal.
  static func literal(_ value: Double, _ type: ElementType) -> String {
    switch type {
    case .int32: return value == Double(Int32.min) ? "(-2147483647 - 1)" : "\(Int(value))"
    case .uint32: return "\(Int(value))u"
    case .uint8: return "(uchar)\(Int(value))"
    case .float32, .float64:
      if value.isNaN { return "(\(type.codeName))NAN" }
      if value.isInfinite { return value < 0 ? "-(\(type.codeName))INFINITY" : "(\(type.codeName))INFINITY" }
      return hexadecimal(value) + (type == .float32 ? "f" : "")
    }
  }

  private static func hexadecimal(_ value: Double) -> String {
    let sign = value.sign == .minus ? "-" : ""
    guard value != 0 else { return sign + "0.0" }
    // A whole number that is not long reads better as one, and is as exact.
    if value == value.rounded(), abs(value) < 1e6 { return "\(sign)\(Int(abs(value))).0" }
    // Denormal numbers included: the significand is scaled to 1.something, which the exponent then undoes.
    let digits = String(value.significand.bitPattern & 0x000F_FFFF_FFFF_FFFF, radix: 16)
    let padded = String(repeating: "0", count: 13 - digits.count) + digits
    return "\(sign)0x1.\(padded)p\(value.exponent)"
  }

  // Integer arithmetic wraps around, which C promises for unsigned types only.

  private static func integerUnary(_ op: UnaryOp, _ x: String, _ type: ElementType) -> String {
    let name = type.codeName
    switch op {
    case .negate: return "(\(name))(0u - (uint)\(x))"
    case .absolute: return type == .int32 ? "(int)(\(x) < 0 ? 0u - (uint)\(x) : (uint)\(x))" : x
    case .sign: return type == .int32 ? "(\(x) > 0) - (\(x) < 0)" : "(\(name))(\(x) != 0)"
    case .relu: return type == .int32 ? "max(\(x), 0)" : x
    default: preconditionFailure("[\(op)] takes floating point, not \(type)")
    }
  }

  private static func integerBinary(_ op: BinaryOp, _ x: String, _ y: String, _ type: ElementType) -> String {
    let name = type.codeName
    switch op {
    case .add: return "(\(name))((uint)\(x) + (uint)\(y))"
    case .subtract: return "(\(name))((uint)\(x) - (uint)\(y))"
    case .multiply: return "(\(name))((uint)\(x) * (uint)\(y))"
    case .divide, .remainder: return "(\(name))elbo_\(op)_\(type == .int32 ? "i32" : "u32")(\(x), \(y))"
    case .maximum: return "max(\(x), \(y))"
    case .minimum: return "min(\(x), \(y))"
    case .power, .less, .equal: preconditionFailure("[\(op)] takes floating point, not \(type)")
    }
  }
}

extension ElementType {
  /// The type in OpenCL C.
  var codeName: String {
    switch self {
    case .float32: "float"
    case .float64: "double"
    case .int32: "int"
    case .uint32: "uint"
    case .uint8: "uchar"
    }
  }

  /// The ending of the functions of `elbo_math.h`.
  var suffix: String {
    switch self {
    case .float32: "f32"
    case .float64: "f64"
    case .int32: "i32"
    case .uint32: "u32"
    case .uint8: "u8"
    }
  }
}
