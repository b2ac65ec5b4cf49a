import Distributions
import Inference
import Tensors

/// A model that can be trained, evaluated and drawn from, whether or not it is given a condition.
///
/// A conditional model is an autoencoder for each condition: `given(_:)` makes it. A model without conditions is the same
/// for all.
public protocol TrainableModel: Parameterized, Sendable {
  /// Reads p(x|z) off latent values, and says what data it takes.
  var decoder: Decoder { get }

  /// Numbers of one condition; 0 of a model that takes none.
  var conditionSize: Int { get }

  /// The model for these conditions: (batch, conditionSize), or nil of a model that takes none.
  func given(_ condition: Tensor?) -> any Autoencoder

  /// What is learned of single data, by an optimizer of its own.
  var datumParameters: ParameterList { get }

  /// The model as it learns from data by their numbers, int32 (batch).
  func learning(from rows: Tensor) -> any TrainableModel

  /// An objective at data.
  ///
  /// - Parameters:
  ///   - x: (batch, data).
  ///   - condition: (batch, conditionSize), or nil of a model that takes none.
  ///   - finishedSteps: How many steps of training are done, (1,), for annealing; nil where training is over.
  func estimate(
    _ objective: Objective, _ x: Tensor, given condition: Tensor?, noise: RandomKey, finishedSteps: Tensor?
  ) -> Estimate
}

extension TrainableModel {
  /// Nothing: what is learned is the same for all data.
  public var datumParameters: ParameterList { [:] }

  public func learning(from rows: Tensor) -> any TrainableModel { self }

  public func estimate(
    _ objective: Objective, _ x: Tensor, given condition: Tensor?, noise: RandomKey, finishedSteps: Tensor?
  ) -> Estimate {
    given(condition).estimate(objective, x, noise: noise, finishedSteps: finishedSteps)
  }
}
