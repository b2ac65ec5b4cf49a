/// Expectation maximization as coordinate ascent on the evidence lower bound, over any model with an exact posterior.
///
/// ```
/// E:  q ← p(z|x)            the bound is log p(x)
/// M:  θ ← arg max ELBO      the bound rises, and log p(x) with it
/// ```
///
/// Both are checked at every iteration: a model whose posterior does not make the bound tight, or whose M-step lowers
/// it, is wrong, and is told so. (Neal and Hinton, A view of the EM algorithm that justifies incremental, sparse, and
/// other variants, 1998.)
public struct ExpectationMaximization: Sendable {
  /// The most iterations.
  public var iterations: Int
  /// Nats per datum by which an iteration must raise the bound for another one to follow.
  public var tolerance: Double

  public init(iterations: Int = 200, tolerance: Double = 1e-6) {
    precondition(iterations > 0 && tolerance >= 0, "[em] \(iterations) iterations, a tolerance of \(tolerance)")
    (self.iterations, self.tolerance) = (iterations, tolerance)
  }

  /// The bound after one half of an iteration.
  public struct Step: Hashable, Codable, Sendable {
    /// What was made as good as it can be: the posterior, or the parameters.
    public enum Kind: String, Hashable, Codable, Sendable { case expectation, maximization }

    public let iteration: Int
    public let kind: Kind
    /// Of all data, nats.
    public let bound: TotalELBO
    /// The bound with the model's penalty: what rises.
    public let objective: Double
  }

  /// What came of it.
  public struct Outcome<Model: MaximizableModel>: Sendable where Model.Posterior: Sendable {
    public let model: Model
    /// p(z|x) under `model`.
    public let posterior: Model.Posterior
    /// log p(x) of all data, nats.
    public let logEvidence: Double
    public let steps: [Step]
    /// Whether the bound stopped rising before the iterations ended.
    public let isConverged: Bool
    /// Whole iterations; where the fit converged, an E-step that brought too little follows them.
    public var iterations: Int { steps.count / 2 }
  }

  /// Fits a model, from where it stands.
  ///
  /// - Parameters:
  ///   - count: How many data x are, for the tolerance.
  ///   - report: Told of every step; it may stop the fit by throwing.
  /// - Throws: `InferenceError` where a check fails, and what the model throws.
  public func fit<Model: MaximizableModel>(
    _ start: Model, to x: Model.Observations, count: Int, report: (Step) throws -> Void = { _ in }
  ) throws -> Outcome<Model> {
    var model = start
    var steps: [Step] = []
    var previous = -Double.infinity
    func note(_ iteration: Int, _ kind: Step.Kind, _ bound: TotalELBO) throws {
      let objective = bound.value + model.logPenalty
      guard objective >= previous - Self.slack(previous) else {
        throw InferenceError.boundFell(from: previous, to: objective, iteration: iteration)
      }
      previous = objective
      let step = Step(iteration: iteration, kind: kind, bound: bound, objective: objective)
      steps.append(step)
      try report(step)
    }

    var (posterior, logEvidence, bound) = try expectation(model, x)
    var isConverged = false
    for iteration in 1...iterations {
      let before = previous
      try note(iteration, .expectation, bound)
      if previous - before <= tolerance * Double(count), iteration > 1 {
        isConverged = true
        break
      }
      model = try model.maximized(under: posterior, x)
      try note(iteration, .maximization, elbo(model, posterior, x))
      (posterior, logEvidence, bound) = try expectation(model, x)
    }
    return Outcome(
      model: model, posterior: posterior, logEvidence: logEvidence, steps: steps, isConverged: isConverged)
  }

  /// The exact posterior, at which the bound must be the evidence.
  private func expectation<Model: MaximizableModel>(
    _ model: Model, _ x: Model.Observations
  ) throws -> (Model.Posterior, Double, TotalELBO) {
    let (posterior, logEvidence) = try model.inferred(from: x)
    let bound = try elbo(model, posterior, x)
    guard abs(bound.value - logEvidence) <= Self.slack(logEvidence) else {
      throw InferenceError.boundNotTight(bound: bound.value, logEvidence: logEvidence)
    }
    return (posterior, logEvidence, bound)
  }

  /// What rounding may make of a sum over all data.
  static func slack(_ value: Double) -> Double { 1e-9 * max(1, abs(value)) }
}

/// What a check of inference found wrong.
public enum InferenceError: Error, Hashable, Sendable {
  /// A step that must raise the bound lowered it, or made it no number.
  case boundFell(from: Double, to: Double, iteration: Int)
  /// The bound at the exact posterior is not the evidence.
  case boundNotTight(bound: Double, logEvidence: Double)
}

extension InferenceError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .boundFell(let from, let to, let iteration):
      "iteration \(iteration) took the bound from \(from) to \(to) nats; a stronger regularization helps where data "
        + "leave a component without spread"
    case .boundNotTight(let bound, let logEvidence):
      "the bound at the exact posterior is \(bound) nats, and the evidence \(logEvidence): columns that are nearly sums "
        + "of others leave too few digits"
    }
  }
}
