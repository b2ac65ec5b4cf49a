import Graphs
import Plans
import TestSupport
import Testing

@testable import CPURuntime

@Suite("Elementwise ops of the CPU, each against its definition")
struct ElementwiseTests {
  static let sizes = [1, 7, 63, 65, 1000]

  /// Numbers that a function of any domain may be given, of a type.
  private func numbers(_ count: Int, _ type: ElementType, seed: UInt64, positive: Bool = false) -> [Double] {
    var generator = SplitMix(seed: seed)
    switch type {
    case .float32, .float64: return generator.uniform(count, in: positive ? 0.01..<4 : -4..<4)
    case .int32: return generator.integers(count, in: -9...9)
    case .uint32, .uint8: return generator.integers(count, in: 0...9)
    }
  }

  private func unary(_ op: UnaryOp, _ type: ElementType, _ count: Int) -> Kernel {
    var body = Expression()
    let x = body.load(0, Affine(strides: [1]), type)
    let y = body.add(.unary(op, x), type)
    return Kernel(
      form: .map, domain: [count], body: body, stores: [Store(value: y, argument: 1, at: Affine(strides: [1]))],
      arguments: [type, type])
  }

  private static let ofIntegers: [UnaryOp] = [.negate, .absolute, .sign, .relu]

  @Test("unary", arguments: UnaryOp.allCases, ElementType.allCases)
  func unary(op: UnaryOp, type: ElementType) throws {
    guard type.isFloatingPoint || Self.ofIntegers.contains(op) else { return }
    for count in Self.sizes {
      let x = numbers(count, type, seed: UInt64(count), positive: [.log, .sqrt, .log1p, .reciprocal].contains(op))
      let result = try check(
        unary(op, type, count), [x, [Double](repeating: 0, count: count)], ulps: type == .float32 ? 4 : 8)
      #expect(result[1].isClose, "\(count): \(result[1])")
    }
  }

  private func binary(_ op: BinaryOp, _ type: ElementType, _ count: Int, _ strides: (Int, Int)) -> Kernel {
    var body = Expression()
    let x = body.load(0, Affine(strides: [strides.0]), type)
    let y = body.load(1, Affine(strides: [strides.1]), type)
    let z = body.add(.binary(op, x, y), type)
    return Kernel(
      form: .map, domain: [count], body: body, stores: [Store(value: z, argument: 2, at: Affine(strides: [1]))],
      arguments: [type, type, type])
  }

  @Test("binary, with either operand one element", arguments: BinaryOp.allCases, ElementType.allCases)
  func binary(op: BinaryOp, type: ElementType) throws {
    guard type.isFloatingPoint || op != .power else { return }
    for (count, strides) in Self.sizes.map({ ($0, (1, 1)) }) + [(100, (0, 1)), (100, (1, 0)), (100, (0, 0))] {
      let x = numbers(count, type, seed: 1, positive: op == .power)
      let y = numbers(count, type, seed: 2)
      let result = try check(
        binary(op, type, count, strides), [x, y, [Double](repeating: 0, count: count)], ulps: type == .float32 ? 4 : 8)
      #expect(result[2].isClose, "\(count) \(strides): \(result[2])")
    }
  }

  @Test("select", arguments: ElementType.allCases)
  func select(type: ElementType) throws {
    for scalars in 0..<8 {
      var body = Expression()
      let values = (0..<3).map { body.load($0, Affine(strides: [scalars >> $0 & 1 == 0 ? 1 : 0]), type) }
      let z = body.add(.select(values[0], values[1], values[2]), type)
      let kernel = Kernel(
        form: .map, domain: [100], body: body, stores: [Store(value: z, argument: 3, at: Affine(strides: [1]))],
        arguments: [type, type, type, type])
      let condition = (0..<100).map { Double($0 % 3 == 0 ? 0 : 1) }
      let memory = [
        condition, numbers(100, type, seed: 1), numbers(100, type, seed: 2), [Double](repeating: 0, count: 100),
      ]
      let result = try check(kernel, memory, ulps: 0)
      #expect(result[3].isClose, "\(scalars): \(result[3])")
    }
  }

  @Test("casts truncate and clamp", arguments: ElementType.allCases, ElementType.allCases)
  func cast(from: ElementType, to: ElementType) throws {
    let candidates: [Double] = [
      0, 1, 1.5, 2.99, -0.5, -1, -1.5, 127, 128, 255, 256, 300, 65535, 2_147_483_520, 2_147_483_647, 2_147_483_648,
      4_294_967_040, 4_294_967_295, 1e10, -2_147_483_648, -1e10, .infinity, -.infinity, .nan,
    ]
    let values = candidates.map { Scalar($0, from).value }
    var body = Expression()
    let x = body.load(0, Affine(strides: [1]), from)
    let y = body.add(.cast(x), to)
    let kernel = Kernel(
      form: .map, domain: [values.count], body: body,
      stores: [Store(value: y, argument: 1, at: Affine(strides: [1]))], arguments: [from, to])
    let found = try run([[kernel]], [values, [Double](repeating: 0, count: values.count)], on: CPUBackend(threads: 1))[
      1]
    let expected = values.map { Scalar($0, to).value }
    for (found, expected) in zip(found, expected) {
      #expect(found == expected || found.isNaN && expected.isNaN, "\(found) where \(expected) is right")
    }
  }

  @Test("integers wrap, and dividing by zero gives zero")
  func integersWrap() throws {
    let x: [Double] = [2_147_483_647, -2_147_483_648, -2_147_483_648, 7, -7, 65536]
    let y: [Double] = [1, -1, 2, 0, 2, 65536]
    for op in [BinaryOp.add, .subtract, .multiply, .divide, .remainder] {
      let result = try check(binary(op, .int32, 6, (1, 1)), [x, y, x], ulps: 0)
      #expect(result[2].isClose, "\(op): \(result[2])")
    }
  }

  @Test("a NaN passes through maximum, minimum and relu")
  func nanPasses() throws {
    let backend = try CPUBackend(threads: 1)
    for op in [BinaryOp.maximum, .minimum] {
      let found = try run([[binary(op, .float32, 2, (1, 1))]], [[.nan, 1], [1, .nan], [0, 0]], on: backend)[2]
      #expect(found.allSatisfy { $0.isNaN })
    }
    #expect(try run([[unary(.relu, .float32, 1)]], [[.nan], [0]], on: backend)[1][0].isNaN)
  }
}
