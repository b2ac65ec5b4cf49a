import CVectorLoops

/// The memory of the plain structs that replay walks: allocated while a program is prepared, freed with it.
final class Tables {
  private var blocks: [UnsafeMutableRawPointer] = []
  private var codes: [(start: UnsafeMutableRawPointer, byteCount: Int64)] = []

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

  /// Instructions of the processor, to be called; nil where the system forbids it.
  func code(_ bytes: [UInt8]) -> UnsafeMutableRawPointer? {
    guard let start = elbo_code_create(bytes, Int64(bytes.count)) else { return nil }
    codes.append((start, Int64(bytes.count)))
    return start
  }

  deinit {
    for code in codes { elbo_code_destroy(code.start, code.byteCount) }
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
