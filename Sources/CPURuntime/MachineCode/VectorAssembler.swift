/// Writes instructions of x86-64-v4 as bytes: AVX-512 on vectors of 16 float32, and the few on addresses around them
/// (Intel 64 and IA-32 architectures software developer's manual, volume 2, sections 2.2 and 2.7).
struct VectorAssembler {
  /// The level of a processor that has them, as the vector loops name it.
  static let level = "x86-64-v4"

  /// zmm0 … zmm31.
  typealias Vector = UInt8

  /// General registers by their numbers.
  enum Address: UInt8 {
    case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
  }

  /// k1 … k7; in its place 0 stands for no mask.
  typealias Mask = UInt8

  enum Source {
    case vector(Vector)
    /// 16 elements at an address plus `rax`, or one, repeated, at an address.
    case elements(Address)
    case element(Address)
    /// An element of these bits, repeated; it lies behind the code.
    case constant(UInt32)
  }

  /// Instructions of the form destination = f(first, second), by their opcodes. Of `minimum` and `maximum` the second is
  /// the result where the two are equal or one is no number.
  enum Operation: UInt8 {
    case add = 0x58
    case multiply = 0x59
    case subtract = 0x5C
    case minimum = 0x5D
    case divide = 0x5E
    case maximum = 0x5F
    case and = 0x54
    case or = 0x56
    case xor = 0x57
    case addWhole = 0xFE
    case subtractWhole = 0xFA

    fileprivate var prefix: UInt8 { self == .addWhole || self == .subtractWhole ? 1 : 0 }
  }

  /// Shifts of 32 bits, by what takes the destination's place in their coding.
  enum Shift: UInt8 {
    case right = 2
    case arithmeticRight = 4
    case left = 6
  }

  /// Where a fused multiply-add has its sum: out * second + first, first * out + second, first * second + out.
  enum FusedForm: UInt8 {
    case out132 = 0x98
    case out213 = 0xA8
    case out231 = 0xB8
  }

  /// What a comparison asks for, by its immediate.
  enum Predicate: UInt8 {
    case equal = 0
    case less = 1
    case unordered = 3
    case notEqual = 4
    case greater = 14
  }

  private(set) var bytes: [UInt8] = []
  /// Distances to constants: where each stands, and from where it counts.
  private var distances: [(bits: UInt32, place: Int, end: Int)] = []

  // MARK: Vectors

  mutating func apply(_ operation: Operation, _ out: Vector, _ first: Vector, _ second: Source) {
    evex(operation.rawValue, out, first, second, prefix: operation.prefix)
  }

  /// One product and a sum with it, rounded once.
  mutating func fuse(_ form: FusedForm, _ out: Vector, _ first: Vector, _ second: Source) {
    evex(form.rawValue, out, first, second, map: 2, prefix: 1)
  }

  mutating func shift(_ shift: Shift, _ out: Vector, _ x: Vector, by count: UInt8) {
    evex(0x72, shift.rawValue, out, .vector(x), prefix: 1, immediate: count)
  }

  /// The numbers of whole numbers.
  mutating func toFloat(_ out: Vector, _ x: Vector) { evex(0x5B, out, 0, .vector(x)) }

  mutating func squareRoot(_ out: Vector, _ x: Source) { evex(0x51, out, 0, x) }

  /// The largest whole number that is not above x.
  mutating func floor(_ out: Vector, _ x: Source) {
    evex(0x08, out, 0, x, map: 3, prefix: 1, immediate: 0x09)
  }

  mutating func compare(_ predicate: Predicate, _ mask: Mask, _ first: Vector, _ second: Source) {
    evex(0xC2, mask, first, second, immediate: predicate.rawValue)
  }

  /// Where the mask holds y, elsewhere x.
  mutating func blend(_ out: Vector, _ mask: Mask, _ x: Vector, _ y: Source) {
    evex(0x65, out, x, y, map: 2, prefix: 1, mask: mask)
  }

  /// Of memory, elements that the mask leaves out are not read; they, or the register's, become 0 where `zeroes`.
  mutating func move(_ out: Vector, _ x: Source, mask: Mask = 0, zeroes: Bool = false) {
    switch x {
    case .element, .constant: evex(0x18, out, 0, x, map: 2, prefix: 1, repeats: false)
    case .vector, .elements: evex(0x10, out, 0, x, mask: mask, zeroes: zeroes)
    }
  }

  mutating func store(_ x: Vector, at address: Address, mask: Mask = 0) {
    evex(0x11, x, 0, .elements(address), mask: mask)
  }

  /// One instruction with an EVEX prefix and registers of 512 bits.
  ///
  /// - Parameter repeats: whether the instruction itself is to repeat a constant.
  private mutating func evex(
    _ opcode: UInt8, _ out: UInt8, _ first: UInt8, _ second: Source, map: UInt8 = 1, prefix: UInt8 = 0, mask: Mask = 0,
    zeroes: Bool = false, repeats: Bool = true, immediate: UInt8? = nil
  ) {
    func inverted(_ number: UInt8, bit: UInt8) -> UInt8 { number >> bit & 1 ^ 1 }
    var isRepeated = false
    let (x, b): (UInt8, UInt8) =
      switch second {
      case .vector(let register): (inverted(register, bit: 4), inverted(register, bit: 3))
      case .elements(let base), .element(let base): (1, inverted(base.rawValue, bit: 3))
      case .constant: (1, 1)
      }
    if case .constant = second { isRepeated = repeats }
    bytes.append(0x62)
    bytes.append(inverted(out, bit: 3) << 7 | x << 6 | b << 5 | inverted(out, bit: 4) << 4 | map)
    bytes.append((~first & 15) << 3 | 1 << 2 | prefix)
    bytes.append(
      (zeroes ? 1 << 7 : 0) | 2 << 5 | (isRepeated ? 1 << 4 : 0) | inverted(first, bit: 4) << 3 | mask)
    bytes.append(opcode)
    switch second {
    case .vector(let register):
      bytes.append(3 << 6 | (out & 7) << 3 | register & 7)
    case .elements(let base):
      // A distance of 0 is written out: without one, rbp and r13 would mean something else.
      bytes += [1 << 6 | (out & 7) << 3 | 4, base.rawValue & 7, 0]
    case .element(let base):
      bytes += [1 << 6 | (out & 7) << 3 | 4, 4 << 3 | base.rawValue & 7, 0]
    case .constant:
      bytes += [(out & 7) << 3 | 5, 0, 0, 0, 0]
    }
    let place = bytes.count - 4
    if let immediate { bytes.append(immediate) }
    if case .constant(let bits) = second { distances.append((bits, place, bytes.count)) }
  }

  // MARK: Addresses and counts

  mutating func push(_ register: Address) {
    if register.rawValue >= 8 { bytes.append(0x41) }
    bytes.append(0x50 | register.rawValue & 7)
  }

  mutating func pop(_ register: Address) {
    if register.rawValue >= 8 { bytes.append(0x41) }
    bytes.append(0x58 | register.rawValue & 7)
  }

  /// out = address number `index` of the list at rdi.
  mutating func loadAddress(_ out: Address, index: Int) {
    bytes += [0x48 | (out.rawValue >> 3) << 2, 0x8B, 2 << 6 | (out.rawValue & 7) << 3 | Address.rdi.rawValue]
    append(UInt32(8 * index))
  }

  mutating func clearOffset() { bytes += [0x31, 0xC0] }
  mutating func advanceOffset() { bytes += [0x48, 0x83, 0xC0, 64] }
  /// Takes 16 from the count, rsi.
  mutating func countDown() { bytes += [0x48, 0x83, 0xEE, 16] }
  mutating func compareCountTo16() { bytes += [0x48, 0x83, 0xFE, 16] }
  mutating func testCount() { bytes += [0x48, 0x85, 0xF6] }

  /// k1 = the lowest bits, as many as the count, which is lost; ecx too.
  mutating func maskOfCount() {
    bytes += [0x89, 0xF1]  // mov ecx, esi
    bytes += [0xBE, 1, 0, 0, 0]  // mov esi, 1
    bytes += [0xD3, 0xE6]  // shl esi, cl
    bytes += [0xFF, 0xCE]  // dec esi
    bytes += [0xC5, 0xF8, 0x92, 0xCE]  // kmovw k1, esi
  }

  /// Leaves the upper halves of the registers clean, for code of older instructions, and returns; the constants follow.
  mutating func finish() {
    bytes += [0xC5, 0xF8, 0x77, 0xC3]
    while bytes.count % 4 != 0 { bytes.append(0xCC) }
    var places: [UInt32: Int] = [:]
    for distance in distances {
      if places[distance.bits] == nil {
        places[distance.bits] = bytes.count
        append(distance.bits)
      }
      set(UInt32(bitPattern: Int32(places[distance.bits]! - distance.end)), at: distance.place)
    }
  }

  // MARK: Jumps

  enum Condition: UInt8 {
    case zero = 0x84
    case less = 0x8C
    case notLess = 0x8D
  }

  /// A jump to a place that is given later; its number goes to `land`.
  mutating func jump(_ condition: Condition) -> Int {
    bytes += [0x0F, condition.rawValue, 0, 0, 0, 0]
    return bytes.count
  }

  /// Lets a jump lead here.
  mutating func land(_ jump: Int) { set(UInt32(bytes.count - jump), at: jump - 4) }

  /// A jump to a place that has been.
  mutating func jump(_ condition: Condition, to place: Int) {
    let end = jump(condition)
    set(UInt32(bitPattern: Int32(place - end)), at: end - 4)
  }

  private mutating func append(_ bits: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
  }

  private mutating func set(_ bits: UInt32, at index: Int) {
    for byte in 0..<4 { bytes[index + byte] = UInt8(truncatingIfNeeded: bits >> (8 * UInt32(byte))) }
  }
}
