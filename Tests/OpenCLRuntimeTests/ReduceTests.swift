import Graphs
import Plans
import Testing

@Suite("Reductions")
struct ReduceTests {
  static let extents = [1, 7, 63, 65, 1000]

  /// Sum and greatest of x * x - y over the last dimensions of a domain; y is the same for all kept places.
  static func squares(
    kept: [Int], reduced: [Int], strides: [Int], type: ElementType = .float32, chunk: Int? = nil, name: String
  ) -> KernelCase {
    let n = (kept + reduced).reduce(1, *)
    let reducedCount = reduced.reduce(1, *)
    let chunks = chunk.map { max(1, (reducedCount + $0 - 1) / $0) } ?? 1
    let places = kept.reduce(1, *) * chunks
    let finishStrides = Shape(kept + (chunk == nil ? [] : [chunks])).strides
    let reducedStrides = kept.map { _ in 0 } + Shape(reduced).strides
    let kernel = Kernel.reduce(
      kept + reduced, reduced: reduced.count, [type, type, type, type], ops: [.sum, .maximum], chunk: chunk
    ) { body in
      let x = body.load(0, strides)
      let value = body.binary(.subtract, body.binary(.multiply, x, x), body.load(1, reducedStrides))
      return ([value, value], [])
    } finish: { finish in
      let sum = finish.accumulator(0, type)
      let doubled = finish.binary(.add, sum, sum)
      return [Store(doubled, to: 2, finishStrides), Store(finish.accumulator(1, type), to: 3, finishStrides)]
    }
    let zeros = [Double](repeating: 0, count: places)
    return KernelCase(
      kernel: kernel,
      memory: [numbers(n, -2...2, type), numbers(reducedCount, -1...3, type, seed: 4), zeros, zeros],
      tolerance: 4, scale: 2 * 4 * Double(min(reducedCount, chunk ?? reducedCount)), name: name)
  }

  @Test("Rows and columns of every extent", arguments: TestDevice.all)
  func rowsAndColumns(device: TestDevice) throws {
    var cases: [KernelCase] = []
    for reduced in Self.extents {
      cases.append(Self.squares(kept: [5], reduced: [reduced], strides: [reduced, 1], name: "rows of \(reduced)"))
      cases.append(Self.squares(kept: [65], reduced: [reduced], strides: [1, 65], name: "columns of \(reduced)"))
    }
    for kept in Self.extents {
      cases.append(Self.squares(kept: [kept], reduced: [37], strides: [37, 1], name: "\(kept) rows"))
      cases.append(Self.squares(kept: [kept], reduced: [37], strides: [1, kept], name: "\(kept) columns"))
    }
    cases.append(Self.squares(kept: [], reduced: [1000], strides: [1], name: "all"))
    cases.append(Self.squares(kept: [3], reduced: [0], strides: [0, 0], name: "nothing"))
    try device.check(cases)
  }

  @Test("Several kept and reduced dimensions, in any order of memory", arguments: TestDevice.all)
  func dimensions(device: TestDevice) throws {
    try device.check([
      // Kept and reduced dimensions alternate in memory.
      Self.squares(kept: [4, 5], reduced: [6, 17], strides: [510, 17, 85, 1], name: "alternating"),
      Self.squares(kept: [4, 33], reduced: [6, 5], strides: [990, 1, 165, 33], name: "alternating columns"),
      Self.squares(kept: [3, 20], reduced: [7, 11], strides: [1, 231, 3, 21], name: "transposed"),
      Self.squares(kept: [2, 3, 4], reduced: [5], strides: [1, 2, 6, 24], name: "columns of three dimensions"),
    ])
  }

  @Test("Chunks are reduced independently, the last one shorter", arguments: TestDevice.all)
  func chunks(device: TestDevice) throws {
    try device.check([
      Self.squares(kept: [3], reduced: [1000], strides: [1000, 1], chunk: 256, name: "rows"),
      Self.squares(kept: [40], reduced: [1000], strides: [1, 40], chunk: 300, name: "columns"),
      Self.squares(kept: [], reduced: [10, 101], strides: [101, 1], chunk: 64, name: "all"),
      Self.squares(kept: [4], reduced: [6, 17], strides: [17, 68, 1], chunk: 25, name: "across rows"),
      Self.squares(kept: [3], reduced: [100], strides: [100, 1], chunk: 1000, name: "one"),
    ])
  }

  @Test("Whole numbers wrap around, and float64 keeps its digits", arguments: TestDevice.all)
  func types(device: TestDevice) throws {
    var cases: [KernelCase] = []
    for type in OperatorTests.types(device) where type != .float32 {
      for (strides, name) in [([500, 1], "rows"), ([1, 40], "columns")] {
        var example = Self.squares(kept: [40], reduced: [500], strides: strides, type: type, name: "\(type) \(name)")
        if !type.isFloatingPoint {
          // Sums of these leave the range.
          example.memory[0] = numbers(40 * 500, 0...50_000, type)
          example.memory[1] = numbers(500, 0...100, type, seed: 2)
          example.tolerance = 0
        }
        cases.append(example)
      }
    }
    try device.check(cases)
  }

  @Test("The body may store at every place, and the finish may load", arguments: TestDevice.all)
  func prologueStores(device: TestDevice) throws {
    for strides in [[300, 1], [1, 20]] {
      let kernel = Kernel.reduce([20, 300], reduced: 1, [.float32, .float32, .float32, .float32], ops: [.sum]) { body in
        let x = body.load(0, strides)
        let exponential = body.unary(.exp, x)
        return ([exponential], [Store(exponential, to: 1, strides)])
      } finish: { finish in
        let logarithm = finish.unary(.log, finish.accumulator(0))
        return [Store(finish.binary(.multiply, logarithm, finish.load(2, [1])), to: 3, [1])]
      }
      let zeros = [Double](repeating: 0, count: 20)
      try device.check([
        KernelCase(
          kernel: kernel,
          memory: [numbers(6000), [Double](repeating: 0, count: 6000), numbers(20, seed: 2), zeros], tolerance: 6,
          scale: 8)
      ])
    }
  }

  /// A plain running sum of a million such numbers in float32 errs by 1e-3 and more.
  @Test("Long sums err by no more than their last places", arguments: TestDevice.all)
  func accuracy(device: TestDevice) throws {
    let n = 1 << 20
    let x = numbers(n, 0...1)
    let zeros = [Double](repeating: 0, count: 16)
    for (kept, strides) in [(1, [0, 1]), (16, [1, 16])] {
      let example = KernelCase(
        kernel: .reduce([kept, n / kept], reduced: 1, [.float32, .float32], ops: [.sum]) { body in
          ([body.load(0, strides)], [])
        } finish: { finish in
          [Store(finish.accumulator(0), to: 1, [1])]
        }, memory: [x, zeros])
      let sums = try device.run([[example]])[0][0][1]
      for column in 0..<kept {
        let expected = stride(from: column, to: n, by: kept).reduce(0) { $0 + x[$1] }
        #expect(abs(sums[column] - expected) <= 2 * 0x1p-23 * expected, "\(kept) sums")
      }
    }
  }

  @Test("Infinite and undefined values reach the result", arguments: TestDevice.all)
  func infinities(device: TestDevice) throws {
    for strides in [[600, 1], [1, 4]] {
      var x = numbers(4 * 600)
      for (row, value) in [Double.infinity, -.infinity, .nan].enumerated() {
        x[row * strides[0] + 10 * strides[1]] = value
      }
      let zeros = [Double](repeating: 0, count: 4)
      try device.check([
        KernelCase(
          kernel: .reduce([4, 600], reduced: 1, [.float32, .float32, .float32], ops: [.sum, .maximum]) { body in
            let x = body.load(0, strides)
            return ([x, x], [])
          } finish: { finish in
            [Store(finish.accumulator(0), to: 1, [1]), Store(finish.accumulator(1), to: 2, [1])]
          }, memory: [x, zeros, zeros], scale: 600)
      ])
    }
  }
}
