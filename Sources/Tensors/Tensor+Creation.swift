import Graphs

/// A number type of Swift that tensors are made from and read as.
public protocol TensorElement: Sendable, BitwiseCopyable {
  static var elementType: ElementType { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }

extension Tensor {
  /// Numbers in row-major order; of one dimension where no shape is given.
  public init<Element: TensorElement>(_ elements: [Element], shape: Shape? = nil) {
    let shape = shape ?? [elements.count]
    guard shape.elementCount == elements.count else {
      trap("Tensor", "\(elements.count) elements do not fill shape \(shape)")
    }
    self.init(
      shape, Element.elementType, .realized(Storage(bytes: elements.withUnsafeBytes { [UInt8]($0) })))
  }

  /// Whole numbers as int32, in row-major order; of one dimension where no shape is given.
  public init(_ elements: [Int], shape: Shape? = nil) {
    self.init(
      elements.map { element in
        guard let element = Int32(exactly: element) else { trap("Tensor", "\(element) does not fit into int32") }
        return element
      }, shape: shape)
  }

  /// Elements in row-major order as they lie in memory.
  public init(bytes: [UInt8], shape: Shape, type: ElementType) {
    guard bytes.count == shape.elementCount * type.byteCount else {
      trap("Tensor", "\(bytes.count) bytes do not fill \(type) of shape \(shape)")
    }
    self.init(shape, type, .realized(Storage(bytes: bytes)))
  }

  /// One number, without dimensions.
  public init(_ value: Double, type: ElementType = .float32) { self = .full(value, [], type: type) }

  /// One value everywhere.
  public static func full(_ value: Double, _ shape: Shape, type: ElementType = .float32) -> Tensor {
    let scalar = Scalar(value, type)
    guard type.isFloatingPoint || scalar.value == value else { trap("full", "\(value) is not an \(type)") }
    return Tensor(shape, type, .constant(scalar))
  }

  /// 0 everywhere.
  public static func zeros(_ shape: Shape, type: ElementType = .float32) -> Tensor { full(0, shape, type: type) }

  /// 1 everywhere.
  public static func ones(_ shape: Shape, type: ElementType = .float32) -> Tensor { full(1, shape, type: type) }

  /// 0 everywhere, in the shape and type of another tensor.
  public static func zeros(like other: Tensor) -> Tensor { full(0, other.shape, type: other.type) }

  /// 1 everywhere, in the shape and type of another tensor.
  public static func ones(like other: Tensor) -> Tensor { full(1, other.shape, type: other.type) }

  /// The coordinate along one axis, at every place of a shape.
  public static func iota(_ shape: Shape, axis: Int = 0, type: ElementType = .int32) -> Tensor {
    apply(.iota(shape: shape, axis: axis < 0 ? axis + shape.rank : axis, type: type), [])
  }

  /// The numbers 0, 1, … before `end`: shape (end,).
  public static func arange(_ end: Int, type: ElementType = .float32) -> Tensor { iota([end], type: type) }

  /// The numbers start, start + step, … before `end`: shape (n,), n = ⌈(end - start) / step⌉.
  public static func arange(
    _ start: Double, _ end: Double, step: Double = 1, type: ElementType = .float32
  ) -> Tensor {
    guard step != 0 else { trap("arange", "the step is 0") }
    let count = Swift.max(0, Int(((end - start) / step).rounded(.up)))
    return iota([count], type: type) * step + start
  }

  /// `count` numbers from `start` to `end`, both included, at equal distances.
  public static func linspace(_ start: Double, _ end: Double, count: Int, type: ElementType = .float32) -> Tensor {
    guard count > 0 else { trap("linspace", "a count of \(count)") }
    return iota([count], type: type) * (count > 1 ? (end - start) / Double(count - 1) : 0) + start
  }

  /// The identity matrix, (rows, columns); square where no columns are given.
  public static func eye(_ rows: Int, _ columns: Int? = nil, type: ElementType = .float32) -> Tensor {
    let shape: Shape = [rows, columns ?? rows]
    return (iota(shape, axis: 0) .== iota(shape, axis: 1)).cast(to: type)
  }
}

/// Nested lists of numbers are float32: `let x: Tensor = [[1, 2], [3, 4]]`.
extension Tensor: ExpressibleByArrayLiteral {
  /// A number or a list of literals of one shape.
  public struct Literal: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    let shape: Shape
    let elements: [Float]

    public init(floatLiteral value: Float) { (shape, elements) = (.scalar, [value]) }
    public init(integerLiteral value: Int) { (shape, elements) = (.scalar, [Float(value)]) }
    public init(arrayLiteral parts: Literal...) { self.init(parts) }

    init(_ parts: [Literal]) {
      let inner = parts.first?.shape ?? .scalar
      guard parts.allSatisfy({ $0.shape == inner }) else {
        trap("Tensor", "rows of shapes \(parts.map(\.shape.description).joined(separator: " and "))")
      }
      shape = Shape([parts.count] + inner.dimensions)
      elements = parts.flatMap(\.elements)
    }
  }

  public init(arrayLiteral parts: Literal...) {
    let literal = Literal(parts)
    self.init(literal.elements, shape: literal.shape)
  }
}
