import Basics
import Testing

@testable import Datasets

@Suite("Sprites")
struct SpritesTests {
  // The reference implementation in C, seed 1234567.
  @Test("the generator is SplitMix64")
  func generator() {
    var generator = SplitMix64(state: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected.indices.map { _ in generator.next() } == expected)
  }

  @Test("pictures are black and white, labelled by shape, and described by their factors")
  func content() throws {
    let set = Sprites.draw(count: 500)
    #expect(set.images.shape == [500, 32, 32] && set.images.type == .uint8)
    #expect(Set(set.images.bytes) == [0, 255])
    #expect(set.classCount == 3 && set.labels == set.factors?.column("shape"))
    let factors = try #require(set.factors)
    #expect(factors.names == ["shape", "scale", "orientation", "x", "y"])
    #expect(factors.classCounts == [3, 6, 40, 12, 12])
    for index in 0..<set.count { #expect(set.picture(at: index) == Sprites.picture(factors[index])) }
    for column in factors.names.indices {
      let classes = Set(factors.values.enumerated().filter { $0.offset % 5 == column }.map(\.element))
      #expect(classes == Set(0..<Int32(factors.classCounts[column])), "every class occurs")
    }
  }

  @Test("a picture depends on the seed and its own index alone")
  func streams() {
    let long = Sprites.draw(count: 60, seed: 3)
    #expect(Sprites.draw(count: 20, seed: 3) == long[0..<20])
    #expect(Sprites.draw(count: 60, seed: 4).images != long.images)
    #expect(Sprites.draw(count: 60, seed: 3, split: .test).images != long.images)
  }

  @Test("no picture to test with is among those to train on, whatever the seeds")
  func disjoint() {
    func pictures(_ set: DataSet) -> Set<[UInt8]> { Set((0..<set.count).map { set.picture(at: $0).pixels }) }
    let train = pictures(Sprites.draw(count: Sprites.trainCount))
    let test = pictures(Sprites.draw(count: Sprites.testCount, seed: 1, split: .test))
    #expect(train.isDisjoint(with: test))
    #expect(train.count > 15_000 && test.count > 1_500)
  }

  @Test("a square is as large as its scale says, and moves with x and y")
  func geometry() {
    func area(_ factors: [Int]) -> Int { Sprites.picture(factors).pixels.count { $0 == 255 } }
    // Half sides 3.6 and 7.2 round the middle of a pixel: 7 and 15 pixels.
    #expect(area([0, 0, 0, 5, 5]) == 49)
    #expect(area([0, 5, 0, 5, 5]) == 225)
    #expect(Sprites.picture([0, 5, 10, 5, 5]) == Sprites.picture([0, 5, 0, 5, 5]), "a quarter of a turn")
    #expect(Sprites.picture([2, 5, 10, 5, 5]) != Sprites.picture([2, 5, 0, 5, 5]))

    let place = Sprites.picture([0, 0, 0, 0, 11]).pixels
    let rows = (0..<32).filter { y in place[y * 32..<(y + 1) * 32].contains(255) }
    let columns = (0..<32).filter { x in (0..<32).contains { place[$0 * 32 + x] == 255 } }
    #expect(rows == Array(18...24) && columns == Array(7...13))
  }

  @Test("a heart stands on its point at first, and the same on both sides")
  func heart() {
    let rows = Sprites.picture([2, 5, 0, 5, 5]).pixels
    let widths = (0..<32).map { y in rows[y * 32..<(y + 1) * 32].count { $0 == 255 } }.filter { $0 > 0 }
    #expect(widths.last == 1 && widths.max() == 17)
    for y in 0..<32 {
      for x in 0..<15 { #expect(rows[y * 32 + 15 - x] == rows[y * 32 + 15 + x]) }
    }
  }

  // Pinned when the set was first drawn: whoever changes it changes what every figure measured on it means.
  @Test("the bytes are the same on every machine")
  func pinned() {
    let expected = "dca19a8096f84b557e20f15e6acfd07689d33c9c1c6937babfe8bf2ac504744e"
    #expect(SHA256.digits(of: Sprites.draw(count: 1000).images.bytes) == expected)
  }
}
