import DeviceTestSupport
import Graphs
import Plans
import Runtime
import TestSupport
import Testing

/// Optimizers over a flat arena whose gradients are pieces: every step, piece by piece and in one pass, is the graph's.
@Suite struct UpdateConformanceTests {
  enum Rule: CaseIterable {
    case descent, momentum, rootMeanSquare, adam, decoupledDecay, clipped
  }

  private static let inPieces = Planning(name: "in pieces", limits: { $0.splitting(true) })
  private static let inOnePass = Planning(name: "in one pass", limits: { $0.splitting(false) })
  private static let crowded = Planning(
    name: "in pieces, nine arguments", limits: { $0.splitting(true).taking(arguments: 9) })

  /// A network whose first weight is used twice, with a parameter that is frozen and one that nothing reads.
  struct Network {
    private(set) var computation: Computation
    let arena: NodeID
    let gradient: NodeID
    let loss: NodeID
    let count: Int
    let type: ElementType

    init(batch: Int, width: Int, hidden: Int, type: ElementType) {
      var computation = Computation()
      let shapes: [Shape] = [[width, hidden], [hidden], [hidden, width], [width], [3, 2], [hidden], [1]]
      let count = shapes.reduce(0) { $0 + $1.elementCount }
      let arena = computation.source([count], type)
      var offset = 0
      var parameters: [NodeID] = []
      for shape in shapes {
        let end = offset + shape.elementCount
        let part = computation.add(.slice(start: [offset], end: [end]), arena)
        parameters.append(computation.add(.reshape(shape), part))
        offset = end
      }
      let x = computation.source([batch, width], type)
      func affine(_ computation: inout Computation, _ x: NodeID, _ weight: NodeID, _ bias: NodeID) -> NodeID {
        let product = computation.add(.matmul, x, weight)
        return computation.binary(
          .add, product, computation.stretch(bias, to: computation.graph.shape(product)))
      }
      let first = computation.unary(.tanh, affine(&computation, x, parameters[0], parameters[1]))
      let middle = affine(&computation, first, parameters[2], parameters[3])
      let again = affine(&computation, middle, parameters[0], parameters[1])
      let frozen = computation.add(.stopGradient, computation.stretch(parameters[5], to: [batch, hidden]))
      let last = computation.binary(.multiply, again, frozen)
      let error = computation.binary(.multiply, last, last)
      var loss = computation.binary(
        .multiply, computation.total(error), computation.graph.full(1 / Double(batch), [], type))
      // The last parameter is read by itself: its gradient is that of its exponential.
      loss = computation.binary(
        .add, loss, computation.add(.reshape([]), computation.unary(.exp, parameters[6])))
      let gradients = computation.graph.gradients(of: loss, withRespectTo: parameters)
      let flat = gradients.map { computation.add(.reshape([computation.graph.shape($0).elementCount]), $0) }
      gradient = computation.graph.add(.concatenate(axis: 0), flat)
      self.computation = computation
      (self.arena, self.loss, self.count, self.type) = (arena, loss, count, type)
    }

    private mutating func scaled(_ x: NodeID, _ factor: Double) -> NodeID {
      computation.binary(.multiply, x, computation.like(x, factor))
    }

    private mutating func mixed(_ old: NodeID, _ new: NodeID, _ rate: Double) -> NodeID {
      computation.binary(.add, scaled(old, rate), scaled(new, 1 - rate))
    }

    private mutating func moment() -> NodeID {
      computation.source([count], computation.random.uniform(count, in: 0.001..<0.1), type)
    }

    mutating func minimize(by rule: Rule) {
      // A counter, from which rates are computed.
      let counter = computation.source([1], [2], .uint32)
      computation.assign(
        counter, computation.binary(.add, counter, computation.graph.full(1, [1], .uint32)))
      let steps = computation.add(.cast(type), counter)
      let rate = computation.stretch(
        computation.binary(.divide, computation.like(steps, 0.01), steps), to: [count])
      var g = gradient
      var p = arena
      switch rule {
      case .descent: break
      case .clipped:
        let square = computation.total(computation.binary(.multiply, g, g))
        let scale = computation.binary(.minimum, computation.unary(.reciprocal, square), computation.like(square, 1))
        g = computation.binary(.multiply, g, computation.stretch(scale, to: [count]))
      case .momentum:
        // With weight decay in the gradient, and a part of the arena that is not decayed.
        let mask = computation.graph.add(
          .concatenate(axis: 0),
          [computation.graph.full(1, [count - 7], type), computation.graph.full(0, [7], type)])
        g = computation.binary(.add, g, computation.binary(.multiply, scaled(p, 0.1), mask))
        let buffer = moment()
        g = computation.binary(.add, scaled(buffer, 0.9), g)
        computation.assign(buffer, g)
      case .rootMeanSquare:
        let square = moment()
        let new = mixed(square, computation.binary(.multiply, g, g), 0.99)
        computation.assign(square, new)
        g = computation.binary(
          .divide, g, computation.binary(.add, computation.unary(.sqrt, new), computation.like(new, 1e-6)))
      case .adam, .decoupledDecay:
        if rule == .decoupledDecay { p = scaled(p, 0.99) }
        let (first, second) = (moment(), moment())
        let m = mixed(first, g, 0.9)
        let v = mixed(second, computation.binary(.multiply, g, g), 0.999)
        computation.assign(first, m)
        computation.assign(second, v)
        g = computation.binary(
          .divide, m, computation.binary(.add, computation.unary(.sqrt, v), computation.like(v, 1e-6)))
      }
      computation.assign(arena, computation.binary(.subtract, p, computation.binary(.multiply, rate, g)))
      computation.outputs = [loss]
    }
  }

  /// Each plan is compiled anew where kernels are: there the rules that differ most do, in pieces.
  private static func plannings(_ backend: NamedBackend) -> [Planning] {
    backend.isCompiler ? [inPieces] : [inPieces, inOnePass, crowded, .plain]
  }

  private static let cases = Backends.available.flatMap { backend in
    (backend.isCompiler ? [.momentum, .adam] : Rule.allCases).map { (backend, $0) }
  }

  @Test(arguments: cases)
  func everyStepIsTheGraphs(backend: NamedBackend, rule: Rule) throws {
    var network = Network(batch: 9, width: 13, hidden: 5, type: .float32)
    network.minimize(by: rule)
    let plannings = Self.plannings(backend)
    expectConformance(network.computation, on: backend, plannings: plannings, "\(rule)")
    for planning in plannings.prefix(2) {
      try expectStepsToConform(network.computation, on: backend, planning, times: 4, "\(rule)")
    }
  }

  @Test(arguments: Backends.available)
  func shapesAndTypes(backend: NamedBackend) throws {
    var cases = [(1, 1, 1, ElementType.float32), (3, 17, 2, .float64)]
    if backend.isCompiler { cases = [] }
    if !backend.isInterpreter { cases.append((70, 33, 40, .float64)) }
    for (batch, width, hidden, type) in cases {
      var network = Network(batch: batch, width: width, hidden: hidden, type: type)
      network.minimize(by: .adam)
      expectConformance(
        network.computation, on: backend, plannings: Array(Self.plannings(backend).prefix(2)),
        "\(batch) x \(width) x \(hidden), \(type)")
    }
  }

  /// Filters and a bias for each output, each updated by the kernel of its own gradient.
  @Test(arguments: Backends.available)
  func filters(backend: NamedBackend) throws {
    var computation = Computation()
    let (filter, outputs): (Shape, Int) = ([5, 3, 4, 4], 5)
    let count = filter.elementCount + outputs
    let (arena, buffer) = (computation.source([count]), computation.source([count]))
    let weights = computation.add(
      .reshape(filter), computation.add(.slice(start: [0], end: [filter.elementCount]), arena))
    let bias = computation.add(.slice(start: [filter.elementCount], end: [count]), arena)
    let x = computation.source([3, 3, 9, 8])
    let window = ConvolutionWindow(stride: [2, 2], padding: [1, 1])
    let y = computation.add(.convolution(window), x, weights)
    let shape = computation.graph.shape(y)
    let stretched = computation.add(.broadcast(shape), computation.add(.reshape([1, outputs, 1, 1]), bias))
    let loss = computation.total(computation.unary(.softplus, computation.binary(.add, y, stretched)))
    let gradients = computation.graph.gradients(of: loss, withRespectTo: [weights, bias])
    let flat = gradients.map { computation.add(.reshape([computation.graph.shape($0).elementCount]), $0) }
    let gradient = computation.graph.add(.concatenate(axis: 0), flat)
    let mean = computation.binary(
      .add, computation.binary(.multiply, buffer, computation.like(buffer, 0.9)), gradient)
    computation.assign(buffer, mean)
    computation.assign(
      arena, computation.binary(.subtract, arena, computation.binary(.multiply, mean, computation.like(mean, 0.01))))
    computation.outputs = [loss]
    expectConformance(computation, on: backend, plannings: [Self.inPieces, Self.inOnePass])
    try expectStepsToConform(computation, on: backend, Self.inPieces, times: 3)
  }
}

extension PlanLimits {
  fileprivate func splitting(_ splits: Bool) -> PlanLimits {
    var limits = self
    limits.splitsConcatenations = splits
    return limits
  }

  fileprivate func taking(arguments count: Int) -> PlanLimits {
    var limits = self
    limits.argumentCount = count
    return limits
  }
}
