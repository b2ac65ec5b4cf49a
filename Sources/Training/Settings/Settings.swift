import Datasets
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
  /// How hidden layers are normalized; of `resnet` its residual blocks, in groups where nil, and else not at all.
  public var normalization: Normalization?
  /// The probability with which an element of a hidden layer is dropped in training.
  public var dropout = 0.0
  /// What weights begin with.
  public var initialization = InitializationKind.fanIn
  /// What the bias of the decoder's last layer begins with.
  public var outputBias = OutputBiasKind.initialization
  /// What a conditional model is told.
  public var condition = ConditionKind.label
  /// Data that keep their labels in `m2`; all where nil.
  public var labeled: Int?
  /// About this share of an epoch in `m2` are data with labels, which come as often as that takes; once where nil.
  public var labeledShare: Double?
  /// The weight of the classifier's own likelihood in `m2`, each time that a label comes; 0.1 times the number of data for
  /// each label where nil.
  public var classifierWeight: Double?
  /// How pixels are distributed given their mean; by the data where nil.
  public var likelihood: LikelihoodKind?
  /// Where the scale of a likelihood comes from; fixed for `gaussian`, predicted for `discretized-logistic` and learned for
  /// others where nil.
  public var scale: ScaleKind?
  /// σ of a likelihood of fixed scale, for pixels from 0 to 1.
  public var standardDeviation = 0.1
  public var posterior = PosteriorKind.normal
  /// What an encoder gives for the width of a `normal` posterior.
  public var width = WidthKind.logVariance
  /// How the posterior's parameters are found.
  public var amortization = AmortizationKind.encoder
  /// Steps up a datum's bound by which its posterior is refined; of `semi` 5 and of `table` 20 where nil.
  public var refinements: Int?
  /// How far such a step goes along the gradient; 0.01 where nil.
  public var refinementRate: Double?
  public var prior = PriorKind.normal
  /// Components of the `mixture` prior.
  public var components = 10

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
  /// A file of what a conditional model is told of each of `data`.
  public var conditions: String?
  /// The same of `test`.
  public var testConditions: String?
  /// The column of a CSV file that holds the classes.
  public var labelColumn: String?
  /// Whether the data of a file are held in memory or read batch by batch.
  public var resident = Residence.auto
  /// The last so many of the data to learn from are kept apart, to measure with while training; none where nil.
  public var validation: Int?
  /// What is made of grey pixels.
  public var binarize = Binarization.none

  /// Passes over the data, unless `steps` says otherwise.
  public var epochs = 10
  /// Batches in all.
  public var steps: Int?
  public var batchSize = 128
  /// Batches whose gradients make one update of the parameters.
  public var accumulate = 1
  /// Tests without a better objective after which training ends; nil for never. Without test data, epochs.
  public var patience: Int?
  public var objective = ObjectiveKind.elbo
  /// Draws of the latent variable for each datum.
  public var samples = 1
  /// Groups of draws in `miwae`.
  public var groups = 1
  /// The share of the evidence lower bound in `ciwae`.
  public var elboShare = 0.5
  public var gradient = GradientKind.path
  public var divergence = DivergenceKind.closed
  /// The weight of the KL divergence in the objective.
  public var beta = 1.0
  /// Nats to which the divergence is drawn, with `beta` as the weight of its distance; none where nil.
  public var capacity: Double?
  /// Nats of each latent dimension that cost nothing.
  public var freeBits = 0.0
  public var annealing = AnnealingKind.none
  /// Steps over which annealing goes; half of the run where nil.
  public var annealingSteps: Int?

  public var optimizer = OptimizerKind.adam
  public var learningRate = 1e-3
  /// That of the encoder where it is another one.
  public var encoderLearningRate: Double?
  /// That of the decoder where it is another one.
  public var decoderLearningRate: Double?
  /// What learns the parameters of single data in `table`; Adam where nil.
  public var tableOptimizer: OptimizerKind?
  /// Its learning rate, which no schedule changes but `plateau`; 0.1 where nil.
  public var tableRate: Double?
  /// How the learning rate goes over the run.
  public var schedule = ScheduleKind.constant
  /// Updates after each of which `step` multiplies the rate by `scheduleFactor`; a third of the run where nil.
  public var scheduleSteps: Int?
  /// What `step` and `plateau` multiply the rate by.
  public var scheduleFactor = 0.1
  /// Epochs of each stage of the schedule `stages`; the last goes on to the end.
  public var stageEpochs: [Int] = []
  /// What the learning rate is multiplied by in each stage.
  public var stageFactors: [Double] = []
  /// Tests without a better objective after which `plateau` multiplies the rate by `scheduleFactor`.
  public var plateauTests = 3
  /// How the losses of an update's data become one.
  public var reduction = Reduction.mean
  /// Updates over which the learning rate grows from 0 at the beginning.
  public var warmup = 0
  /// The Euclidean length that a gradient is cut to; none where nil.
  public var clip: Double?
  /// The size that each number of a gradient is cut to, before its length is; none where nil.
  public var clipValue: Double?
  /// The decay of a moving average of the parameters, which is what is tested and drawn; none where nil.
  public var average: Double?
  /// What happens where the objective or its gradient is no finite number.
  public var onNaN = NonFiniteResponse.stop
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
  /// Checkpoints that are kept besides the best one.
  public var keep = 3

  public init() {}
}
