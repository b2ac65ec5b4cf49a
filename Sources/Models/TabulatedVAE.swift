import Distributions
import Inference
import Tensors

/// A variational autoencoder without an encoder: each datum that is learned from has a posterior of its own, whose parameters
/// stand in a table (Hoffman et al., Stochastic variational inference, JMLR 2013, before amortization).
///
/// A datum that is in no table has a posterior whose parameters begin as zeros, as those of the table did, and are refined:
/// a normal one begins at N(0, I).
public struct TabulatedVAE: TrainableModel {
  public let decoder: Decoder
  public let latentPrior: Prior
  public let table: PosteriorTable
  public let refinement: Refinement
  /// The data that are learned from, by their numbers, int32 (batch); nil elsewhere.
  private var rows: Tensor?
  /// Zeros for each parameter, (1, size): numbers in memory, since nothing has a gradient by a constant.
  private let origin: [Tensor]

  /// - Parameters:
  ///   - posterior: a family with a form.
  ///   - dataCount: how many data there are to learn from.
  public init(decoder: Decoder, prior: Prior, posterior: PosteriorFamily, dataCount: Int, refinement: Refinement) {
    self.decoder = decoder
    latentPrior = prior
    table = PosteriorTable(dataCount, posterior)
    origin = table.form.parameters.map { Tensor([Float](repeating: 0, count: $0.size), shape: [1, $0.size]) }
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
    RefinedAutoencoder(generative: generative, form: table.form, refinement: refinement) { [origin] x in
      origin.map { $0.broadcast(to: [x.shape[0], $0.shape[1]]) }
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

/// A posterior with parameters of its own for each datum, in a table: what amortization is held against.
///
/// Parameters: those of the family by their names, (data, size) each, which begin as zeros: of a diagonal normal one `mean`
/// and `logVariance`. An optimizer of its own keeps them apart from the model's.
public struct PosteriorTable: Parameterized, Sendable {
  public let form: PosteriorForm
  private let numbers: [Parameter]

  /// - Parameters:
  ///   - count: how many data.
  ///   - family: one with a form.
  public init(_ count: Int, _ family: PosteriorFamily) {
    guard let form = family.form else { fatalError("[posterior table] heads of one's own have no table") }
    self.form = form
    numbers = form.parameters.map { Parameter([count, $0.size], initializer: .constant(0)) }
  }

  /// The posteriors of data by their numbers, int32 (batch): a step's `batch.rows`.
  public func callAsFunction(rows: Tensor) -> any ReparameterizedDistribution {
    form(numbers.map { $0.tensor.gathered(rows: rows) })
  }

  public var parameters: ParameterList {
    zip(form.parameters, numbers).reduce([:]) { $0 + [$1.0.name: $1.1] }
  }
}
