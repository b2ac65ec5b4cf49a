/// The keyed permutation of data order, as `elbo_random.h` has it: a balanced Feistel network of six rounds over the
/// smallest even number of bits (at least 6) that holds `count`, walked again while it leaves 0 ..< count.
public enum Shuffle {
  public static func place(
    of position: UInt32, epoch: UInt32, seedLow: UInt32, seedHigh: UInt32, count: UInt32
  ) -> UInt32 {
    let bits = max(6, UInt32.bitWidth - (count - 1).leadingZeroBitCount)
    let half = UInt32(bits + 1) / 2
    let mask: UInt32 = (1 << half) - 1
    let key = Philox.lanes(element: UInt64(count) * 4, state: [seedLow, seedHigh, epoch], stream: .max)
    var x = position % count
    repeat {
      var (left, right) = (x >> half, x & mask)
      for round in 0..<6 {
        var mixed = (right ^ key[round % 4]) &+ UInt32(round) &* 0x9E37_79B9
        mixed = (mixed ^ mixed >> 16) &* 0xD251_1F53
        mixed = (mixed ^ mixed >> 15 ^ key[(round + 1) % 4]) &* 0xCD9E_8D57
        (left, right) = (right, left ^ mixed >> (32 - half))
      }
      x = left << half | right
    } while x >= count
    return x
  }
}
