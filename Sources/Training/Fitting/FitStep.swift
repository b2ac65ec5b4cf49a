import Inference

/// One line of a fit's `metrics.jsonl`: nats per datum.
public struct FitStep: Codable, Hashable, Sendable {
  /// Which start, from 1.
  public let restart: Int
  public let iteration: Int
  /// `expectation`, `maximization`; `choices`, `means`; `closed`.
  public let step: String
  public let elbo, reconstruction, kl: Double
  /// The bound with the model's penalty.
  public let objective: Double
  /// Since the fit began.
  public let seconds: Double

  init(
    restart: Int, iteration: Int, step: String, bound: TotalELBO, objective: Double, count: Int, seconds: Double
  ) {
    let count = Double(count)
    (self.restart, self.iteration, self.step) = (restart, iteration, step)
    (elbo, reconstruction, kl) = (bound.value / count, bound.reconstruction / count, bound.kl / count)
    (self.objective, self.seconds) = (objective / count, seconds)
  }
}

/// Tells of the steps of a fit, with the time since it began.
final class FitLog {
  private let count: Int
  private let report: (FitStep) throws -> Void
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var restart = 0

  /// - Parameter count: how many data there are.
  init(count: Int, report: @escaping (FitStep) throws -> Void) {
    (self.count, self.report) = (count, report)
    start = clock.now
  }

  /// - Parameter isFirst: whether a start begins with this step.
  func tell(
    _ iteration: Int, _ step: String, _ bound: TotalELBO, objective: Double? = nil, isFirst: Bool
  ) throws {
    if isFirst { restart += 1 }
    try report(
      FitStep(
        restart: restart, iteration: iteration, step: step, bound: bound, objective: objective ?? bound.value,
        count: count, seconds: (clock.now - start) / .seconds(1)))
  }

  func tell(_ step: ExpectationMaximization.Step) throws {
    try tell(
      step.iteration, step.kind.rawValue, step.bound, objective: step.objective,
      isFirst: step.iteration == 1 && step.kind == .expectation)
  }
}
