/// Philox 4x32-10, counter-based random bits (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011), written for clarity as the oracle of the devices' version.
public enum Philox {
  /// Ten rounds on a counter under a key.
  public static func bits(counter: [UInt32], key: [UInt32]) -> [UInt32] {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let (product0, product2) = (c[0].multipliedFullWidth(by: 0xD251_1F53), c[2].multipliedFullWidth(by: 0xCD9E_8D57))
      c = [product2.high ^ c[1] ^ k[0], product2.low, product0.high ^ c[3] ^ k[1], product0.low]
      k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
    }
    return c
  }

  /// The four lanes that hold an element: key (seed low, seed high), counter (element / 4 low, element / 4 high,
  /// step, stream).
  public static func lanes(element: UInt64, state: [UInt32], stream: UInt32) -> [UInt32] {
    let block = element / 4
    return bits(
      counter: [UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), state[2], stream],
      key: [state[0], state[1]])
  }
}
