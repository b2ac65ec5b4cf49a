/// The one object of a room, standing on the floor at the origin; y runs upward.
struct RoomObject {
  let kind: Kind
  let size: Float
  /// The middle and radius of a ball that holds the object: what misses it misses the object.
  let centre: Vector
  let radius: Float

  /// In the order of the labels.
  enum Kind: Int, CaseIterable {
    case cube, cylinder, sphere, capsule
  }

  /// Where a ray meets the object.
  struct Hit {
    var distance: Float
    var normal: Vector
    /// Which smooth part of the surface: edges lie where it changes.
    var part: Int
  }

  // Half a side of the cube; radius and height of the round ones. In units of the object's size.
  private static let half: Float = 0.66
  private static let cylinder: (radius: Float, height: Float) = (0.68, 1.36)
  private static let ball: Float = 0.8
  private static let capsule: (radius: Float, height: Float) = (0.5, 1.76)
  /// The cube is turned by 18 degrees against the walls.
  private static let turn: (cosine: Float, sine: Float) = (0.951_056_5, 0.309_017)

  init(kind: Kind, size: Float) {
    self.kind = kind
    self.size = size
    let height: Float
    let reach: Float
    switch kind {
    case .cube: (height, reach) = (2 * Self.half, Self.half * 1.733)
    case .cylinder: (height, reach) = (Self.cylinder.height, Self.cylinder.radius * 1.415)
    case .sphere: (height, reach) = (2 * Self.ball, Self.ball)
    case .capsule: (height, reach) = (Self.capsule.height, Self.capsule.height / 2)
    }
    centre = Vector(0, height / 2 * size, 0)
    radius = reach * size
  }

  /// The first place where a ray from outside meets the object, or nil. `direction` has length 1.
  @inline(__always)
  func hit(from origin: Vector, along direction: Vector) -> Hit? {
    let toCentre = centre - origin
    let along = toCentre.dot(direction)
    guard along > 0, toCentre.dot(toCentre) - along * along <= radius * radius else { return nil }
    switch kind {
    case .cube: return boxHit(origin, direction)
    case .cylinder: return cylinderHit(origin, direction)
    case .sphere: return ballHit(origin, direction, height: Self.ball * size, radius: Self.ball * size)
    case .capsule: return capsuleHit(origin, direction)
    }
  }

  /// How far a point of the floor is from the object's footprint, 0 within it.
  @inline(__always)
  func distanceFromFootprint(x: Float, z: Float) -> Float {
    switch kind {
    case .cube:
      let u = max(abs(x * Self.turn.cosine + z * Self.turn.sine) - Self.half * size, 0)
      let v = max(abs(z * Self.turn.cosine - x * Self.turn.sine) - Self.half * size, 0)
      return (u * u + v * v).squareRoot()
    case .cylinder: return max((x * x + z * z).squareRoot() - Self.cylinder.radius * size, 0)
    // Round below: they touch the floor in one point, and shade it nearly as far as they reach.
    case .sphere: return max((x * x + z * z).squareRoot() - Self.ball * 0.45 * size, 0)
    case .capsule: return max((x * x + z * z).squareRoot() - Self.capsule.radius * 0.55 * size, 0)
    }
  }

  @inline(__always)
  private func boxHit(_ origin: Vector, _ direction: Vector) -> Hit? {
    let (c, s) = (Self.turn.cosine, Self.turn.sine)
    let half = Self.half * size
    // Into the box's own frame, its middle at the origin.
    let o = Vector(origin.x * c + origin.z * s, origin.y - half, origin.z * c - origin.x * s)
    let d = Vector(direction.x * c + direction.z * s, direction.y, direction.z * c - direction.x * s)
    // A ray enters each pair of faces through the one that looks against it. A zero gives an infinity, which compares
    // as it should.
    let (nearX, farX) = ((-o.x - side(half, d.x)) / d.x, (side(half, d.x) - o.x) / d.x)
    let (nearY, farY) = ((-o.y - side(half, d.y)) / d.y, (side(half, d.y) - o.y) / d.y)
    let (nearZ, farZ) = ((-o.z - side(half, d.z)) / d.z, (side(half, d.z) - o.z) / d.z)
    let near = max(nearX, nearY, nearZ)
    guard near > 0, near <= min(farX, farY, farZ) else { return nil }
    if near == nearY { return Hit(distance: near, normal: Vector(0, d.y < 0 ? 1 : -1, 0), part: 0) }
    if near == nearX {
      let sign: Float = d.x < 0 ? 1 : -1
      return Hit(distance: near, normal: Vector(sign * c, 0, sign * s), part: d.x < 0 ? 1 : 2)
    }
    let sign: Float = d.z < 0 ? 1 : -1
    return Hit(distance: near, normal: Vector(-sign * s, 0, sign * c), part: d.z < 0 ? 3 : 4)
  }

  @inline(__always)
  private func side(_ half: Float, _ direction: Float) -> Float { direction < 0 ? -half : half }

  @inline(__always)
  private func cylinderHit(_ origin: Vector, _ direction: Vector) -> Hit? {
    let (radius, height) = (Self.cylinder.radius * size, Self.cylinder.height * size)
    if direction.y < 0 {
      let distance = (height - origin.y) / direction.y
      let (x, z) = (origin.x + distance * direction.x, origin.z + distance * direction.z)
      if distance > 0 && x * x + z * z <= radius * radius {
        return Hit(distance: distance, normal: Vector(0, 1, 0), part: 0)
      }
    }
    return mantleHit(origin, direction, radius: radius, heights: 0...height)
  }

  /// The upright round wall between two heights.
  @inline(__always)
  private func mantleHit(
    _ origin: Vector, _ direction: Vector, radius: Float, heights: ClosedRange<Float>
  ) -> Hit? {
    let a = direction.x * direction.x + direction.z * direction.z
    let b = origin.x * direction.x + origin.z * direction.z
    let c = origin.x * origin.x + origin.z * origin.z - radius * radius
    let discriminant = b * b - a * c
    guard discriminant >= 0, a > 0 else { return nil }
    let distance = (-b - discriminant.squareRoot()) / a
    guard distance > 0, heights.contains(origin.y + distance * direction.y) else { return nil }
    let normal = Vector(
      (origin.x + distance * direction.x) / radius, 0, (origin.z + distance * direction.z) / radius)
    return Hit(distance: distance, normal: normal, part: 1)
  }

  /// A ball whose middle is at one height above the origin.
  @inline(__always)
  private func ballHit(_ origin: Vector, _ direction: Vector, height: Float, radius: Float) -> Hit? {
    let offset = Vector(origin.x, origin.y - height, origin.z)
    let b = offset.dot(direction)
    let discriminant = b * b - offset.dot(offset) + radius * radius
    guard discriminant >= 0 else { return nil }
    let distance = -b - discriminant.squareRoot()
    guard distance > 0 else { return nil }
    return Hit(distance: distance, normal: (offset + direction * distance) * (1 / radius), part: 1)
  }

  @inline(__always)
  private func capsuleHit(_ origin: Vector, _ direction: Vector) -> Hit? {
    let (radius, top) = (Self.capsule.radius * size, (Self.capsule.height - Self.capsule.radius) * size)
    if let hit = mantleHit(origin, direction, radius: radius, heights: radius...top) { return hit }
    let upper = ballHit(origin, direction, height: top, radius: radius)
    let lower = ballHit(origin, direction, height: radius, radius: radius)
    guard let upper, let lower else { return upper ?? lower }
    return upper.distance < lower.distance ? upper : lower
  }
}
