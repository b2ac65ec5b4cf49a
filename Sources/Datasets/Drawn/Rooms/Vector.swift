/// A point, a direction or a colour of linear light. Plain fields: ray casting is nothing but arithmetic on these.
struct Vector {
  var x: Float
  var y: Float
  var z: Float

  @inline(__always)
  init(_ x: Float, _ y: Float, _ z: Float) {
    self.x = x
    self.y = y
    self.z = z
  }

  static let zero = Vector(0, 0, 0)

  @inline(__always)
  static func + (a: Vector, b: Vector) -> Vector { Vector(a.x + b.x, a.y + b.y, a.z + b.z) }

  @inline(__always)
  static func - (a: Vector, b: Vector) -> Vector { Vector(a.x - b.x, a.y - b.y, a.z - b.z) }

  /// Element by element, as light meets a colour.
  @inline(__always)
  static func * (a: Vector, b: Vector) -> Vector { Vector(a.x * b.x, a.y * b.y, a.z * b.z) }

  @inline(__always)
  static func * (a: Vector, b: Float) -> Vector { Vector(a.x * b, a.y * b, a.z * b) }

  @inline(__always)
  func dot(_ other: Vector) -> Float { x * other.x + y * other.y + z * other.z }

  @inline(__always)
  func cross(_ other: Vector) -> Vector {
    Vector(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
  }

  /// The direction of length 1.
  @inline(__always)
  var normalized: Vector { self * (1 / dot(self).squareRoot()) }
}
