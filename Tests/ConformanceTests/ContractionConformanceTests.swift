import DeviceTestSupport
import Graphs
import TestSupport
import Testing

/// Reductions and products of every shape that decides how a device cuts its work.
@Suite struct ContractionConformanceTests {
  static let reductions: [(Shape, [Int])] = [
    ([1], [0]), ([17], [0]), ([5, 7], [1]), ([5, 7], [0]), ([64, 100], [0, 1]), ([1, 300], [0]), ([300, 1], [0]),
    ([4, 5, 6], [1]), ([4, 5, 6], [0, 2]), ([4, 5, 6], [2, 0]), ([2, 3, 4, 5], [1, 3]), ([2, 3, 4, 5], [0, 1, 2]),
    ([3, 1, 4], [1]), ([130, 33], [1]), ([33, 130], [0]), ([2, 5000], [1]), ([5000, 2], [0]),
  ]

  @Test(arguments: Backends.available, ElementType.allCases)
  func reductions(backend: NamedBackend, type: ElementType) {
    var computation = Computation()
    for (shape, axes) in Self.reductions {
      let x = computation.source(shape, type)
      for op in ReduceOp.allCases {
        computation.output(computation.add(.reduce(op, axes: axes), x), "\(op) of \(shape) over \(axes)")
      }
    }
    expectConformance(computation, on: backend, "\(type)")
  }

  /// Everything negative: a maximum that begins at 0 would show.
  @Test(arguments: Backends.available)
  func maximumOfNegatives(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([19, 37], computation.random.uniform(19 * 37, in: -9 ..< -1), .float32)
    let integers = computation.source([4, 9], computation.random.integers(36, in: -90 ... -5), .int32)
    computation.outputs = [
      computation.add(.reduce(.maximum, axes: [1]), x), computation.add(.reduce(.maximum, axes: [0, 1]), x),
      computation.add(.reduce(.maximum, axes: [1]), integers),
    ]
    expectConformance(computation, on: backend)
  }

  /// A likelihood of so many data that a device may sum up a product's rows where it makes them: a value of each place,
  /// and sums over the columns, of narrow, odd and long rows, and of a product of several matrices.
  @Test(arguments: Backends.available)
  func sumsOverRowsOfProducts(backend: NamedBackend) {
    var computation = Computation()
    for columns in [40, 33, 7, 600] where columns < 600 || !backend.isInterpreter {
      let hidden = computation.source([300, 9]), weights = computation.source([columns, 9])
      let product = computation.add(.matmul, hidden, computation.transposed(weights))
      let bias = computation.stretch(computation.source([columns]), to: [300, columns])
      let logits = computation.binary(.add, product, bias)
      let data = computation.stretch(computation.source([20, 1, columns]), to: [20, 15, columns])
      let terms = computation.add(.reshape([20, 15, columns]), logits)
      let softplus = computation.unary(.softplus, terms)
      let likelihood = computation.binary(.subtract, computation.binary(.multiply, terms, data), softplus)
      computation.output(computation.sum(likelihood, [2]), "sum of \(columns) columns")
      computation.output(
        computation.binary(.subtract, data, computation.unary(.sigmoid, terms)), "gradient of \(columns) columns")
      let plain = computation.add(.matmul, hidden, computation.source([9, columns]))
      let both = computation.binary(.multiply, plain, product)
      computation.output(computation.add(.reduce(.maximum, axes: [1]), both), "largest of \(columns) columns")
    }
    expectConformance(computation, on: backend)
  }

  @Test(arguments: Backends.available)
  func longReductions(backend: NamedBackend) {
    let count = backend.isInterpreter ? 20_000 : 1_000_003
    var computation = Computation()
    let x = computation.source([count], computation.random.uniform(count, in: 0..<1), .float32)
    let square = computation.binary(.multiply, x, x)
    computation.outputs = [
      computation.sum(x, [0]), computation.add(.reduce(.maximum, axes: [0]), x),
      computation.unary(.sqrt, computation.sum(square, [0])),
    ]
    expectConformance(computation, on: backend, plannings: [.fused])
  }

  /// What is computed before a reduction runs inside it, and what becomes of its results too.
  @Test(arguments: Backends.available)
  func prologueAndEpilogue(backend: NamedBackend) {
    var computation = Computation()
    for (shape, axes) in Self.reductions where shape.rank == 2 {
      let x = computation.source(shape)
      let kept = shape.reducing(axes)
      let bias = computation.source(kept)
      let prologue = computation.unary(.exp, computation.binary(.multiply, x, computation.like(x, 0.5)))
      let sum = computation.sum(prologue, axes)
      let result = computation.unary(.log, computation.binary(.add, sum, computation.unary(.absolute, bias)))
      // The prologue itself is wanted as well: a side output.
      computation.output(result, "\(shape) over \(axes)")
      computation.output(prologue, "prologue of \(shape) over \(axes)")
      computation.output(computation.sum(x, axes), "sum of \(shape) over \(axes)")
    }
    expectConformance(computation, on: backend)
  }

  /// log-sum-exp, its gradient (softmax), and the gradient of a maximum, whose mask compares a value computed again.
  @Test(arguments: Backends.available)
  func softmaxAndMaximumGradient(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([23, 41])
    let bent = computation.unary(.sin, computation.binary(.multiply, x, computation.like(x, 3.1)))
    let top = computation.add(.reduce(.maximum, axes: [1]), bent)
    let shifted = computation.binary(.subtract, bent, computation.stretch(top, to: [23, 41]))
    let sum = computation.sum(computation.unary(.exp, shifted), [1])
    let loss = computation.binary(.add, computation.unary(.log, sum), top)
    computation.outputs = [loss] + computation.graph.gradients(of: loss, withRespectTo: [x])
    computation.outputs += computation.graph.gradients(of: top, withRespectTo: [x])
    expectConformance(computation, on: backend)
  }

  static let products: [(Int, Int, Int)] = [
    (1, 1, 1), (1, 7, 1), (5, 1, 3), (1, 40, 33), (33, 40, 1), (7, 5, 3), (16, 16, 16), (31, 33, 29), (64, 20, 48),
    (8, 300, 4), (70, 17, 65),
  ]

  @Test(arguments: Backends.available, [ElementType.float32, .float64])
  func products(backend: NamedBackend, type: ElementType) {
    var computation = Computation()
    for (m, k, n) in Self.products {
      for form in 0..<4 {
        let a = computation.source(form & 1 == 0 ? [m, k] : [k, m], type)
        let b = computation.source(form & 2 == 0 ? [k, n] : [n, k], type)
        let left = form & 1 == 0 ? a : computation.transposed(a)
        let right = form & 2 == 0 ? b : computation.transposed(b)
        computation.output(computation.add(.matmul, left, right), "\(m) x \(k) x \(n), transposed \(form)")
      }
    }
    expectConformance(computation, on: backend, plannings: [.fused], "\(type)")
  }

  @Test(arguments: Backends.available)
  func largeProducts(backend: NamedBackend) {
    guard !backend.isInterpreter else { return }
    var computation = Computation()
    for (m, k, n) in [(128, 784, 400), (200, 130, 257), (1, 2000, 300), (300, 1000, 20)] {
      let a = computation.source([m, k])
      let b = computation.source([n, k])
      computation.output(computation.add(.matmul, a, computation.transposed(b)), "\(m) x \(k) x \(n)")
    }
    expectConformance(computation, on: backend, plannings: [.fused])
  }

  @Test(arguments: Backends.available)
  func batchedProducts(backend: NamedBackend) {
    var computation = Computation()
    for (batch, m, k, n) in [(1, 3, 4, 5), (6, 3, 4, 5), (5, 1, 7, 1), (3, 17, 9, 20)] {
      for form in 0..<4 {
        let a = computation.source(form & 1 == 0 ? [batch, m, k] : [batch, k, m])
        let b = computation.source(form & 2 == 0 ? [batch, k, n] : [batch, n, k])
        let left = form & 1 == 0 ? a : computation.transposed(a)
        let right = form & 2 == 0 ? b : computation.transposed(b)
        let product = computation.add(.matmul, left, right)
        computation.output(product, "\(batch) x \(m) x \(k) x \(n), transposed \(form)")
        computation.outputs.append(computation.unary(.relu, product))
      }
    }
    expectConformance(computation, on: backend)
  }

  /// Operands that are stretched over the batch, sliced out of something larger, or computed.
  @Test(arguments: Backends.available)
  func productsOfViews(backend: NamedBackend) {
    var computation = Computation()
    let x = computation.source([4, 6, 5])
    let weight = computation.source([5, 7])
    let wide = computation.source([9, 12])
    let stretched = computation.stretch(weight, to: [4, 5, 7])
    let middle = computation.add(.slice(start: [2, 3], end: [8, 8]), wide)
    let column = computation.add(.slice(start: [0, 4], end: [9, 5]), wide)
    let everySecond = computation.add(
      .slice(start: [0, 0, 0], end: [9, 6, 1]), computation.add(.reshape([9, 6, 2]), wide))
    computation.outputs = [
      computation.add(.matmul, x, stretched), computation.add(.matmul, middle, weight),
      computation.add(.matmul, computation.transposed(column), wide),
      computation.add(.matmul, computation.transposed(computation.add(.reshape([9, 6]), everySecond)), wide),
      computation.add(.matmul, computation.unary(.sin, middle), computation.unary(.cos, weight)),
      computation.add(.matmul, computation.add(.reshape([24, 5]), x), weight),
      computation.add(.matmul, wide, computation.transposed(wide)),
    ]
    expectConformance(computation, on: backend)
  }

  /// An affine layer with its activation; two heads from one input whose epilogue sees both; a residual.
  @Test(arguments: Backends.available)
  func epiloguesAndSiblings(backend: NamedBackend) {
    var computation = Computation()
    for (batch, width, hidden, latent) in [(3, 5, 4, 2), (32, 40, 33, 7)] {
      let x = computation.source([batch, width])
      func affine(_ x: NodeID, _ n: Int, _ computation: inout Computation) -> NodeID {
        let weight = computation.source([n, computation.graph.shape(x)[1]])
        let bias = computation.source([n])
        let product = computation.add(.matmul, x, computation.transposed(weight))
        return computation.binary(.add, product, computation.stretch(bias, to: [batch, n]))
      }
      let h = computation.unary(.tanh, affine(x, hidden, &computation))
      let mean = affine(h, latent, &computation)
      let logVariance = affine(h, latent, &computation)
      let state = computation.source([3], [1, 2, 3], .uint32)
      let noise = computation.add(.random(.normal, shape: [batch, latent], stream: 4, type: .float32), state)
      let deviation = computation.unary(.exp, computation.binary(.multiply, logVariance, computation.like(mean, 0.5)))
      let z = computation.binary(.add, mean, computation.binary(.multiply, deviation, noise))
      let y = affine(z, width, &computation)
      let residual = computation.binary(.add, y, x)
      computation.output(z, "latent code of batch \(batch)")
      computation.output(residual, "residual of batch \(batch)")
      computation.outputs += [mean, computation.unary(.sigmoid, y)]
    }
    expectConformance(computation, on: backend)
  }
}
