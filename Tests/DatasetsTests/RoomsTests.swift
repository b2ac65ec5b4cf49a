import Testing

@testable import Datasets

@Suite("Rooms")
struct RoomsTests {
  @Test("pictures are in colour, channels first, labelled by shape, and described by their factors")
  func content() throws {
    let set = Rooms.draw(count: 12)
    #expect(set.images.shape == [12, 3, 64, 64] && set.images.type == .uint8)
    #expect(set.classCount == 4 && set.labels == set.factors?.column("shape"))
    let factors = try #require(set.factors)
    #expect(factors.names == ["floor hue", "wall hue", "object hue", "scale", "shape", "orientation"])
    #expect(factors.classCounts == [10, 10, 10, 8, 4, 15])
    for index in 0..<set.count { #expect(set.picture(at: index) == Rooms.picture(factors[index])) }
  }

  @Test("a picture depends on the seed and its own index alone")
  func streams() {
    let long = Rooms.draw(count: 8, seed: 3)
    #expect(Rooms.draw(count: 5, seed: 3) == long[0..<5])
    #expect(Rooms.draw(count: 8, seed: 4).images != long.images)
  }

  @Test("no combination to test with is among those to train on, whatever the seeds, and every class occurs")
  func disjoint() {
    func combinations(_ table: FactorTable) -> Set<[Int]> { Set((0..<table.count).map { table[$0] }) }
    let train = combinations(Rooms.space.draw(count: Rooms.trainCount, seed: 0, split: .train))
    let test = combinations(Rooms.space.draw(count: Rooms.testCount, seed: 5, split: .test))
    #expect(train.isDisjoint(with: test))
    for part in [train, test] {
      for (column, count) in Rooms.space.classCounts.enumerated() {
        #expect(Set(part.map { $0[column] }) == Set(0..<count))
      }
    }
  }

  @Test("a factor changes its own part of the picture")
  func factors() {
    /// Which of three places change with one factor: of the floor, of a wall, of the object.
    func changes(_ column: Int, to value: Int) -> [Bool] {
      var classes = base
      classes[column] = value
      let (before, after) = (Rooms.picture(base).pixels, Rooms.picture(classes).pixels)
      return [(60, 4), (4, 4), (30, 32)].map { row, x in
        let pixel = (row * 64 + x) * 3..<(row * 64 + x + 1) * 3
        return before[pixel] != after[pixel]
      }
    }
    #expect(changes(0, to: 8) == [true, false, true], "the floor throws light on the object")
    #expect(changes(1, to: 8) == [false, true, false])
    #expect(changes(2, to: 8) == [false, false, true])
    #expect(changes(3, to: 7) == [false, false, true])
    #expect(changes(4, to: 0) == [false, false, true])
    #expect(changes(5, to: 0) == [true, true, true])
  }

  @Test("a red floor is red, and the object throws a shadow on it")
  func light() {
    let picture = Rooms.picture(base)
    func pixel(_ row: Int, _ x: Int) -> [Int] {
      picture.pixels[(row * 64 + x) * 3..<(row * 64 + x + 1) * 3].map(Int.init)
    }
    let (open, under) = (pixel(60, 8), pixel(45, 32))
    #expect(open[0] > open[1] + 40 && open[0] > open[2] + 40)
    #expect(2 * under[0] < open[0] && under[0] > under[1])
  }

  /// A blue ball of middle size on a red floor, seen from the middle.
  private let base = [0, 3, 6, 4, 2, 7]

  // Pinned when the set was first drawn: whoever changes it changes what every figure measured on it means.
  @Test("the bytes are the same on every machine")
  func pinned() {
    let expected = "9b04638f7c64ae115a1264a45cab23d989c72902c1bee76fe6c3ccff4d731416"
    #expect(SHA256.digits(of: Rooms.draw(count: 24).images.bytes) == expected)
  }
}
