/// A corner of a room with one object in it, lit by a square lamp, seen by an eye that walks round the object.
struct RoomScene {
  private let object: RoomObject
  private let floorColour: Vector
  private let wallColour: Vector
  private let objectColour: Vector
  private let eye: Vector
  private let forward: Vector
  private let right: Vector
  private let up: Vector

  /// What a ray meets first.
  struct Surface {
    /// Tells smooth parts of the picture apart: edges lie where it changes.
    let part: Int
    let distance: Float
    let normal: Vector
  }

  static let orientationCount = 15

  /// The walls stand at x and z of minus this.
  private static let wallDistance: Float = 2.4
  private static let lamp = Vector(0.6, 5.2, 3.4)
  private static let lampHalfSide: Float = 0.55
  private static let eyeHeight: Float = 2.5
  private static let eyeDistance: Float = 5
  /// Half the picture's side at distance 1.
  private static let halfView: Float = 0.36

  /// Directions from the object to the eye: from 15 to 75 degrees from the x axis, the corner in the middle at 45.
  private static let directions = rotations(
    count: orientationCount, from: (0.965_925_826_289_068_3, 0.258_819_045_102_520_8),
    step: (0.997_203_797_181_180_2, 0.074_730_093_586_424_2))

  init(_ classes: [Int]) {
    floorColour = RoomPalette.floor[classes[0]]
    wallColour = RoomPalette.wall[classes[1]]
    objectColour = RoomPalette.object[classes[2]]
    object = RoomObject(
      kind: RoomObject.Kind.allCases[classes[4]], size: 0.72 + 0.07 * Float(classes[3]))
    let direction = Self.directions[classes[5]]
    eye = Vector(
      Self.eyeDistance * Float(direction.cosine), Self.eyeHeight, Self.eyeDistance * Float(direction.sine))
    forward = (Vector(0, 0.72, 0) - eye).normalized
    right = forward.cross(Vector(0, 1, 0)).normalized
    up = right.cross(forward)
  }

  /// The direction in which a place of the picture is seen; both coordinates run from -1 to 1, right and up.
  @inline(__always)
  func direction(x: Float, y: Float) -> Vector {
    (forward + right * (x * Self.halfView) + up * (y * Self.halfView)).normalized
  }

  /// What is seen in one direction: floor 0, walls 1 and 2, parts of the object from 3 on.
  @inline(__always)
  func surface(along direction: Vector) -> Surface {
    if let hit = object.hit(from: eye, along: direction) {
      return Surface(part: 3 + hit.part, distance: hit.distance, normal: hit.normal)
    }
    let toFloor = direction.y < 0 ? -eye.y / direction.y : .infinity
    let toX = direction.x < 0 ? (-Self.wallDistance - eye.x) / direction.x : .infinity
    let toZ = direction.z < 0 ? (-Self.wallDistance - eye.z) / direction.z : .infinity
    if toFloor <= min(toX, toZ) { return Surface(part: 0, distance: toFloor, normal: Vector(0, 1, 0)) }
    if toX <= toZ { return Surface(part: 1, distance: toX, normal: Vector(1, 0, 0)) }
    return Surface(part: 2, distance: toZ, normal: Vector(0, 0, 1))
  }

  /// The light that comes from a surface to the eye.
  @inline(__always)
  func light(from surface: Surface, along direction: Vector) -> Vector {
    let point = eye + direction * surface.distance
    let toLamp = Self.lamp - point
    let lampDistance = toLamp.dot(toLamp).squareRoot()
    let lampDirection = toLamp * (1 / lampDistance)
    let facing = max(0, surface.normal.dot(lampDirection))
    // Falls off with distance, gentler than a bare lamp would: the far corner keeps its colour.
    let direct = facing * 44 / (lampDistance * lampDistance + 22)

    if surface.part >= 3 {
      let half = (lampDirection - direction).normalized
      let gloss = power32(max(0, surface.normal.dot(half)))
      let sky = 0.5 + 0.5 * surface.normal.y
      let ambient = Vector(1, 1, 1) * (0.14 + 0.20 * sky) + floorColour * (0.22 * (1 - sky))
      return objectColour * (ambient + Vector(1, 1, 1) * (0.82 * direct)) + Vector(1, 1, 1) * (0.2 * gloss)
    }
    let lit = direct * visibility(of: point)
    let shade = 0.38 * openness(of: point, part: surface.part) + 0.70 * lit
    return (surface.part == 0 ? floorColour : wallColour) * shade
  }

  /// How much of the lamp a point of the floor or a wall sees, 0 to 1, by 4 x 4 places on the lamp.
  @inline(__always)
  private func visibility(of point: Vector) -> Float {
    let toLamp = (Self.lamp - point).normalized
    let toCentre = object.centre - point
    let along = toCentre.dot(toLamp)
    let reach = object.radius + 0.45
    guard along > 0, toCentre.dot(toCentre) - along * along < reach * reach else { return 1 }
    var seen: Float = 0
    for place in 0..<16 {
      let (u, v) = (Float(place % 4) - 1.5, Float(place / 4) - 1.5)
      let spread = Self.lampHalfSide / 2
      let target = Vector(Self.lamp.x + u * spread, Self.lamp.y, Self.lamp.z + v * spread)
      if object.hit(from: point, along: (target - point).normalized) == nil { seen += 1 }
    }
    return seen / 16
  }

  /// How much of the surroundings a point of the floor or a wall sees: less in corners and under the object.
  @inline(__always)
  private func openness(of point: Vector, part: Int) -> Float {
    let (fromX, fromZ) = (point.x + Self.wallDistance, point.z + Self.wallDistance)
    switch part {
    case 0:
      let gap = object.distanceFromFootprint(x: point.x, z: point.z) / (0.7 * object.size)
      let under = max(0, 1 - gap)
      return corner(fromX) * corner(fromZ) * (1 - 0.75 * under * under)
    case 1: return corner(point.y) * corner(fromZ)
    default: return corner(point.y) * corner(fromX)
    }
  }

  /// The darkening beside another wall, which a point at this distance sees as half of its surroundings or less.
  @inline(__always)
  private func corner(_ distance: Float) -> Float { 1 - 0.42 / (1 + 5 * distance * distance) }

  @inline(__always)
  private func power32(_ value: Float) -> Float {
    var power = value
    for _ in 0..<5 { power *= power }
    return power
  }
}
