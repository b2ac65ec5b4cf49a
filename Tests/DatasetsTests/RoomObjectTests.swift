import Basics
import Testing

@testable import Datasets

@Suite("Where rays meet the objects of rooms")
struct RoomObjectTests {
  /// Whether a point is in the object, by its definition: another way to the same surface.
  private func contains(_ p: Vector, _ kind: RoomObject.Kind, size: Double) -> Bool {
    let (x, y, z) = (Double(p.x) / size, Double(p.y) / size, Double(p.z) / size)
    switch kind {
    case .cube:
      let (c, s) = (0.951056516295153, 0.309016994374947)
      return abs(x * c + z * s) <= 0.66 && abs(z * c - x * s) <= 0.66 && y >= 0 && y <= 1.32
    case .cylinder: return x * x + z * z <= 0.68 * 0.68 && y >= 0 && y <= 1.36
    case .sphere: return x * x + (y - 0.8) * (y - 0.8) + z * z <= 0.64
    case .capsule:
      let above = y - min(max(y, 0.5), 1.26)
      return x * x + above * above + z * z <= 0.25
    }
  }

  @Test("a hit is the first point of the ray in the object, and a miss has none", arguments: RoomObject.Kind.allCases)
  func marching(kind: RoomObject.Kind) {
    let object = RoomObject(kind: kind, size: 1.1)
    var generator = SplitMix64(state: 7)
    func number(_ low: Float, _ high: Float) -> Float {
      low + (high - low) * Float(generator.next(below: 1 << 20)) / Float(1 << 20)
    }
    var (hits, misses) = (0, 0)
    for _ in 0..<400 {
      let origin = Vector(number(-4, 4), number(0.01, 5), number(2.2, 5))
      let target = Vector(number(-1.1, 1.1), number(-0.2, 2.2), number(-1.1, 1.1))
      let direction = (target - origin).normalized
      let step: Float = 0.004
      let first = (0..<2500).first {
        let point = origin + direction * (Float($0) * step)
        // Rays come from above the floor, where the bottoms lie.
        return point.y >= 0 && contains(point, kind, size: 1.1)
      }
      guard let hit = object.hit(from: origin, along: direction) else {
        // A ray may graze within less than a step.
        let inside = (0..<2500).count { contains(origin + direction * (Float($0) * step), kind, size: 1.1) }
        #expect(inside <= 2)
        misses += 1
        continue
      }
      let point = origin + direction * hit.distance
      guard point.y > 0.01 else { continue }
      #expect(abs(hit.normal.dot(hit.normal) - 1) < 1e-4)
      #expect(hit.normal.dot(direction) <= 1e-4, "the surface faces the ray")
      #expect(!contains(point + hit.normal * 0.002, kind, size: 1.1), "outside is where the normal points")
      if let first {
        #expect(abs(Float(first) * step - hit.distance) <= step + 1e-3)
        hits += 1
      } else {
        let grazes = abs(hit.normal.dot(direction)) < 0.1
        #expect(grazes || kind == .cube || kind == .cylinder, "only an edge or a grazing ray slips between steps")
      }
    }
    #expect(hits > 100 && misses > 40)
  }

  @Test("the footprint's distance is measured on the floor", arguments: RoomObject.Kind.allCases)
  func footprint(kind: RoomObject.Kind) {
    let object = RoomObject(kind: kind, size: 1)
    #expect(object.distanceFromFootprint(x: 0, z: 0) == 0)
    let expected: [Float] = [3 - 0.68, 3 - 0.36, 3 - 0.275]
    if kind != .cube {
      #expect(abs(object.distanceFromFootprint(x: 0, z: 3) - expected[kind.rawValue - 1]) < 1e-6)
    } else {
      // Straight out of a face, and out of a corner.
      let (c, s): (Float, Float) = (0.951_056_5, 0.309_017)
      #expect(abs(object.distanceFromFootprint(x: 3 * c, z: 3 * s) - (3 - 0.66)) < 1e-6)
      #expect(abs(object.distanceFromFootprint(x: c - s, z: s + c) - 0.34 * Float(2).squareRoot()) < 1e-6)
    }
  }
}
