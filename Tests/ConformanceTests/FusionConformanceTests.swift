import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// The smallest programs that fusion can get wrong, each of which once was.
@Suite struct FusionConformanceTests {
  /// A value that a sum over the outer axes is made of is wanted too: the kernel writes it and must not read it back.
  @Test(arguments: Backends.available)
  func sideOutputOfASumOverOuterAxes(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([5, 7])
    let y = computation.unary(.exp, x)
    computation.outputs = [computation.sum(y, [0]), y]
    expectConformance(computation, on: backend)
  }

  /// A result of another shape, which no strides describe, reads a result that needs its own coordinates.
  @Test(arguments: Backends.available)
  func resultsOfTwoShapes(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([3, 36])
    let padded = computation.add(.pad(before: [0, 1], after: [1, 0]), x)
    let bent = computation.unary(.exp, computation.add(.reshape([74, 1, 2]), padded))
    computation.outputs = [computation.unary(.relu, computation.add(.permute([1, 0, 2]), bent)), padded, bent]
    expectConformance(computation, on: backend)
  }

  /// Pieces of a whole whose columns are strided, made of a stretched value in another shape.
  @Test(arguments: Backends.available)
  func piecesOfAnotherShape(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([1, 1, 7, 2])
    let wide = computation.add(.broadcast([3, 3, 7, 2]), computation.unary(.relu, x))
    let flat = computation.add(.reshape([14, 9]), wide)
    let whole = computation.add(.concatenate(axis: 1), flat, computation.unary(.negate, flat))
    computation.outputs = [whole, computation.add(.reshape([1, 252]), whole)]
    expectConformance(computation, on: backend)
  }

  /// Padding before a reshape makes positions negative, and a negative position still has coordinates to carry.
  @Test(arguments: Backends.available)
  func paddingBeforeAReshape(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.unary(.sin, computation.source([6, 1, 5]))
    let row = computation.add(.reshape([2, 1, 45]), computation.add(.broadcast([6, 3, 5]), x))
    let padded = computation.add(.pad(before: [1, 1, 0], after: [1, 1, 1]), row)
    let part = computation.add(.slice(start: [0, 1, 13], end: [2, 2, 23]), padded)
    computation.outputs = [computation.unary(.softplus, part)]
    expectConformance(computation, on: backend)
  }

  /// Two kernels, each of which overwrites what the other reads.
  @Test(arguments: Backends.available)
  func assignmentsThatWaitForEachOther(backend: NamedBackend) {
    var computation = Computation()
    let (a, b, c) = (computation.source([30]), computation.source([30]), computation.source([30]))
    let scaled = computation.binary(.multiply, a, computation.like(a, 0.5))
    let top = computation.add(.reduce(.maximum, axes: [0]), computation.binary(.add, c, scaled))
    let total = computation.unary(.erf, computation.sum(b, [0]))
    computation.outputs = [
      computation.stretch(top, to: [30]), scaled, computation.unary(.sigmoid, computation.unary(.sin, b)),
      computation.stretch(total, to: [30]),
    ]
    computation.assign(a, c)
    computation.assign(b, scaled)
    expectConformance(computation, on: backend)
  }

  /// Noise that is padded is drawn from elements below 0 too, in the same run as those that are seen.
  @Test(arguments: Backends.available)
  func paddedNoise(backend: NamedBackend) {
    var computation = Computation()
    let state = computation.source([3], [562, 2, 3], .uint32)
    for kind in RandomKind.allCases {
      let type: ElementType = kind == .bits ? .uint32 : .float32
      let noise = computation.add(.random(kind, shape: [1, 9], stream: 2, type: type), state)
      computation.output(computation.add(.pad(before: [1, 0], after: [0, 0]), noise), "\(kind)")
    }
    expectConformance(computation, on: backend)
  }

  /// Sums over a middle axis of weights along it times noise: what is read does not lie the way that most of it does.
  @Test(arguments: Backends.available)
  func weightedNoiseOverAMiddleAxis(backend: NamedBackend) {
    for (data, samples, width) in [(3, 5, 7), (2, 50, 50), (1, 3, 300), (4, 17, 1)] {
      var computation = Computation()
      let state = computation.source([3], [3, 4, 5], .uint32)
      let noise = computation.add(.random(.normal, shape: [data, samples, width], stream: 2, type: .float32), state)
      let value = computation.source([data, samples, width])
      let weights = computation.source([data, samples, 1])
      let stretched = computation.add(.broadcast([data, samples, width]), weights)
      let scaled = computation.binary(.multiply, noise, value)
      computation.outputs = [
        computation.sum(stretched, [1]), computation.sum(scaled, [1]),
        computation.sum(computation.binary(.multiply, scaled, stretched), [1]),
      ]
      expectConformance(computation, on: backend, "\(data) x \(samples) x \(width)")
    }
  }

  /// Factors of rows that leave a matrix: scaled results, scaled operands, a product instead of a sum, on both sides.
  @Test(arguments: Backends.available)
  func rowFactorsOfProducts(backend: NamedBackend) {
    var computation = Computation()
    let (x, target) = (computation.source([3, 7, 19]), computation.source([3, 7, 19]))
    let weights = computation.unary(.exp, computation.sum(x, [2]))
    let stretched = computation.add(.broadcast([3, 7, 19]), weights)
    let minus = computation.add(.broadcast([3, 7, 19]), computation.unary(.negate, weights))
    let slope = computation.unary(.sigmoid, x)
    let matrix = computation.binary(
      .add, computation.binary(.multiply, minus, slope), computation.binary(.multiply, target, stretched))
    let flat = computation.add(.reshape([21, 19]), matrix)
    let turned = computation.add(.permute([1, 0]), flat)
    computation.outputs = [
      computation.add(.matmul, flat, computation.source([19, 4])),
      computation.add(.matmul, turned, computation.source([21, 5])),
      computation.add(.matmul, computation.source([6, 21]), flat),
      computation.add(.matmul, computation.source([2, 19]), turned),
      computation.sum(matrix, [0, 1]),
    ]
    expectConformance(computation, on: backend)
  }

  /// Gradients of two layers of equal width, and of one that is wider, weighted by a softmax of what the last layer gives.
  @Test(arguments: Backends.available)
  func gradientsWithALateWeight(backend: NamedBackend) {
    for (rows, samples, width, outputs) in [(4, 5, 6, 6), (3, 7, 5, 9)] {
      var computation = Computation()
      let x = computation.source([rows * samples, width])
      let target = computation.source([rows, 1, outputs])
      let layers = [
        computation.source([width, width]), computation.source([width, width]), computation.source([width, outputs]),
      ]
      let biases = [computation.source([width]), computation.source([width]), computation.source([outputs])]
      var h = x
      for (number, (weight, bias)) in zip(layers, biases).enumerated() {
        let product = computation.add(.matmul, h, weight)
        h = computation.binary(.add, product, computation.stretch(bias, to: computation.graph.shape(product)))
        if number < 2 { h = computation.unary(.tanh, h) }
      }
      let shape: Shape = [rows, samples, outputs]
      let y = computation.add(.reshape(shape), h)
      let term = computation.binary(
        .subtract, computation.binary(.multiply, computation.add(.broadcast(shape), target), y),
        computation.unary(.softplus, y))
      let sums = computation.sum(term, [2])
      let most = computation.add(.stopGradient, computation.add(.reduce(.maximum, axes: [1]), sums))
      let powers = computation.unary(
        .exp, computation.binary(.subtract, sums, computation.add(.broadcast([rows, samples, 1]), most)))
      let bound = computation.binary(.add, computation.unary(.log, computation.sum(powers, [1])), most)
      let loss = computation.total(bound)
      computation.outputs =
        [loss] + computation.graph.gradients(of: loss, withRespectTo: [x] + layers + biases)
      expectConformance(computation, on: backend, "\(rows) x \(samples) x \(width) x \(outputs)")
    }
  }
}
