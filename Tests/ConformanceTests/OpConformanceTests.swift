import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// The smallest use of every op, in every type that it takes: an op that no backend has been asked for does not get by.
@Suite struct OpConformanceTests {
  @Test(arguments: Backends.available)
  func everyOp(backend: NamedBackend) {
    var computation = Computation()
    for family in OpFamily.allCases {
      for type in backend.types {
        for (index, (op, shapes, types)) in Self.uses(of: family, type).enumerated() {
          guard (try? Graph.result(of: op, shapes: shapes, types: types)) != nil else { continue }
          let inputs = zip(shapes, types).map { shape, type in
            // The state of random draws, rows of a gather and positions of a shuffle are small whole numbers.
            type.isFloatingPoint
              ? computation.source(shape, type)
              : computation.source(shape, computation.random.integers(shape.elementCount, in: 0...2), type)
          }
          computation.output(computation.graph.add(op, inputs), "\(op.name) \(type) \(index)")
        }
      }
    }
    // Written out, as a source and a constant have no inputs to be made from.
    computation.output(computation.source([3]), "source")
    computation.output(computation.graph.full(2.5, [2, 3], .float32), "constant")
    #expect(computation.families == Set(OpFamily.allCases))
    expectConformance(computation, on: backend)
  }

  /// Ops of a family with the shapes and types of their inputs.
  static func uses(of family: OpFamily, _ type: ElementType) -> [(Op, [Shape], [ElementType])] {
    let other: ElementType = type == .float32 ? .int32 : .float32
    let window = ConvolutionWindow(padding: [1, 0])
    switch family {
    case .source, .constant: return []
    case .iota: return [(.iota(shape: [2, 5], axis: 1, type: type), [], [])]
    case .random:
      return RandomKind.allCases.map { (.random($0, shape: [6], stream: 1, type: type), [[3]], [.uint32]) }
    case .unary: return UnaryOp.allCases.map { (.unary($0), [[5]], [type]) }
    case .binary: return BinaryOp.allCases.filter { $0 != .power }.map { (.binary($0), [[5], [5]], [type, type]) }
    case .select: return [(.select, [[5], [5], [5]], [type, type, type])]
    case .cast: return [(.cast(other), [[5]], [type])]
    case .shuffle: return [(.shuffle(count: 9), [[4], [4], [4], [4]], [type, type, type, type])]
    case .stopGradient: return [(.stopGradient, [[5]], [type])]
    case .reshape: return [(.reshape([3, 2]), [[2, 3]], [type])]
    case .broadcast: return [(.broadcast([2, 3]), [[2, 1]], [type])]
    case .permute: return [(.permute([1, 0]), [[2, 3]], [type])]
    case .slice: return [(.slice(start: [1], end: [4]), [[5]], [type])]
    case .pad: return [(.pad(before: [1], after: [2]), [[3]], [type])]
    case .concatenate: return [(.concatenate(axis: 1), [[2, 1], [2, 2]], [type, type])]
    case .reduceSum: return [(.reduce(.sum, axes: [1]), [[2, 3]], [type])]
    case .reduceMaximum: return [(.reduce(.maximum, axes: [0]), [[2, 3]], [type])]
    case .matmul: return [(.matmul, [[2, 3], [3, 4]], [type, type])]
    case .convolution: return [(.convolution(window), [[1, 2, 3, 4], [2, 2, 2, 2]], [type, type])]
    case .convolutionInputGradient:
      return [(.convolutionInputGradient(window, input: [1, 2, 3, 4]), [[1, 2, 4, 3], [2, 2, 2, 2]], [type, type])]
    case .convolutionFilterGradient:
      return [
        (.convolutionFilterGradient(window, filter: [2, 2, 2, 2]), [[1, 2, 3, 4], [1, 2, 4, 3]], [type, type])
      ]
    case .gather: return [(.gather, [[3, 2], [4]], [type, .int32])]
    }
  }
}
