import Datasets
import Distributions
import Models
import Runtime
import Tensors

/// How much the latent variables tell of a datum under the approximate posterior.
///
/// ```
/// I(x; z) = E[log q(z|x) - log (1/n) Σⱼ q(z|xⱼ)]
/// ```
///
/// over n data and a draw for each (Hoffman and Johnson, ELBO surgery, NIPS workshop 2016): at most log n, which it comes
/// near where the data can be told apart by their latent variables.
public struct MutualInformation: Codable, Hashable, Sendable {
  /// Nats.
  public var value: Double
  /// n, which the estimate is at most the logarithm of.
  public var count: Int

  static let largestCount = 1000

  /// The estimate of the first data of a set; nil where the posterior's dimensions depend on each other.
  init?(
    _ model: any TrainableModel, on data: DataSet, inputs: Inputs, seed: UInt64, device backend: any Backend
  ) throws {
    count = min(data.count, Self.largestCount)
    let rows = Tensor((0..<count).map(Int32.init))
    let seen = try inputs(data, 0..<count, seed: seed)
    guard
      let posterior = seen.given(model).posterior(given: seen.x)
        as? any ReparameterizedDistribution & FactorizedDistribution
    else { return nil }
    // Whatever the seed: figures from noise in a file are the same again.
    let draw = posterior.draw(RandomKey(seed: 0, domain: .evaluation, rows: rows))
    // (draws, data): each draw under the posterior of each datum.
    let all = posterior.logProbability(of: draw.value.expandedDimensions(at: 1))
    value = try (draw.logProbability - all.logMeanExp(axis: 1)).mean().scalar(on: backend)
  }
}
