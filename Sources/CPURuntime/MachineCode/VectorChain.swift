import Graphs

/// Elementwise ops on float32 that one loop does together: between them values stay in registers, where the tile
/// machine's own loops would pass each through the first-level cache.
struct VectorChain {
  enum Op: Hashable {
    case unary(UnaryOp)
    case binary(BinaryOp)
    case select
    /// A product and then, rounded again, a sum or a difference with it.
    case productPlus, productLess, lessProduct

    /// Whether the assembler has it in a few instructions; the transcendental functions have loops of their own.
    var isInline: Bool {
      switch self {
      case .unary(let op): [.negate, .absolute, .floor, .sqrt, .reciprocal, .relu].contains(op)
      case .binary(let op): op != .power && op != .remainder
      case .select, .productPlus, .productLess, .lessProduct: true
      }
    }
  }

  enum Operand: Hashable {
    /// Element by element, from the list of this number.
    case stream(Int)
    /// The same element throughout, of this number among those.
    case uniform(Int)
    case step(Int)
  }

  struct Step {
    var op: Op
    var operands: [Operand]
    /// Where the value goes, if anything outside wants it.
    var output: Int?
  }

  var steps: [Step] = []
  var streamCount = 0
  var uniformCount = 0
  var outputCount = 0

  /// The loop `f(addresses, count)`, addresses being those of the streams, of the uniform elements and of the outputs in
  /// this order; nil where registers do not suffice. An output may be where a stream is: a vector is written when all that
  /// lie at its place have been read.
  func code() -> [UInt8]? {
    guard var writer = VectorChainWriter(self) else { return nil }
    return writer.write()
  }
}

/// Gives the values of a chain registers, and writes its loop.
private struct VectorChainWriter {
  private typealias Vector = VectorAssembler.Vector
  private typealias Address = VectorAssembler.Address

  private let chain: VectorChain
  private var assembler = VectorAssembler()
  private let addresses: [Address]
  /// Registers that no iteration changes.
  private var uniforms: [Vector] = []
  private var constants: [UInt32: Vector] = [:]
  /// The others.
  private var free: [Vector] = []
  /// The number of the last step that reads a stream or a step; past the end where an output does.
  private var lastUse: [VectorChain.Operand: Int] = [:]

  private static let scratchAddresses: [Address] = [.rdx, .r8, .r9, .r10, .r11]
  private static let savedAddresses: [Address] = [.rbx, .rbp, .r12, .r13, .r14, .r15]
  /// The mask of the last vector, and that of a comparison.
  private static let (tail, choice): (VectorAssembler.Mask, VectorAssembler.Mask) = (1, 2)

  private enum Bits {
    static let zero: UInt32 = 0
    static let one: UInt32 = 0x3F80_0000
    static let sign: UInt32 = 0x8000_0000
    static let magnitude: UInt32 = 0x7FFF_FFFF
  }

  init?(_ chain: VectorChain) {
    self.chain = chain
    // rdi comes last: the list of addresses lies there until all are read.
    let count = chain.streamCount + chain.outputCount
    let known = Self.scratchAddresses + Self.savedAddresses
    guard count > 0, count <= known.count + 1 else { return nil }
    addresses = Array(known.prefix(count - 1)) + [.rdi]
    free = (0..<32).reversed()
    for _ in 0..<chain.uniformCount {
      guard let register = free.popLast() else { return nil }
      uniforms.append(register)
    }
    for bits in chain.steps.flatMap({ Self.constants($0.op) }) where constants[bits] == nil {
      guard let register = free.popLast() else { return nil }
      constants[bits] = register
    }
    for (number, step) in chain.steps.enumerated() {
      for operand in step.operands { lastUse[operand] = number }
    }
    for (number, step) in chain.steps.enumerated() where step.output != nil { lastUse[.step(number)] = .max }
  }

  private static func constants(_ op: VectorChain.Op) -> [UInt32] {
    switch op {
    case .unary(.negate): [Bits.sign]
    case .unary(.absolute): [Bits.magnitude]
    case .unary(.reciprocal), .binary(.less), .binary(.equal): [Bits.one]
    case .unary(.relu), .select: [Bits.zero]
    default: []
    }
  }

  // MARK: The loop

  mutating func write() -> [UInt8]? {
    let saved = addresses.filter(Self.savedAddresses.contains)
    for register in saved { assembler.push(register) }
    for (number, register) in uniforms.enumerated() {
      assembler.loadAddress(.rax, index: chain.streamCount + number)
      assembler.move(register, .element(.rax))
    }
    for (bits, register) in constants.sorted(by: { $0.key < $1.key }) {
      assembler.setCounter(bits)
      assembler.repeatCounter(register)
    }
    for (number, register) in addresses.enumerated() {
      let isOutput = number >= chain.streamCount
      assembler.loadAddress(register, index: number + (isOutput ? chain.uniformCount : 0))
    }
    assembler.clearOffset()
    assembler.compareCountTo16()
    let toTail = assembler.jump(.less)
    let start = assembler.bytes.count
    guard writeVector(mask: 0) else { return nil }
    assembler.advanceOffset()
    assembler.countDown()
    assembler.compareCountTo16()
    assembler.jump(.notLess, to: start)
    assembler.land(toTail)
    assembler.testCount()
    let toEnd = assembler.jump(.zero)
    assembler.maskOfCount()
    guard writeVector(mask: Self.tail) else { return nil }
    assembler.land(toEnd)
    for register in saved.reversed() { assembler.pop(register) }
    assembler.finish()
    return assembler.bytes
  }

  /// All steps for 16 elements, or for those of the mask; false where registers run out.
  private mutating func writeVector(mask: VectorAssembler.Mask) -> Bool {
    let allFree = free
    defer { free = allFree }
    var held: [VectorChain.Operand: Vector] = [:]

    /// Where an operand is; a stream is read when it is first asked for.
    func vector(_ operand: VectorChain.Operand) -> Vector? {
      if case .uniform(let number) = operand { return uniforms[number] }
      if let register = held[operand] { return register }
      guard case .stream(let number) = operand, let register = free.popLast() else { return nil }
      assembler.move(register, .elements(addresses[number]), mask: mask, zeroes: mask != 0)
      held[operand] = register
      return register
    }

    for (number, step) in chain.steps.enumerated() {
      var operands: [Vector] = []
      for operand in step.operands {
        guard let register = vector(operand) else { return false }
        operands.append(register)
      }
      for operand in Set(step.operands) where lastUse[operand] == number {
        if let register = held.removeValue(forKey: operand) { free.append(register) }
      }
      guard let out = outputRegister(step.op, operands) else { return false }
      write(step.op, out, operands)
      held[.step(number)] = out
    }
    for (number, step) in chain.steps.enumerated() {
      guard let output = step.output, let register = held[.step(number)] else { continue }
      assembler.store(register, at: addresses[chain.streamCount + output], mask: mask)
    }
    return true
  }

  /// A register for a step's value; where the step reads an operand after it has written, none of its operands'.
  private mutating func outputRegister(_ op: VectorChain.Op, _ operands: [Vector]) -> Vector? {
    let keepsOperands: Bool =
      switch op {
      case .binary(.maximum), .binary(.minimum), .productPlus, .productLess, .lessProduct: true
      default: false
      }
    guard keepsOperands else { return free.popLast() }
    return free.lastIndex { !operands.contains($0) }.map { free.remove(at: $0) }
  }

  // MARK: Steps

  private mutating func write(_ op: VectorChain.Op, _ out: Vector, _ x: [Vector]) {
    switch op {
    case .unary(let op): write(op, out, x[0])
    case .binary(let op): write(op, out, x[0], x[1])
    case .select:
      assembler.compare(.notEqual, Self.choice, x[0], .vector(constants[Bits.zero]!))
      assembler.blend(out, Self.choice, x[2], .vector(x[1]))
    case .productPlus, .productLess, .lessProduct:
      assembler.apply(.multiply, out, x[0], .vector(x[1]))
      switch op {
      case .productPlus: assembler.apply(.add, out, out, .vector(x[2]))
      case .productLess: assembler.apply(.subtract, out, out, .vector(x[2]))
      default: assembler.apply(.subtract, out, x[2], .vector(out))
      }
    }
  }

  private mutating func write(_ op: UnaryOp, _ out: Vector, _ x: Vector) {
    switch op {
    case .negate: assembler.apply(.xor, out, x, .vector(constants[Bits.sign]!))
    case .absolute: assembler.apply(.and, out, x, .vector(constants[Bits.magnitude]!))
    case .floor: assembler.floor(out, .vector(x))
    case .sqrt: assembler.squareRoot(out, .vector(x))
    case .reciprocal: assembler.apply(.divide, out, constants[Bits.one]!, .vector(x))
    // Of two zeros, or where one is no number, the second is the result.
    case .relu: assembler.apply(.maximum, out, constants[Bits.zero]!, .vector(x))
    default: preconditionFailure("\(op) has a loop of its own")
    }
  }

  private mutating func write(_ op: BinaryOp, _ out: Vector, _ x: Vector, _ y: Vector) {
    switch op {
    case .add: assembler.apply(.add, out, x, .vector(y))
    case .subtract: assembler.apply(.subtract, out, x, .vector(y))
    case .multiply: assembler.apply(.multiply, out, x, .vector(y))
    case .divide: assembler.apply(.divide, out, x, .vector(y))
    case .maximum, .minimum:
      // The first is the result where it is no number.
      assembler.apply(op == .maximum ? .maximum : .minimum, out, x, .vector(y))
      assembler.compare(.unordered, Self.choice, x, .vector(x))
      assembler.move(out, .vector(x), mask: Self.choice)
    case .less, .equal:
      assembler.compare(op == .less ? .less : .equal, Self.choice, x, .vector(y))
      assembler.move(out, .vector(constants[Bits.one]!), mask: Self.choice, zeroes: true)
    case .power, .remainder: preconditionFailure("\(op) has a loop of its own")
    }
  }
}
