/// Gives the values of a chain registers, and writes its loop.
struct VectorChainWriter {
  private typealias Vector = VectorAssembler.Vector
  private typealias Address = VectorAssembler.Address

  private let chain: VectorChain
  private var assembler = VectorAssembler()
  private let addresses: [Address]
  /// Registers that no iteration changes.
  private var uniforms: [Vector] = []
  /// The others.
  private var free: [Vector] = []
  /// What is at hand in this iteration.
  private var held: [VectorChain.Operand: Vector] = [:]
  /// The number of the last step that reads a value; past the end where an output does.
  private var lastUse: [VectorChain.Operand: Int] = [:]
  private var mask: VectorAssembler.Mask = 0

  private static let scratchAddresses: [Address] = [.rdx, .r8, .r9, .r10, .r11]
  private static let savedAddresses: [Address] = [.rbx, .rbp, .r12, .r13, .r14, .r15]
  /// The mask of the last vector, and that of a comparison.
  private static let (tail, choice): (VectorAssembler.Mask, VectorAssembler.Mask) = (1, 2)

  /// Nil where there are not enough registers.
  init?(_ chain: VectorChain) {
    self.chain = chain
    // rdi comes last: the list of addresses lies there until all are read.
    let count = chain.streamCount + chain.outputs.count
    let known = Self.scratchAddresses + Self.savedAddresses
    guard count > 0, count <= known.count + 1 else { return nil }
    addresses = Array(known.prefix(count - 1)) + [.rdi]
    free = (0..<32).reversed()
    for _ in 0..<chain.uniformCount {
      guard let register = free.popLast() else { return nil }
      uniforms.append(register)
    }
    for (number, step) in chain.steps.enumerated() {
      for operand in step.operands { lastUse[operand] = number }
    }
    for output in chain.outputs { lastUse[output] = .max }
  }

  // MARK: The loop

  mutating func write() -> [UInt8]? {
    let saved = addresses.filter(Self.savedAddresses.contains)
    for register in saved { assembler.push(register) }
    for (number, register) in uniforms.enumerated() {
      assembler.loadAddress(.rax, index: chain.streamCount + number)
      assembler.move(register, .element(.rax))
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
    defer { (free, held) = (allFree, [:]) }
    self.mask = mask
    for (number, step) in chain.steps.enumerated() {
      guard write(step, number) else { return false }
    }
    for (number, output) in chain.outputs.enumerated() {
      guard let register = vector(output) else { return false }
      assembler.store(register, at: addresses[chain.streamCount + number], mask: mask)
    }
    return true
  }

  // MARK: Registers

  /// The register that an operand is in; a stream is read, and a constant repeated, when it is first asked for.
  private mutating func vector(_ operand: VectorChain.Operand) -> Vector? {
    if case .uniform(let number) = operand { return uniforms[number] }
    if let register = held[operand] { return register }
    guard let register = free.popLast() else { return nil }
    switch operand {
    case .stream(let number):
      assembler.move(register, .elements(addresses[number]), mask: mask, zeroes: mask != 0)
    case .constant(let bits): assembler.move(register, .constant(bits))
    case .uniform, .step: preconditionFailure("\(operand) is not at hand")
    }
    held[operand] = register
    return register
  }

  /// An operand where an instruction takes memory as well.
  private mutating func source(_ operand: VectorChain.Operand) -> VectorAssembler.Source? {
    if case .constant(let bits) = operand, held[operand] == nil { return .constant(bits) }
    return vector(operand).map { .vector($0) }
  }

  /// Lets go of what no later step reads.
  private mutating func release(_ operands: [VectorChain.Operand], after step: Int) {
    for operand in operands where lastUse[operand] == step {
      if let register = held.removeValue(forKey: operand) { free.append(register) }
    }
  }

  /// The register of a value that no later step reads, which thereby becomes the result's.
  private mutating func taken(_ operand: VectorChain.Operand, by step: Int) -> Vector? {
    if case .uniform = operand { return nil }
    return lastUse[operand] == step ? held.removeValue(forKey: operand) : nil
  }

  // MARK: Steps

  private mutating func write(_ step: VectorChain.Step, _ number: Int) -> Bool {
    let out: Vector?
    switch step.operation {
    case .apply(let operation):
      guard let x = vector(step.operands[0]), let y = source(step.operands[1]) else { return false }
      release(step.operands, after: number)
      out = free.popLast()
      if let out { assembler.apply(operation, out, x, y) }
    case .fuse: out = fuse(step.operands, number)
    case .choose(let predicate): out = choose(predicate, step.operands, number)
    case .sqrt, .floor, .shift, .toFloat:
      guard let x = vector(step.operands[0]) else { return false }
      release(step.operands, after: number)
      out = free.popLast()
      if let out { write(step.operation, out, x) }
    }
    guard let out else { return false }
    held[.step(number)] = out
    return true
  }

  private mutating func write(_ operation: VectorChain.Operation, _ out: Vector, _ x: Vector) {
    switch operation {
    case .sqrt: assembler.squareRoot(out, .vector(x))
    case .floor: assembler.floor(out, .vector(x))
    case .shift(let shift, let count): assembler.shift(shift, out, x, by: count)
    case .toFloat: assembler.toFloat(out, x)
    case .apply, .fuse, .choose: preconditionFailure("\(operation) has several operands")
    }
  }

  /// One operand's register becomes the result's: that of a value which nobody reads any more, or a copy.
  private mutating func fuse(_ operands: [VectorChain.Operand], _ number: Int) -> Vector? {
    var (x, y, z) = (operands[0], operands[1], operands[2])
    if case .constant = x { swap(&x, &y) }
    guard let left = vector(x) else { return nil }
    if !isConstant(z), z != x, z != y {
      guard let sum = vector(z), let right = source(y) else { return nil }
      if let out = taken(z, by: number) {
        assembler.fuse(.out231, out, left, right)
        release(operands, after: number)
        return out
      }
      let out: Vector
      if x != y, let own = taken(x, by: number) {
        out = own
      } else {
        guard let copy = free.popLast() else { return nil }
        assembler.move(copy, .vector(left))
        out = copy
      }
      assembler.fuse(.out132, out, sum, right)
      release(operands, after: number)
      return out
    }
    guard let right = vector(y), let sum = source(z) else { return nil }
    let out: Vector
    if x != y, x != z, let own = taken(x, by: number) {
      out = own
    } else {
      guard let copy = free.popLast() else { return nil }
      assembler.move(copy, .vector(left))
      out = copy
    }
    assembler.fuse(.out213, out, right, sum)
    release(operands, after: number)
    return out
  }

  private func isConstant(_ operand: VectorChain.Operand) -> Bool {
    if case .constant = operand { true } else { false }
  }

  private mutating func choose(
    _ predicate: VectorAssembler.Predicate, _ operands: [VectorChain.Operand], _ number: Int
  ) -> Vector? {
    guard let x = vector(operands[0]), let y = source(operands[1]) else { return nil }
    assembler.compare(predicate, Self.choice, x, y)
    guard let other = vector(operands[3]), let chosen = source(operands[2]) else { return nil }
    release(operands, after: number)
    guard let out = free.popLast() else { return nil }
    assembler.blend(out, Self.choice, other, chosen)
    return out
  }
}
