/// The extents of a tensor's dimensions, outermost first; elements lie in row-major order.
public struct Shape: Hashable, Sendable {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// No dimension at all: one element.
  public static let scalar = Shape([])

  public var rank: Int { dimensions.count }
  public var elementCount: Int { dimensions.reduce(1, *) }

  /// Distance in elements between neighbours along each dimension, in row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  public subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// The shape in which two shapes meet under broadcasting, or nil: aligned at the last dimension, 1 stretches.
  public func broadcast(with other: Shape) -> Shape? {
    var result = [Int](repeating: 1, count: max(rank, other.rank))
    for i in result.indices {
      let a = i < result.count - rank ? 1 : self[i - (result.count - rank)]
      let b = i < result.count - other.rank ? 1 : other[i - (result.count - other.rank)]
      guard a == b || a == 1 || b == 1 else { return nil }
      result[i] = a == 1 ? b : a
    }
    return Shape(result)
  }

  /// The shape with the given axes set to 1.
  public func reducing(_ axes: [Int]) -> Shape {
    var result = self
    for axis in axes { result[axis] = 1 }
    return result
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String {
    rank == 1 ? "(\(self[0]),)" : "(" + dimensions.map(String.init).joined(separator: ", ") + ")"
  }
}

/// A program that asks for a shape that cannot be: which op, and which shapes.
public struct ShapeError: Error, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ op: String, _ message: String) { description = "[\(op)] \(message)" }
}
