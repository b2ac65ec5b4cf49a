import Graphs
import Plans

/// A whole training step of a variational autoencoder, written in plain ops: batch, forward, gradients, Adam.
///
/// Widths run from the data through the encoder's hidden layers to the latent space; the decoder mirrors them.
struct ReferenceStep {
  enum Likelihood { case bernoulli, gaussian }

  var widths: [Int]
  var batch: Int
  var dataCount: Int
  var activation: UnaryOp
  var likelihood: Likelihood
  var trains: Bool
  /// Whether the norm of the gradient is an output: then the gradient has a reader besides Adam.
  var reportsNorm: Bool

  private(set) var graph = Graph()
  private(set) var outputs: [NodeID] = []
  private(set) var assignments: [(target: SourceID, value: NodeID)] = []

  enum Source: UInt64 {
    case images = 1, counters, arena, firstMoment, secondMoment

    var id: SourceID { SourceID(raw: rawValue) }
  }

  init(
    widths: [Int] = [784, 400, 20], batch: Int = 128, dataCount: Int = 60000, activation: UnaryOp = .relu,
    likelihood: Likelihood = .bernoulli, trains: Bool = true, reportsNorm: Bool = true
  ) {
    self.widths = widths
    self.batch = batch
    self.dataCount = dataCount
    self.activation = activation
    self.likelihood = likelihood
    self.trains = trains
    self.reportsNorm = reportsNorm
    build()
  }

  func plan(fusing: Bool = true, limits: PlanLimits = PlanLimits()) throws -> Plan {
    try Plan(graph, outputs: outputs, assignments: assignments, limits: limits, fusing: fusing)
  }

  // MARK: Words

  private mutating func unary(_ op: UnaryOp, _ x: NodeID) -> NodeID { graph.add(.unary(op), [x]) }

  private mutating func binary(_ op: BinaryOp, _ a: NodeID, _ b: NodeID) -> NodeID {
    let shape = graph.shape(a).broadcast(with: graph.shape(b))!
    return graph.add(.binary(op), [stretch(a, shape), stretch(b, shape)])
  }

  private mutating func binary(_ op: BinaryOp, _ a: NodeID, _ b: Double) -> NodeID {
    graph.add(.binary(op), [a, graph.full(b, graph.shape(a), graph.type(a))])
  }

  private mutating func stretch(_ x: NodeID, _ shape: Shape) -> NodeID {
    let own = graph.shape(x).dimensions
    let raised = Shape([Int](repeating: 1, count: shape.rank - own.count) + own)
    return graph.add(.broadcast(shape), [graph.add(.reshape(raised), [x])])
  }

  private mutating func sum(_ x: NodeID, _ axes: [Int]) -> NodeID { graph.add(.reduce(.sum, axes: axes), [x]) }

  private mutating func slice(_ x: NodeID, _ range: Range<Int>) -> NodeID {
    graph.add(.slice(start: [range.lowerBound], end: [range.upperBound]), [x])
  }

  // MARK: The step

  private mutating func build() {
    let latent = widths.last!
    let hidden = widths.dropFirst().dropLast()
    var layers: [(Int, Int)] = zip(widths.dropLast(2), hidden).map { ($0, $1) }
    let headIndex = layers.count
    layers += [(hidden.last!, latent), (hidden.last!, latent)]
    let up = Array(widths.reversed())
    layers += zip(up.dropLast(), up.dropFirst()).map { ($0, $1) }
    let size = layers.reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
    let arena = graph.source(Source.arena.id, shape: [size], type: .float32)
    let counters = graph.source(Source.counters.id, shape: [6], type: .uint32)

    var offset = 0
    var parameters: [NodeID] = []
    for (fanIn, fanOut) in layers {
      parameters.append(graph.add(.reshape([fanOut, fanIn]), [slice(arena, offset..<offset + fanIn * fanOut)]))
      offset += fanIn * fanOut
      parameters.append(slice(arena, offset..<offset + fanOut))
      offset += fanOut
    }
    func linear(_ step: inout ReferenceStep, _ index: Int, _ x: NodeID) -> NodeID {
      let weight = step.graph.add(.permute([1, 0]), [parameters[2 * index]])
      return step.binary(.add, step.graph.add(.matmul, [x, weight]), parameters[2 * index + 1])
    }

    // The batch: rows of a permutation, taken from resident bytes.
    let state = slice(counters, 0..<3)
    let start = slice(counters, 3..<4)
    let epoch = slice(counters, 4..<5)
    let position = binary(.add, graph.add(.iota(shape: [batch], axis: 0, type: .uint32), []), start)
    let shuffled = graph.add(
      .shuffle(count: dataCount),
      [
        position, stretch(epoch, [batch]), stretch(slice(counters, 0..<1), [batch]),
        stretch(slice(counters, 1..<2), [batch]),
      ])
    let rows = graph.add(.cast(.int32), [shuffled])
    let images = graph.source(Source.images.id, shape: [dataCount, widths[0]], type: .uint8)
    let x = binary(.divide, graph.add(.cast(.float32), [graph.add(.gather, [images, rows])]), 255)

    // q(z|x), z, p(x|z).
    var h = x
    for layer in 0..<headIndex { h = unary(activation, linear(&self, layer, h)) }
    let mean = linear(&self, headIndex, h)
    let logVariance = linear(&self, headIndex + 1, h)
    let noise = graph.add(
      .random(.normal, shape: [batch, latent], stream: 1, type: .float32), [state, rows])
    let deviation = unary(.exp, binary(.multiply, logVariance, 0.5))
    let z = binary(.add, mean, binary(.multiply, deviation, noise))
    h = z
    for layer in headIndex + 2..<layers.count - 1 { h = unary(activation, linear(&self, layer, h)) }
    let y = linear(&self, layers.count - 1, h)

    let logLikelihood: NodeID
    switch likelihood {
    case .bernoulli: logLikelihood = binary(.subtract, binary(.multiply, x, y), unary(.softplus, y))
    case .gaussian:
      let error = binary(.subtract, x, y)
      logLikelihood = binary(.subtract, binary(.multiply, binary(.multiply, error, error), -0.5), 0.9189385332046727)
    }
    let reconstruction = sum(logLikelihood, [1])
    let variance = unary(.exp, logVariance)
    let terms = binary(
      .subtract, binary(.add, binary(.multiply, mean, mean), variance), binary(.add, logVariance, 1))
    let divergence = binary(.multiply, sum(terms, [1]), 0.5)
    func average(_ step: inout ReferenceStep, _ x: NodeID) -> NodeID {
      step.binary(.multiply, step.sum(x, [0, 1]), 1 / Double(step.batch))
    }
    let meanReconstruction = average(&self, reconstruction)
    let meanDivergence = average(&self, divergence)
    let loss = unary(.negate, average(&self, binary(.subtract, reconstruction, divergence)))
    outputs = [loss, meanReconstruction, meanDivergence]
    guard trains else { return }

    // Adam (Kingma and Ba, 2015, algorithm 1) over the flat arena.
    let gradients = graph.gradients(of: loss, withRespectTo: parameters)
    let flat = gradients.map { graph.add(.reshape([graph.shape($0).elementCount]), [$0]) }
    let gradient = graph.add(.concatenate(axis: 0), flat)
    let first = graph.source(Source.firstMoment.id, shape: [size], type: .float32)
    let second = graph.source(Source.secondMoment.id, shape: [size], type: .float32)
    let steps = graph.add(.cast(.float32), [slice(counters, 2..<3)])
    let count = binary(.add, steps, 1)
    let m = binary(.add, binary(.multiply, first, 0.9), binary(.multiply, gradient, 0.1))
    let v = binary(
      .add, binary(.multiply, second, 0.999), binary(.multiply, binary(.multiply, gradient, gradient), 0.001))
    func correction(_ step: inout ReferenceStep, _ beta: Double) -> NodeID {
      let base = step.graph.full(beta, [1], .float32)
      return step.binary(.subtract, step.graph.full(1, [1], .float32), step.binary(.power, base, count))
    }
    let rate = binary(.divide, graph.full(1e-3, [1], .float32), correction(&self, 0.9))
    let scale = unary(.sqrt, correction(&self, 0.999))
    let denominator = binary(.add, binary(.divide, unary(.sqrt, v), scale), 1e-8)
    let updated = binary(.subtract, arena, binary(.divide, binary(.multiply, m, rate), denominator))
    let increments = graph.add(
      .concatenate(axis: 0),
      [
        graph.full(0, [2], .uint32), graph.full(1, [1], .uint32), graph.full(Double(batch), [1], .uint32),
        graph.full(0, [2], .uint32),
      ])
    assignments = [
      (Source.arena.id, updated), (Source.firstMoment.id, m), (Source.secondMoment.id, v),
      (Source.counters.id, binary(.add, counters, increments)),
    ]
    guard reportsNorm else { return }
    let norm = unary(.sqrt, sum(binary(.multiply, gradient, gradient), [0]))
    outputs.append(norm)
  }
}
