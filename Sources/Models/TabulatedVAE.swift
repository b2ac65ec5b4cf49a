import Distributions
import Inference
import Tensors

/// A variational autoencoder without an encoder: each datum that is learned from has a posterior of its own, whose parameters
/// stand in a table (Hoffman et al., Stochastic variational inference, JMLR 2013, before amortization).
///
/// A datum that is in no table has a posterior that begins at N(0, I) and is refined.
public struct TabulatedVAE: TrainableModel {
  public let decoder: Decoder
  public let latentPrior: Prior
  public let table: PosteriorTable
  public let refinement: Refinement
  /// The data that are learned from, by their numbers, int32 (batch); nil elsewhere.
  private var rows: Tensor?
  /// Mean and log variance of N(0, I), (1, latent): numbers in memory, since nothing has a gradient by a constant.
  private let origin: [Tensor]

  /// - Parameter dataCount: how many data there are to learn from.
  public init(decoder: Decoder, prior: Prior, latentSize: Int, dataCount: Int, refinement: Refinement) {
    self.decoder = decoder
    latentPrior = prior
    table = PosteriorTable(dataCount, latentSize: latentSize)
    origin = (0..<2).map { _ in Tensor([Float](repeating: 0, count: latentSize), shape: [1, latentSize]) }
    self.refinement = refinement
  }

  public var conditionSize: Int { 0 }
  public var parameters: ParameterList { ["decoder": decoder, "prior": latentPrior] }
  public var datumParameters: ParameterList { ["posterior": table] }

  public func learning(from rows: Tensor) -> any TrainableModel {
    var model = self
    model.rows = rows
    return model
  }

  public func given(_ condition: Tensor?) -> any Autoencoder {
    RefinedAutoencoder(generative: generative, refinement: refinement) { [origin, table] x in
      let start = origin.map { $0.broadcast(to: [x.shape[0], table.mean.shape[1]]) }
      return Normal(mean: start[0], logVariance: start[1])
    }
  }

  public func estimate(
    _ objective: Objective, _ x: Tensor, given condition: Tensor?, noise: RandomKey, finishedSteps: Tensor?
  ) -> Estimate {
    guard let rows else { return given(nil).estimate(objective, x, noise: noise, finishedSteps: finishedSteps) }
    return objective.estimate(generative, table(rows: rows), x, noise: noise, finishedSteps: finishedSteps)
  }

  private var generative: Generative { Generative(decoder: decoder, latentPrior: latentPrior) }

  /// p(x|z) and p(z).
  private struct Generative: LatentVariableModel {
    let decoder: Decoder
    let latentPrior: Prior

    var prior: any Distribution { latentPrior(given: nil) }

    func likelihood(given z: Tensor) -> any Distribution { decoder(z) }
  }
}

/// A normal posterior with parameters of its own for each datum, in a table: what amortization is held against.
///
/// Parameters: `mean`, `logVariance`, (data, latent) each. An optimizer of its own keeps them apart from the model's.
public struct PosteriorTable: Parameterized, Sendable {
  public let mean: Parameter
  public let logVariance: Parameter

  /// N(0, 1) for each of `count` data, to begin with.
  public init(_ count: Int, latentSize: Int) {
    mean = Parameter([count, latentSize], initializer: .constant(0))
    logVariance = Parameter([count, latentSize], initializer: .constant(0))
  }

  /// The posteriors of data by their numbers, int32 (batch): a step's `batch.rows`.
  public func callAsFunction(rows: Tensor) -> Normal {
    Normal(mean: mean.tensor.gathered(rows: rows), logVariance: logVariance.tensor.gathered(rows: rows))
  }

  public var parameters: ParameterList { ["mean": mean, "logVariance": logVariance] }
}
