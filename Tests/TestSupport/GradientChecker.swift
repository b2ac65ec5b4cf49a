import Graphs

/// A source of a function whose gradients are checked.
public struct Sample: Sendable {
  public var shape: Shape
  public var values: [Double]
  public var type: ElementType

  public init(_ shape: Shape, _ values: [Double], _ type: ElementType = .float64) {
    self.shape = shape
    self.values = values
    self.type = type
  }
}

/// Holds `Graph.gradients` against central differences in Double.
///
/// The function under test gives one node; what is differentiated is that node's elements times fixed random weights,
/// summed, so that every element has a seed of its own. For the second order, the first gradients are weighted and
/// summed in the same way and differentiated again.
public struct GradientChecker {
  private var graph = Graph()
  private var interpreter = ReferenceInterpreter()
  private var random: SplitMix
  private let samples: [Sample]
  private let variables: [NodeID]
  private var nextSource: UInt64 = 0

  /// What is wrong with the gradients of order 1 ... `order` at the samples: one line for each element that differs.
  public static func failures(
    at samples: [Sample], order: Int = 2, seed: UInt64 = 1,
    _ function: (inout Graph, [NodeID]) -> NodeID
  ) -> [String] {
    var checker = GradientChecker(samples, seed: seed)
    var y = function(&checker.graph, checker.variables)
    var failures: [String] = []
    for order in 1...order {
      let scalar = checker.weightedSum([y])
      let differentiable = samples.indices.filter { samples[$0].type == .float64 }
      let gradients = checker.graph.gradients(
        of: scalar, withRespectTo: differentiable.map { checker.variables[$0] })
      for (sample, gradient) in zip(differentiable, gradients) {
        failures += checker.compare(scalar, gradient, sample: sample).map { "order \(order), input \(sample): \($0)" }
      }
      y = checker.weightedSum(gradients)
    }
    return failures
  }

  private init(_ samples: [Sample], seed: UInt64) {
    self.samples = samples
    random = SplitMix(seed: seed)
    var variables: [NodeID] = []
    for (i, sample) in samples.enumerated() {
      let id = SourceID(raw: UInt64(i))
      variables.append(graph.source(id, shape: sample.shape, type: sample.type))
      interpreter.sources[id] = sample.values
    }
    self.variables = variables
    nextSource = UInt64(samples.count)
  }

  /// The sum over nodes and elements, each times a weight.
  private mutating func weightedSum(_ nodes: [NodeID]) -> NodeID {
    var sum = graph.full(0, .scalar, .float64)
    for node in nodes {
      let shape = graph.shape(node)
      let id = SourceID(raw: nextSource)
      nextSource += 1
      interpreter.sources[id] = random.signed(shape.elementCount, gap: 0.5)
      let product = graph.add(.binary(.multiply), [node, graph.source(id, shape: shape, type: .float64)])
      let total = graph.add(.reduce(.sum, axes: Array(shape.dimensions.indices)), [product])
      sum = graph.add(.binary(.add), [sum, graph.add(.reshape(.scalar), [total])])
    }
    return sum
  }

  private func compare(_ scalar: NodeID, _ gradient: NodeID, sample: Int) -> [String] {
    let found = interpreter.evaluate([gradient], of: graph)[0]
    guard found.shape == samples[sample].shape else { return ["shape \(found.shape) of the gradient"] }
    return found.values.indices.compactMap { i in
      let (expected, tolerance) = derivative(of: scalar, sample: sample, element: i)
      // A tolerance that could hide a wrong factor means a bad point, not a good gradient.
      guard tolerance <= 1e-6 * max(1, abs(expected)) else {
        return "[\(i)] is no smooth point: differences leave \(tolerance) at \(expected)"
      }
      let allowed = tolerance + found.errors[i]
      return abs(found.values[i] - expected) <= allowed
        ? nil : "[\(i)] expected \(expected), found \(found.values[i]), where \(allowed) is allowed"
    }
  }

  /// The central difference, extrapolated from two steps (Richardson), and what it may be off by: the rounding of the
  /// function over the step, and a thousandth of what the extrapolation removed.
  private func derivative(of scalar: NodeID, sample: Int, element: Int) -> (value: Double, tolerance: Double) {
    let x = samples[sample].values[element]
    let step = 0x1p-10 * max(1, abs(x))
    func difference(_ step: Double) -> (Double, Double) {
      let (above, below) = (evaluate(scalar, sample, element, x + step), evaluate(scalar, sample, element, x - step))
      return ((above.value - below.value) / (2 * step), (above.error + below.error) / (2 * step))
    }
    let (wide, _) = difference(step)
    let (narrow, rounding) = difference(step / 2)
    return ((4 * narrow - wide) / 3, 4 * rounding + 1e-3 * abs(narrow - wide))
  }

  private func evaluate(_ scalar: NodeID, _ sample: Int, _ element: Int, _ x: Double) -> Approximate {
    var moved = interpreter
    moved.sources[SourceID(raw: UInt64(sample))]![element] = x
    return moved.evaluate([scalar], of: graph)[0][0]
  }
}
