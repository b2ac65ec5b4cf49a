/// A model with a posterior of independent factors, each of which has a best form given the others.
public protocol CoordinateModel: VariationalModel where LowerBound == TotalELBO {
  /// How many factors there are to go through.
  var factorCount: Int { get }

  /// The posterior with one factor made as good as it can be while the others stay.
  func updated(_ posterior: Posterior, factor: Int, _ x: Observations) throws -> Posterior
}

/// Coordinate ascent variational inference: factor after factor, the bound rising with each.
///
/// (Blei, Kucukelbir and McAuliffe, Variational inference: a review for statisticians, 2017, algorithm 1.)
public struct CoordinateAscent: Sendable {
  /// The most rounds over all factors.
  public var rounds: Int
  /// Nats by which a round must raise the bound for another one to follow.
  public var tolerance: Double

  public init(rounds: Int = 500, tolerance: Double = 1e-10) {
    precondition(rounds > 0 && tolerance >= 0, "[coordinate ascent] \(rounds) rounds, a tolerance of \(tolerance)")
    (self.rounds, self.tolerance) = (rounds, tolerance)
  }

  /// What came of it.
  public struct Outcome<Posterior> {
    public let posterior: Posterior
    public let bound: TotalELBO
    /// Whole rounds over all factors.
    public let rounds: Int
    /// Whether the bound stopped rising before the rounds ended, or in the last of them.
    public let isConverged: Bool
  }

  /// Improves a posterior until the bound stays where it is.
  ///
  /// - Parameter report: Told of the bound after every update: round, factor, bound.
  /// - Throws: `InferenceError.boundFell` where an update lowers the bound, and what the model throws.
  public func fit<Model: CoordinateModel>(
    _ model: Model, from start: Model.Posterior, _ x: Model.Observations,
    report: (Int, Int, TotalELBO) throws -> Void = { _, _, _ in }
  ) throws -> Outcome<Model.Posterior> {
    var posterior = start
    var bound = try elbo(model, posterior, x)
    for round in 1...rounds {
      let before = bound.value
      for factor in 0..<model.factorCount {
        posterior = try model.updated(posterior, factor: factor, x)
        let next = try elbo(model, posterior, x)
        guard next.value >= bound.value - ExpectationMaximization.slack(bound.value) else {
          throw InferenceError.boundFell(from: bound.value, to: next.value, iteration: round)
        }
        bound = next
        try report(round, factor, bound)
      }
      if bound.value - before <= tolerance {
        return Outcome(posterior: posterior, bound: bound, rounds: round, isConverged: true)
      }
    }
    return Outcome(posterior: posterior, bound: bound, rounds: rounds, isConverged: false)
  }
}

extension CoordinateAscent.Outcome: Sendable where Posterior: Sendable {}
