import Graphs
import Plans
import Testing

@testable import CPURuntime
@testable import TestSupport

@Suite("Random numbers of the CPU")
struct RandomTests {
  private func draw(
    _ kind: RandomKind, _ type: ElementType, _ domain: [Int], _ at: Affine, row: Bool = false,
    state: [Double] = [0, 0, 0], stream: UInt32 = 0
  ) throws -> [Double] {
    var body = Expression()
    var indirect: IndirectRow?
    if row {
      let value = body.load(2, Affine(strides: [1] + domain.dropFirst().map { _ in 0 }), .int32)
      indirect = IndirectRow(row: value, stride: 1000, count: 1 << 20)
    }
    let x = body.add(.random(kind, stream: stream, state: 0, at: at, row: indirect), type)
    let kernel = Kernel(
      form: .map, domain: domain, body: body, stores: [Store(value: x, argument: 1, at: rowMajor(domain))],
      arguments: [.uint32, type, .int32])
    let rows = (0..<domain[0]).map { Double(($0 * 7919) % 100_000) }
    return try run(
      [[kernel]], [state, [Double](repeating: 0, count: domain.reduce(1, *)), rows], on: CPUBackend(threads: 2))[1]
  }

  @Test("the published answer of Philox for counter 0 and key 0")
  func knownAnswer() throws {
    let bits = try draw(.bits, .uint32, [4], Affine(strides: [1]))
    #expect(bits == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
  }

  @Test("bits of any element, wherever it lies in a tile", arguments: [0, 1, 2, 3, 4_294_967_290, 1 << 40])
  func bits(offset: Int) throws {
    let state: [Double] = [4_000_000_000, 17, 99]
    for (domain, strides) in [
      ([1037], [1]), ([5, 7], [7, 1]), ([5, 7], [1, 5]), ([3, 11], [100, 3]), ([9, 300], [301, 1]),
      ([2, 2000], [2001, 1]),
    ] {
      let found = try draw(
        .bits, .uint32, domain, Affine(offset: offset, strides: strides), state: state, stream: 12)
      for (place, bits) in found.enumerated() {
        let coordinates = domain.count == 1 ? [place] : [place / domain[1], place % domain[1]]
        let element = offset + zip(strides, coordinates).reduce(0) { $0 + $1.0 * $1.1 }
        let lanes = Philox.lanes(element: UInt64(element), state: state.map { UInt32($0) }, stream: 12)
        #expect(bits == Double(lanes[element % 4]))
      }
    }
  }

  @Test("rows that are data move the element")
  func rows() throws {
    for domain in [[6, 40], [3, 700]] {
      let found = try draw(.bits, .uint32, domain, Affine(strides: [0, 1]), row: true, state: [1, 2, 3])
      for (place, bits) in found.enumerated() {
        let element = (place / domain[1] * 7919) % 100_000 * 1000 + place % domain[1]
        #expect(bits == Double(Philox.lanes(element: UInt64(element), state: [1, 2, 3], stream: 0)[element % 4]))
      }
    }
  }

  @Test(
    "uniform and normal against their definition", arguments: [RandomKind.uniform, .normal],
    [ElementType.float32, .float64])
  func values(kind: RandomKind, type: ElementType) throws {
    let found = try draw(kind, type, [1000], Affine(offset: 3, strides: [1]), state: [5, 6, 7], stream: 8)
    let expected = (0..<1000).map {
      ReferenceInterpreter.random(kind, element: $0 + 3, state: [5, 6, 7], stream: 8, type).value
    }
    let result = isClose(found, expected, type, ulps: kind == .uniform ? 1 : 8)
    #expect(result.isClose, "\(result)")
  }

  @Test("moments of many draws", arguments: [ElementType.float32, .float64])
  func moments(type: ElementType) throws {
    let count = 1 << 18
    let uniform = try draw(.uniform, type, [count], Affine(strides: [1]), state: [1, 0, 0])
    #expect(uniform.allSatisfy { $0 > 0 && $0 < 1 })
    // Five standard errors of each mean.
    let root = Double(count).squareRoot()
    func mean(_ values: [Double], _ power: Int) -> Double {
      values.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } } / Double(count)
    }
    #expect(abs(mean(uniform, 1) - 0.5) < 5 * 0.2887 / root)
    #expect(abs(mean(uniform, 2) - 1 / 3) < 5 * 0.2981 / root)
    let normal = try draw(.normal, type, [count], Affine(strides: [1]), state: [2, 0, 0])
    #expect(abs(mean(normal, 1)) < 5 / root)
    #expect(abs(mean(normal, 2) - 1) < 5 * 1.4142 / root)
    #expect(abs(mean(normal, 3)) < 5 * 3.873 / root)
    #expect(abs(mean(normal, 4) - 3) < 5 * 9.798 / root)
  }

  // MARK: Permutations

  /// Where every position stands in each of the epochs from `epoch` on.
  private func shuffle(_ count: Int, epoch: Int, epochs: Int = 1) throws -> [Double] {
    var body = Expression()
    let position = body.add(.index(Affine(strides: [0, 1])), .uint32)
    let number = body.add(.index(Affine(offset: epoch, strides: [1, 0])), .uint32)
    let seed = (0..<2).map { body.load(0, Affine(offset: $0, strides: [0, 0]), .uint32) }
    let x = body.add(.shuffle(count: count, position, number, seed[0], seed[1]), .uint32)
    let kernel = Kernel(
      form: .map, domain: [epochs, count], body: body,
      stores: [Store(value: x, argument: 1, at: rowMajor([epochs, count]))], arguments: [.uint32, .uint32])
    return try run([[kernel]], [[3, 9], [Double](repeating: 0, count: epochs * count)], on: CPUBackend(threads: 2))[1]
  }

  @Test(
    "a shuffle is a permutation, and the one of its definition", arguments: [1, 2, 3, 7, 64, 65, 1000, 4097, 60_000])
  func permutation(count: Int) throws {
    let found = try shuffle(count, epoch: 5)
    #expect(Set(found).count == count && found.allSatisfy { $0 >= 0 && $0 < Double(count) })
    for place in Swift.stride(from: 0, to: count, by: max(1, count / 50)) {
      let expected = Shuffle.place(of: UInt32(place), epoch: 5, seedLow: 3, seedHigh: 9, count: UInt32(count))
      #expect(found[place] == Double(expected))
    }
    if count > 60 { #expect(try shuffle(count, epoch: 6) != found) }
  }

  @Test("places are uniform over epochs", arguments: [3, 10, 64])
  func uniformPlaces(count: Int) throws {
    let epochs = 4000
    var counts = [Double](repeating: 0, count: count * count)
    for (number, place) in try shuffle(count, epoch: 0, epochs: epochs).enumerated() {
      counts[number % count * count + Int(place)] += 1
    }
    let expected = Double(epochs) / Double(count)
    let freedom = Double((count - 1) * (count - 1))
    let statistic = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    // Chi squared with that many degrees of freedom; five standard deviations.
    #expect(abs(statistic - freedom) < 5 * (2 * freedom).squareRoot())
  }
}
