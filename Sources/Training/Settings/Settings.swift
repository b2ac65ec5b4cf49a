import Layers

/// What one run of training is asked to do, with a default for everything.
///
/// The command line's options, the keys of a configuration file and the entries of a run's `config.json` are these
/// properties by these names.
public struct Settings: Hashable, Sendable {
  /// The family of the model.
  public var model = ModelKind.vae
  /// What the encoder and the decoder are made of.
  public var network = NetworkKind.mlp
  /// Widths of the encoder's hidden layers, of `mlp`; the decoder has them in reverse.
  public var hidden = [400]
  /// Channels after each of the encoder's convolutions, of `conv` and `resnet`; the decoder has them in reverse.
  public var channels = [32, 64, 128, 256]
  /// Dimensions of the latent space.
  public var latent = 20
  /// The nonlinearity after each hidden layer.
  public var activation = Activation.relu
  /// How pixels are distributed given their mean; by the data where nil.
  public var likelihood: LikelihoodKind?
  /// σ of the `gaussian` likelihood, for pixels from 0 to 1.
  public var standardDeviation = 0.1

  /// The name of a data set, or the path of a file.
  public var data = "sprites"
  /// The only folder that data are looked for in.
  public var dataFolder: String?
  /// A file of labels beside `data`.
  public var labels: String?
  /// A file of data to test with beside `data`.
  public var test: String?
  /// A file of labels beside `test`.
  public var testLabels: String?
  /// What is made of grey pixels.
  public var binarize = Binarization.none

  /// Passes over the data, unless `steps` says otherwise.
  public var epochs = 10
  /// Batches in all.
  public var steps: Int?
  public var batchSize = 128
  public var objective = ObjectiveKind.elbo
  /// Draws of the latent variable for each datum, over which the objective is averaged.
  public var samples = 1
  /// The weight of the KL divergence in the objective.
  public var beta = 1.0

  public var optimizer = OptimizerKind.adam
  public var learningRate = 1e-3
  /// How the learning rate goes over the run.
  public var schedule = ScheduleKind.constant
  /// Steps over which the learning rate grows from 0 at the beginning.
  public var warmup = 0
  /// The Euclidean length that a gradient is cut to; none where nil.
  public var clip: Double?
  /// Decay of Adam's first moment, and the momentum of `momentum`; the optimizer's own where nil.
  public var beta1: Double?
  /// Decay of the second moment; the optimizer's own where nil.
  public var beta2: Double?
  /// What is added to the root of the second moment; the optimizer's own where nil.
  public var epsilon: Double?
  /// Decoupled decay of the parameters, of `adamw`; the optimizer's own where nil.
  public var weightDecay: Double?

  /// Where initial parameters, noise and the order of the data come from.
  public var seed: UInt64 = 0
  /// The name of a device.
  public var device = "auto"

  /// Epochs between evaluations on the test data.
  public var testEvery = 1
  /// Epochs between checkpoints.
  public var checkpointEvery = 1

  public init() {}
}

/// Families of models.
public enum ModelKind: String, Codable, CaseIterable, Sendable { case vae }

/// What an encoder and a decoder are made of.
public enum NetworkKind: String, Codable, CaseIterable, Sendable {
  /// Linear layers.
  case mlp
  /// Convolutions, each of which halves the pictures.
  case conv
  /// The same with a residual block after each convolution.
  case resnet
}

/// What training makes as large as it can.
public enum ObjectiveKind: String, Codable, CaseIterable, Sendable { case elbo }

/// How a pixel is distributed given the decoder's output.
public enum LikelihoodKind: String, Codable, CaseIterable, Sendable {
  /// Ink or none, by its logit.
  case bernoulli
  /// A real number, by its mean and variance.
  case gaussian
}

/// What is made of pixels from 0 to 1 before they are learned.
public enum Binarization: String, Codable, CaseIterable, Sendable {
  /// They stay grey.
  case none
  /// 1 from a half on, else 0.
  case threshold
  /// 1 with the pixel as its probability, drawn anew in every step of training, and once for each datum in evaluation.
  case dynamic
}

/// How a gradient becomes a step.
public enum OptimizerKind: String, Codable, CaseIterable, Sendable { case adam, adamw, sgd, momentum, rmsprop }

/// How the learning rate goes over a run.
public enum ScheduleKind: String, Codable, CaseIterable, Sendable {
  case constant
  /// Down to 0 in a straight line.
  case linear
  /// Down to 0 along half a cosine.
  case cosine
}
