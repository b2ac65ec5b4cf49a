import CVectorLoops
import Graphs
import Plans
import TestSupport
import Testing

@testable import CPURuntime

/// Loops written at run time against the tile machine's own: the same bits.
@Suite("Chains of elementwise ops", .enabled(if: String(cString: elbo_loops_at(0)!.pointee.level) == "x86-64-v4"))
struct ChainTests {
  private static let unary: [UnaryOp] = [
    .negate, .absolute, .floor, .sqrt, .reciprocal, .relu, .exp, .expm1, .log, .log1p, .tanh, .sigmoid, .softplus,
  ]
  private static let binary: [BinaryOp] = [.add, .subtract, .multiply, .divide, .maximum, .minimum, .less, .equal]

  /// What ops treat each in its own way.
  private static let special: [Double] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, 0.5, -2.5, 1e-40, -1e-40, 3e38, Double(Float.leastNormalMagnitude),
    0.3, -0.9, 12, -39.9, -41, 88.5, 88.8, 89.5, -87.5, -103.5, -110,
  ]

  /// The bytes of all memory after a run, with chains or without.
  private func bits(_ kernel: Kernel, _ memory: Memory, formsChains: Bool) throws -> [[UInt8]] {
    let backend = try CPUBackend(threads: 2, level: 0, formsChains: formsChains)
    return zip(try run([[kernel]], memory, on: backend), kernel.arguments).map { encode($0, $1) }
  }

  private func expectSameBits(_ kernel: Kernel, _ memory: Memory, _ name: String) throws {
    let (found, expected) = try (bits(kernel, memory, formsChains: true), bits(kernel, memory, formsChains: false))
    #expect(found == expected, "\(name)\n\(kernel.listing)")
  }

  /// A map over (count) of float32 arguments, all of one length, that writes the last values.
  private func map(_ count: Int, arguments: Int, body: Expression, stores: [(value: Int, argument: Int)]) -> Kernel {
    Kernel(
      form: .map, domain: [count], body: body,
      stores: stores.map { Store(value: $0.value, argument: $0.argument, at: Affine(strides: [1])) },
      arguments: [ElementType](repeating: .float32, count: arguments))
  }

  @Test("each op, of every pair of special values")
  func specialValues() throws {
    let pairs = Self.special.flatMap { x in Self.special.map { (x, $0) } }
    let memory: Memory = [pairs.map(\.0), pairs.map(\.1), [Double](repeating: -7, count: pairs.count)]
    var bodies: [(String, [Expression.Instruction])] = Self.unary.map { ("\($0)", [.unary($0, 0)]) }
    bodies += Self.binary.map { ("\($0)", [.binary($0, 0, 1)]) }
    bodies.append(("select", [.select(0, 1, 0)]))
    for op in [BinaryOp.add, .subtract] {
      bodies.append(("product \(op)", [.binary(.multiply, 0, 1), .binary(op, 2, 0)]))
      bodies.append(("\(op) product", [.binary(.multiply, 0, 1), .binary(op, 0, 2)]))
    }
    for (name, instructions) in bodies {
      var body = Expression()
      for argument in 0..<2 { _ = body.load(argument, Affine(strides: [1]), .float32) }
      for instruction in instructions { _ = body.add(instruction, .float32) }
      // One op by itself stays a loop: negation makes two of it.
      let last = body.add(.unary(.negate, body.instructions.count - 1), .float32)
      try expectSameBits(map(pairs.count, arguments: 3, body: body, stores: [(last, 2)]), memory, name)
    }
  }

  @Test("random expressions, in place and elsewhere, of every length", arguments: 0..<60)
  func random(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
    let count = seed < 34 ? seed + 1 : [100, 1000, 1023, 5000][below(4)]
    let inputs = 2 + below(12), outputs = 1 + below(4)
    var body = Expression()
    for argument in 0..<inputs {
      _ = body.load(argument, Affine(strides: [below(4) == 0 ? 0 : 1]), .float32)
    }
    _ = body.add(.constant(Scalar(0.37, .float32)), .float32)
    for _ in 0..<5 + below(40) {
      func pick() -> Int { body.instructions.count - 1 - below(min(body.instructions.count, 12)) }
      switch below(8) {
      case 0...1: _ = body.add(.unary(random.pick(Self.unary), pick()), .float32)
      case 2: _ = body.add(.select(pick(), pick(), pick()), .float32)
      // Now and then something that has a loop of its own.
      case 3 where below(3) == 0: _ = body.add(.unary(random.pick([.sin, .erf]), pick()), .float32)
      default: _ = body.add(.binary(random.pick(Self.binary), pick(), pick()), .float32)
      }
    }
    let last = body.instructions.count - 1
    // The first goes over an input that is read at the same places, if there is one.
    let inPlace = (0..<inputs).first { body.instructions[$0].operandStride == 1 }
    let stores = (0..<outputs).map { number in
      (value: last - number, argument: number == 0 ? inPlace ?? inputs : inputs + number)
    }
    var memory: Memory = (0..<inputs).map { _ in random.uniform(count, in: -2..<2) }
    memory += [[Double]](repeating: [Double](repeating: -7, count: count), count: outputs)
    try expectSameBits(
      map(count, arguments: inputs + outputs, body: body, stores: stores), memory, "seed \(seed), \(count) elements")
  }

  @Test("more constants and arguments than one chain takes")
  func manyValues() throws {
    let (inputs, constants, count) = (11, 45, 37)
    var body = Expression()
    for argument in 0..<inputs { _ = body.load(argument, Affine(strides: [1]), .float32) }
    var sum = 0
    for number in 0..<constants {
      let constant = body.add(.constant(Scalar(1 + 0.01 * Double(number), .float32)), .float32)
      // Each argument is read once, which leaves the registers to the constants.
      let product = body.add(.binary(.multiply, number < inputs ? number : sum, constant), .float32)
      sum = body.add(.binary(.maximum, sum, product), .float32)
    }
    var random = SplitMix(seed: 4)
    var memory: Memory = (0..<inputs).map { _ in random.uniform(count, in: -2..<2) }
    memory.append([Double](repeating: -7, count: count))
    try expectSameBits(
      map(count, arguments: inputs + 1, body: body, stores: [(sum, inputs)]), memory, "\(constants) constants")
  }

  @Test("what needs more registers than there are has no code")
  func registers() {
    var chain = VectorChain()
    chain.streamCount = 9
    chain.uniformCount = 3
    var sum = VectorChain.Operand.uniform(0)
    for stream in 0..<9 { sum = chain.add(.apply(.add), .stream(stream), sum) }
    chain.outputs = [sum]
    #expect(chain.code() != nil)
    chain.streamCount = 12
    #expect(chain.code() == nil, "thirteen addresses")
    chain.streamCount = 9
    chain.uniformCount = 33
    #expect(chain.code() == nil, "33 elements that stay in registers")
  }
}

extension Expression.Instruction {
  /// Of a load along one dimension.
  fileprivate var operandStride: Int? { if case .load(_, let at, _, _) = self { at.strides[0] } else { nil } }
}
