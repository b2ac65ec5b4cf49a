import Elbo

/// Pixels that look like nothing, the same for every device and every run.
enum SyntheticPixels {
  /// Bytes of all data together that a workload has about: more than a cache holds, so that gathering a batch is timed
  /// as in training.
  private static let byteCount = 47_040_000

  /// Data of a source for batches of one size: whole batches, at least two.
  static func count(size: Int, batchSize: Int) -> Int { max(2, byteCount / size / batchSize) * batchSize }

  /// Uniform bytes, (count, size), by a Weyl sequence through a finalizer (Steele et al., Fast splittable pseudorandom
  /// number generators, OOPSLA 2014).
  static func tensor(count: Int, size: Int) -> Tensor {
    let total = count * size
    let bytes = [UInt8](unsafeUninitializedCapacity: total) { buffer, filled in
      let memory = UnsafeMutableRawBufferPointer(buffer)
      var state: UInt64 = 0
      for offset in stride(from: 0, to: total, by: 8) {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word = (word ^ (word >> 31)).littleEndian
        if offset + 8 <= total {
          memory.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        } else {
          for byte in 0..<(total - offset) { buffer[offset + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
        }
      }
      filled = total
    }
    return Tensor(bytes: bytes, shape: [count, size], type: .uint8)
  }
}
