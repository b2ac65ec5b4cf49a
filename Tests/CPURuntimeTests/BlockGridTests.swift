import Testing

@testable import CPURuntime

@Suite("Blocks of a space")
struct BlockGridTests {
  @Test(
    "blocks are filled from the last dimension on, and a line of the cache stays whole",
    arguments: [
      ([6, 40], 16, [6, 3]), ([6, 40], 80, [3, 1]), ([6, 40], 1000, [1, 1]),
      // Less room than one line takes.
      ([6, 8], 4, [6, 1]), ([2, 3, 1], 1, [2, 3, 1]), ([5], 0, [1]),
    ] as [([Int], Int, [Int])])
  func sizes(extents: [Int], size: Int, counts: [Int]) {
    #expect(BlockGrid(extents, blockSize: size).counts == counts)
  }
}
