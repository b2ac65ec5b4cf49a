import TestSupport
import Testing

@Suite struct PhiloxTests {
  /// The known answers of the Random123 distribution (`kat_vectors`, philox4x32 10).
  @Test(
    arguments: [
      (
        [0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
      ),
      (
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func knownAnswers(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
    #expect(Philox.bits(counter: counter, key: key) == expected)
  }

  @Test(arguments: [1, 2, 3, 15, 16, 17, 100, 257, 1000] as [UInt32])
  func shuffleIsAPermutation(count: UInt32) {
    for epoch in 0..<3 as Range<UInt32> {
      let places = (0..<count).map { Shuffle.place(of: $0, epoch: epoch, seedLow: 7, seedHigh: 9, count: count) }
      #expect(places.sorted() == Array(0..<count))
      #expect(count < 15 || places != Array(0..<count))
    }
  }
}
