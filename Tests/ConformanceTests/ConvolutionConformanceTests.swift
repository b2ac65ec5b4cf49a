import DeviceTestSupport
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
    (ConvolutionWindow(padding: [3, 2]), [1, 2, 3, 4], [2, 2, 2, 3]),
    (ConvolutionWindow(padding: [2, 2]), [3, 7, 6, 6], [5, 7, 5, 5]),
    (ConvolutionWindow(stride: [2, 2]), [2, 5, 7, 5], [3, 5, 1, 1]),
    (ConvolutionWindow(stride: [2, 2], padding: [1, 1]), [1, 1, 4, 70], [1, 1, 3, 3]),
  ]

  /// Every stride, padding and dilation up to 3, 2 and 2 on odd and on even sizes, each dimension with its own.
  static let sweep: [(ConvolutionWindow, input: Shape, filter: Shape)] = {
    let uses: [(dilation: Int, size: [Int])] = [(1, [7, 6]), (2, [8, 9]), (1, [6, 5]), (2, [9, 8])]
    var all: [(ConvolutionWindow, input: Shape, filter: Shape)] = []
    for stride in 1...3 {
      for padding in 0...2 {
        for (dilation, size) in uses {
          let window = ConvolutionWindow(
            stride: [stride, stride % 3 + 1], padding: [padding, 2 - padding], dilation: [dilation, 3 - dilation])
          all.append((window, Shape([2, 2] + size), [3, 2, 3, 2]))
        }
      }
    }
    return all
  }()

  @Test(arguments: Backends.available)
  func everyStrideAndPadding(backend: NamedBackend) {
    // Seven and the lengths of the loops have no common divisor: those that compile meet each stride and padding.
    let windows = Self.sweep.enumerated().filter { !backend.isCompiler || $0.offset % 7 == 0 }.map(\.element)
    expectConvolutions(windows, backend, .float32)
  }

  /// Larger than what a device works on at once: examples, outputs, channels, the depth of a sum, rows of a picture.
  static let large: [(ConvolutionWindow, input: Shape, filter: Shape)] = [
    (ConvolutionWindow(padding: [1, 1]), [35, 3, 5, 4], [19, 3, 3, 3]),
    (ConvolutionWindow(), [2, 70, 4, 4], [34, 70, 2, 2]),
    (ConvolutionWindow(stride: [2, 2], padding: [1, 1]), [2, 33, 6, 6], [3, 33, 4, 4]),
    (ConvolutionWindow(padding: [1, 1]), [1, 8, 50, 50], [1, 8, 3, 3]),
  ]

  @Test(arguments: Backends.available, [ElementType.float32, .float64])
  func convolutions(backend: NamedBackend, type: ElementType) {
    // One source serves both types: of those that compile it, float64 takes the windows that use everything.
    let few = backend.isCompiler && type == .float64
    expectConvolutions(few ? [1, 2, 7].map { Self.windows[$0] } : Self.windows, backend, type)
  }

  private static let largeUses: [(NamedBackend, ElementType)] = Backends.available.filter { !$0.isInterpreter }.flatMap
  {
    backend -> [(NamedBackend, ElementType)] in
    [(backend, .float32)] + (backend.isCompiler ? [] : [(backend, .float64)])
  }

  @Test(arguments: largeUses)
  func largeConvolutions(backend: NamedBackend, type: ElementType) { expectConvolutions(Self.large, backend, type) }

  private func expectConvolutions(
    _ windows: [(ConvolutionWindow, input: Shape, filter: Shape)], _ backend: NamedBackend, _ type: ElementType
  ) {
    var computation = Computation()
    for (window, input, filter) in windows {
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

  @Test(arguments: Backends.available)
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
  @Test(arguments: Backends.available)
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

  /// Epilogues of both gradients: the activation's derivative, and a step of the filters.
  @Test(arguments: Backends.available)
  func epiloguesOfGradients(backend: NamedBackend) {
    let (window, input, filter) = Self.windows[2]
    var computation = Computation()
    let x = computation.source(input)
    let w = computation.source(filter)
    let seed = computation.source([2, 5, 4, 4])
    let back = computation.add(.convolutionInputGradient(window, input: input), seed, w)
    let step = computation.add(.convolutionFilterGradient(window, filter: filter), x, seed)
    let scale = computation.add(.broadcast(filter), computation.source([1, 3, 1, 4]))
    computation.outputs = [
      computation.binary(.multiply, back, computation.binary(.less, computation.like(x, 0), x)),
      computation.binary(.subtract, w, computation.binary(.multiply, step, scale)),
    ]
    expectConformance(computation, on: backend)
  }

  /// An epilogue whose dimensions cross those of the pictures.
  @Test(arguments: Backends.available)
  func epilogueInAnotherShape(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([2, 3, 2, 2])
    let w = computation.source([6, 3, 1, 1])
    let row = computation.source([1, 1, 3])
    let y = computation.add(.convolution(ConvolutionWindow()), x, w)
    let back = computation.add(.convolutionInputGradient(ConvolutionWindow(), input: [2, 3, 2, 2]), y, w)
    for value in [y, back] {
      let count = computation.graph.shape(value).elementCount
      let bent = computation.add(.reshape([2, count / 6, 3]), value)
      let stretched = computation.add(.broadcast([2, count / 6, 3]), row)
      computation.outputs.append(computation.binary(.multiply, bent, stretched))
    }
    expectConformance(computation, on: backend)
  }

  /// The gradient of a gradient: each of the three is linear in both arguments, and the other two are its gradients.
  @Test(arguments: Backends.available)
  func gradientsOfGradients(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([2, 2, 5, 6])
    let w = computation.source([3, 2, 3, 2])
    let y = computation.add(.convolution(ConvolutionWindow(stride: [2, 1], padding: [1, 1])), x, w)
    let loss = computation.total(computation.unary(.tanh, y))
    let first = computation.graph.gradients(of: loss, withRespectTo: [x, w])
    let lengths = first.map { computation.total(computation.binary(.multiply, $0, $0)) }
    let length = computation.binary(.add, lengths[0], lengths[1])
    computation.outputs = [length] + computation.graph.gradients(of: length, withRespectTo: [x, w])
    expectConformance(computation, on: backend)
  }
}
