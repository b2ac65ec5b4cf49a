import CVectorLoops

/// The memory of the plain structs that replay walks: allocated while a program is prepared, freed with it.
final class Tables {
  private var blocks: [UnsafeMutableRawPointer] = []

  /// A copy that stays where it is. An empty array has an address too, which nothing reads.
  func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let byteCount = max(elements.count * MemoryLayout<Element>.stride, 1)
    let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    blocks.append(block)
    let start = block.bindMemory(to: Element.self, capacity: max(elements.count, 1))
    elements.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { start.initialize(from: base, count: source.count) }
    }
    return start
  }

  /// Memory for a thread's work, or for values between two launches; on lines of the cache.
  func allocate(byteCount: Int) -> UnsafeMutablePointer<CChar> {
    let block = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
    block.initializeMemory(as: CChar.self, repeating: 0, count: max(byteCount, 64))
    blocks.append(block)
    return block.assumingMemoryBound(to: CChar.self)
  }

  deinit {
    for block in blocks { block.deallocate() }
  }
}

extension elbo_affine {
  init(offset: Int, strides: [Int]) {
    self.init()
    self.offset = Int64(offset)
    store(strides, in: &stride)
  }
}
