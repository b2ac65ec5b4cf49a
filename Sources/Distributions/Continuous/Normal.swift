import Glibc
import Tensors

/// Independent normal distributions N(μ, σ²), one for each element.
///
/// ```
/// log p(x) = -((x - μ) / σ)² / 2 - log σ - log(2π) / 2
/// ```
public struct Normal: FactorizedDistribution, ReparameterizedDistribution {
  /// μ: (batch..., event...).
  public let mean: Tensor
  /// log σ²: (batch..., event...).
  public let logVariance: Tensor
  /// σ²: (batch..., event...).
  public let variance: Tensor
  /// σ: (batch..., event...).
  public let standardDeviation: Tensor
  public let eventRank: Int

  private static let halfLogTwoPi = 0.5 * log(2 * Double.pi)

  /// By mean and log σ², as encoders give them; the two are broadcast.
  public init(mean: Tensor, logVariance: Tensor, eventRank: Int = 1) {
    self.init(
      mean, logVariance: logVariance, variance: logVariance.exp(), standardDeviation: (logVariance * 0.5).exp(),
      eventRank)
  }

  /// By mean and σ > 0; the two are broadcast.
  public init(mean: Tensor, standardDeviation: Tensor, eventRank: Int = 1) {
    self.init(
      mean, logVariance: standardDeviation.log() * 2, variance: standardDeviation.squared(),
      standardDeviation: standardDeviation, eventRank)
  }

  /// By mean and one fixed σ > 0.
  public init(mean: Tensor, standardDeviation: Double, eventRank: Int = 1) {
    guard standardDeviation > 0 else { fatalError("[normal] a standard deviation of \(standardDeviation)") }
    func number(_ value: Double) -> Tensor { .full(value, mean.shape, type: mean.type) }
    self.init(
      mean, logVariance: number(2 * log(standardDeviation)), variance: number(standardDeviation * standardDeviation),
      standardDeviation: number(standardDeviation), eventRank)
  }

  /// N(0, 1) in each of `size` dimensions.
  public static func standard(_ size: Int, type: ElementType = .float32) -> Normal {
    Normal(mean: .zeros([size], type: type), standardDeviation: 1)
  }

  private init(
    _ mean: Tensor, logVariance: Tensor, variance: Tensor, standardDeviation: Tensor, _ eventRank: Int
  ) {
    guard let shape = mean.shape.broadcast(with: standardDeviation.shape), eventRank <= shape.rank else {
      fatalError(
        "[normal] mean \(mean.shape) and standard deviation \(standardDeviation.shape), "
          + "events of \(eventRank) dimensions")
    }
    self.mean = mean.broadcast(to: shape)
    self.logVariance = logVariance.broadcast(to: shape)
    self.variance = variance.broadcast(to: shape)
    self.standardDeviation = standardDeviation.broadcast(to: shape)
    self.eventRank = eventRank
  }

  public var support: Support { .realNumbers }

  public func elementLogProbability(of x: Tensor) -> Tensor {
    logDensity(atDistance: (x - mean) / standardDeviation)
  }

  /// log p at a distance from the mean in standard deviations.
  private func logDensity(atDistance distance: Tensor) -> Tensor {
    distance.squared() * -0.5 - logVariance * 0.5 - Self.halfLogTwoPi
  }

  /// z = μ + σ ε with ε standard normal; log q(z) depends on ε and σ alone.
  public func draw(_ noise: RandomKey) -> Draw { draw(from: noise.normal(mean.shape, type: mean.type)) }

  /// The same from ε that is given: (batch..., event...).
  public func draw(from epsilon: Tensor) -> Draw {
    Draw(
      value: mean + standardDeviation * epsilon,
      logProbability: logDensity(atDistance: epsilon).summedOverEvent(eventRank))
  }

  /// log σ + (1 + log 2π) / 2.
  public var elementEntropy: Tensor? { logVariance * 0.5 + (0.5 + Self.halfLogTwoPi) }

  /// KL(self ‖ other) of each element, closed for two normal distributions:
  ///
  /// ```
  /// KL(q ‖ p) = ((σq² + (μq - μp)²) / σp² - 1 - log σq² + log σp²) / 2
  /// ```
  public func elementKLDivergence(from other: Normal) -> Tensor {
    let spread = (variance + (mean - other.mean).squared()) / other.variance
    return (spread - 1 - (logVariance - other.logVariance)) * 0.5
  }

  public func elementKLDivergence(from other: any Distribution) -> Tensor? {
    (other as? Normal).map { elementKLDivergence(from: $0) as Tensor }
  }

  /// KL(self ‖ other) for each distribution: (batch...), nats.
  public func klDivergence(from other: Normal) -> Tensor {
    let divergence: Tensor = elementKLDivergence(from: other)
    return divergence.summedOverEvent(eventRank)
  }

  public func mappingParameters(_ transform: (Tensor) -> Tensor) -> Normal {
    Normal(
      transform(mean), logVariance: transform(logVariance), variance: transform(variance),
      standardDeviation: transform(standardDeviation), eventRank)
  }
}
