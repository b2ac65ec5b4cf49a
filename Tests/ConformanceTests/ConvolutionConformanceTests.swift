import Graphs
import TestSupport
import Testing

/// Convolutions and both their gradients, alone and with an epilogue.
@Suite struct ConvolutionConformanceTests {
  static let windows: [(ConvolutionWindow, input: Shape, filter: Shape)] = [
    (ConvolutionWindow(), [1, 1, 1, 1], [1, 1, 1, 1]),
    (ConvolutionWindow(), [2, 3, 5, 7], [4, 3, 3, 2]),
    (ConvolutionWindow(stride: [2, 2], padding: [1, 1]), [2, 3, 8, 8], [5, 3, 4, 4]),
    (ConvolutionWindow(stride: [2, 3], padding: [2, 0]), [1, 2, 7, 9], [3, 2, 3, 3]),
    (ConvolutionWindow(dilation: [2, 3]), [1, 2, 6, 8], [2, 2, 2, 2]),
    (ConvolutionWindow(padding: [1, 1], groups: 3), [2, 6, 4, 4], [9, 2, 3, 3]),
    (ConvolutionWindow(padding: [1, 1], groups: 4), [1, 4, 5, 5], [4, 1, 3, 3]),
    (ConvolutionWindow(stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2), [2, 4, 6, 5], [6, 2, 3, 2]),
    (ConvolutionWindow(stride: [3, 3]), [1, 1, 8, 8], [2, 1, 2, 2]),
  ]

  @Test(arguments: Backends.convolving, [ElementType.float32, .float64])
  func convolutions(backend: NamedBackend, type: ElementType) {
    var computation = Computation()
    for (window, input, filter) in Self.windows {
      let x = computation.source(input, type)
      let w = computation.source(filter, type)
      let y = computation.add(.convolution(window), x, w)
      let seed = computation.source(computation.graph.shape(y), type)
      let gradients = computation.graph.gradients(of: y, withRespectTo: [x, w], seed: seed)
      computation.output(y, "\(window) \(input) \(filter)")
      computation.output(gradients[0], "input gradient of \(window) \(input) \(filter)")
      computation.output(gradients[1], "filter gradient of \(window) \(input) \(filter)")
    }
    expectConformance(computation, on: backend, plannings: [.fused], "\(type)")
  }

  @Test(arguments: Backends.convolving)
  func epilogue(backend: NamedBackend) {
    let (window, input, filter) = Self.windows[2]
    var computation = Computation()
    let x = computation.source(input)
    let w = computation.source(filter)
    let bias = computation.source([filter[0]])
    let y = computation.add(.convolution(window), x, w)
    let shape = computation.graph.shape(y)
    let stretched = computation.add(.broadcast(shape), computation.add(.reshape([1, filter[0], 1, 1]), bias))
    let hidden = computation.unary(.relu, computation.binary(.add, y, stretched))
    let loss = computation.total(computation.binary(.multiply, hidden, hidden))
    computation.outputs = [hidden, loss] + computation.graph.gradients(of: loss, withRespectTo: [x, w, bias])
    expectConformance(computation, on: backend)
  }

  /// Operands that are not contiguous in memory.
  @Test(arguments: Backends.convolving)
  func views(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([3, 2, 6, 7])
    let w = computation.source([3, 3, 2, 4])
    let inner = computation.add(.slice(start: [1, 0, 1, 1], end: [3, 2, 6, 6]), x)
    let turned = computation.add(.permute([3, 2, 0, 1]), w)
    computation.outputs = [
      computation.add(.convolution(ConvolutionWindow()), inner, turned),
      computation.add(.convolution(ConvolutionWindow(groups: 1)), computation.unary(.exp, inner), turned),
    ]
    expectConformance(computation, on: backend)
  }
}
