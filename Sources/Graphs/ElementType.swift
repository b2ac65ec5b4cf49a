/// The type of a tensor's elements.
public enum ElementType: UInt8, Hashable, Sendable, CaseIterable {
  case float32, float64, int32, uint32, uint8

  /// Bytes that one element takes in memory.
  public var byteCount: Int {
    switch self {
    case .float32, .int32, .uint32: 4
    case .float64: 8
    case .uint8: 1
    }
  }

  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }
}

extension ElementType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int32: "int32"
    case .uint32: "uint32"
    case .uint8: "uint8"
    }
  }
}

/// A constant, rounded to its element type when it is made, so that folding gives what a device would give.
public struct Scalar: Hashable, Sendable {
  public let value: Double
  public let type: ElementType

  /// Rounds `value` to `type`; integers are truncated toward zero and clamped to the range.
  public init(_ value: Double, _ type: ElementType) {
    self.type = type
    self.value =
      switch type {
      case .float32: Double(Float(value))
      case .float64: value
      case .int32: Self.clamped(value, Double(Int32.min), Double(Int32.max))
      case .uint32: Self.clamped(value, 0, Double(UInt32.max))
      case .uint8: Self.clamped(value, 0, Double(UInt8.max))
      }
  }

  private static func clamped(_ value: Double, _ low: Double, _ high: Double) -> Double {
    value.isNaN ? 0 : min(max(value.rounded(.towardZero), low), high)
  }

  /// Compared by bits, so that 0 and -0 are two constants and a NaN equals itself.
  public static func == (a: Scalar, b: Scalar) -> Bool {
    a.type == b.type && a.value.bitPattern == b.value.bitPattern
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(value.bitPattern)
  }
}
