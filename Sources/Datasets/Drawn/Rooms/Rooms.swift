/// A room with one object, 64 x 64 in colour: the data set that shows what a latent space has found out.
///
/// In the manner of 3D Shapes (C. Burgess, H. Kim, 2018): six independent factors, the four shapes are the labels.
/// Drawn by a small ray caster with diffuse light, soft shadows and smooth edges. The same seed gives the same bytes on
/// every machine: nothing but exactly rounded arithmetic is used.
public enum Rooms {
  /// Pictures that are drawn where no count is given.
  public static let trainCount = 6_000
  public static let testCount = 600

  /// Pixels a side.
  public static let side = 64

  /// The names of the classes, in the order of the labels.
  public static let shapeNames = ["cube", "cylinder", "sphere", "capsule"]

  /// Three hues, the object's size, its shape, and the direction from which the room is seen.
  static let space = FactorSpace(
    names: ["floor hue", "wall hue", "object hue", "scale", "shape", "orientation"],
    classCounts: [
      RoomPalette.hueCount, RoomPalette.hueCount, RoomPalette.hueCount, 8, RoomObject.Kind.allCases.count,
      RoomScene.orientationCount,
    ],
    representative: { $0 })

  /// Draws `count` pictures (count, 3, 64, 64) with their factors, the shape as label.
  public static func draw(count: Int, seed: UInt64 = 0, split: DataSplit = .train) -> DataSet {
    space.dataSet(name: "rooms", count: count, seed: seed, split: split, shape: [3, side, side]) { draw($0, into: $1) }
  }

  /// Draws the one picture of a combination of factors: floor hue, wall hue, object hue, scale, shape, orientation.
  public static func picture(_ classes: [Int]) -> Picture {
    precondition(
      classes.count == space.names.count && zip(classes, space.classCounts).allSatisfy { 0 <= $0 && $0 < $1 },
      "[Rooms] factors \(classes) of \(space.classCounts)")
    var bytes = [UInt8](repeating: 0, count: 3 * side * side)
    bytes.withUnsafeMutableBufferPointer { draw(classes, into: $0) }
    return Picture(planar: bytes, shape: [3, side, side])
  }

  /// One ray a pixel, and nine more where the pixel or a neighbour lies on an edge.
  private static func draw(_ classes: [Int], into bytes: UnsafeMutableBufferPointer<UInt8>) {
    let scene = RoomScene(classes)
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: side * side) { parts in
      for row in 0..<side {
        for column in 0..<side {
          let direction = direction(scene, row: Float(row), column: Float(column))
          let surface = scene.surface(along: direction)
          parts[row * side + column] = Int8(surface.part)
          store(scene.light(from: surface, along: direction), at: row * side + column, into: bytes)
        }
      }
      for row in 0..<side {
        for column in 0..<side where isEdge(parts, row: row, column: column) {
          store(blend(scene, row: row, column: column), at: row * side + column, into: bytes)
        }
      }
    }
  }

  @inline(__always)
  private static func direction(_ scene: RoomScene, row: Float, column: Float) -> Vector {
    let scale = 2 / Float(side)
    return scene.direction(x: (column + 0.5) * scale - 1, y: 1 - (row + 0.5) * scale)
  }

  @inline(__always)
  private static func isEdge(_ parts: UnsafeMutableBufferPointer<Int8>, row: Int, column: Int) -> Bool {
    let own = parts[row * side + column]
    for y in max(row - 1, 0)...min(row + 1, side - 1) {
      for x in max(column - 1, 0)...min(column + 1, side - 1) where parts[y * side + x] != own { return true }
    }
    return false
  }

  /// The mean light of nine places in one pixel.
  @inline(__always)
  private static func blend(_ scene: RoomScene, row: Int, column: Int) -> Vector {
    var sum = Vector.zero
    for place in 0..<9 {
      let (x, y) = (Float(place % 3 - 1) / 3, Float(place / 3 - 1) / 3)
      let direction = direction(scene, row: Float(row) + y, column: Float(column) + x)
      sum = sum + scene.light(from: scene.surface(along: direction), along: direction)
    }
    return sum * (1.0 / 9)
  }

  /// Stores a colour in its three planes. The square root stands in for the screen's own curve.
  @inline(__always)
  private static func store(_ light: Vector, at pixel: Int, into bytes: UnsafeMutableBufferPointer<UInt8>) {
    bytes[pixel] = level(light.x)
    bytes[side * side + pixel] = level(light.y)
    bytes[2 * side * side + pixel] = level(light.z)
  }

  @inline(__always)
  private static func level(_ light: Float) -> UInt8 { UInt8(min(255, (light.squareRoot() * 255).rounded())) }
}
