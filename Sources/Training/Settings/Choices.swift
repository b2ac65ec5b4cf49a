import Inference
import Layers

/// A setting that is one of a few words, each of which can be told in one line.
public protocol Choice: RawRepresentable<String>, CaseIterable, Codable, Sendable {
  /// One line without a full stop.
  var summary: String { get }
}

/// Families of models.
public enum ModelKind: String, Choice {
  case vae, cvae, m2

  public var summary: String {
    switch self {
    case .vae: "a variational autoencoder, p(x|z) p(z)"
    case .cvae: "conditional on a class, on part of the picture or on given numbers, p(x|z, y)"
    case .m2: "conditional on a class that most data lack, with a classifier q(y|x)"
    }
  }
}

/// What an encoder and a decoder are made of.
public enum NetworkKind: String, Choice {
  case mlp, conv, resnet

  public var summary: String {
    switch self {
    case .mlp: "linear layers"
    case .conv: "convolutions, each of which halves the pictures"
    case .resnet: "the same with a residual block after each convolution"
    }
  }
}

/// What weights begin with.
public enum InitializationKind: String, Choice {
  case fanIn = "fan-in"
  case glorot, he

  public var summary: String {
    switch self {
    case .fanIn: "uniform by the number of inputs, biases too, as PyTorch does"
    case .glorot: "uniform by the numbers of inputs and outputs, biases 0"
    case .he: "normal by the number of inputs, for rectified units, biases 0"
    }
  }

  var rule: LinearInitialization {
    switch self {
    case .fanIn: .fanIn
    case .glorot: .glorot
    case .he: .he
    }
  }
}

/// What the bias of the decoder's last layer begins with.
public enum OutputBiasKind: String, Choice {
  case initialization, data

  public var summary: String {
    switch self {
    case .initialization: "what --initialization says"
    case .data: "the logit of each pixel's mean over the data, of a bernoulli likelihood"
    }
  }
}

/// What a conditional model is told.
public enum ConditionKind: String, Choice {
  case label
  case oneQuadrant = "1-quadrant"
  case twoQuadrants = "2-quadrants"
  case threeQuadrants = "3-quadrants"
  case vector

  /// Whether a part of the picture is shown.
  var isOfQuadrants: Bool { [.oneQuadrant, .twoQuadrants, .threeQuadrants].contains(self) }

  public var summary: String {
    switch self {
    case .label: "the class"
    case .oneQuadrant: "the lower left quadrant; the rest is modelled"
    case .twoQuadrants: "the left half; the rest is modelled"
    case .threeQuadrants: "all but the upper right quadrant, which is modelled"
    case .vector: "the numbers, or the picture, that --conditions has for each datum"
    }
  }
}

/// How a pixel is distributed given the decoder's output.
public enum LikelihoodKind: String, Choice {
  case bernoulli
  case continuousBernoulli = "continuous-bernoulli"
  case gaussian, laplace
  case studentT = "student-t"
  case discretizedLogistic = "discretized-logistic"
  case categorical, poisson
  case negativeBinomial = "negative-binomial"

  public var summary: String {
    switch self {
    case .bernoulli: "ink or none by its logit; grey values as the field does, by cross entropy"
    case .continuousBernoulli: "grey values from 0 to 1, normalized"
    case .gaussian: "real numbers, with --scale"
    case .laplace: "real numbers by absolute distance, with --scale"
    case .studentT: "real numbers with heavy tails, with --scale"
    case .discretizedLogistic: "256 levels as a rounded logistic number, with --scale"
    case .categorical: "256 levels with a logit each"
    case .poisson: "counts"
    case .negativeBinomial: "counts that vary more than their mean"
    }
  }

  /// Whether the data are counts, which are not scaled to 0 ... 1.
  var isOfCounts: Bool { self == .poisson || self == .negativeBinomial }

  /// Whether it has a scale.
  var hasScale: Bool { [.gaussian, .laplace, .studentT, .discretizedLogistic].contains(self) }
}

/// Where a likelihood's scale comes from.
public enum ScaleKind: String, Choice {
  case fixed, learned
  case perDimension = "per-dimension"
  case predicted

  public var summary: String {
    switch self {
    case .fixed: "the setting standardDeviation"
    case .learned: "one number that is learned"
    case .perDimension: "a number for each pixel that is learned"
    case .predicted: "computed by the decoder"
    }
  }
}

/// How latent values are distributed given data.
public enum PosteriorKind: String, Choice {
  case normal
  case fullCovariance = "full-covariance"
  case laplace
  case logNormal = "log-normal"
  case exponential

  public var summary: String {
    switch self {
    case .normal: "normal, dimensions independent"
    case .fullCovariance: "normal with any covariance"
    case .laplace: "Laplace, dimensions independent"
    case .logNormal: "positive numbers whose logarithms are normal"
    case .exponential: "positive numbers, exponentially distributed"
    }
  }
}

/// What an encoder gives for the width of a normal posterior.
public enum WidthKind: String, Choice {
  case logVariance = "log-variance"
  case logDeviation = "log-deviation"

  public var summary: String {
    switch self {
    case .logVariance: "the logarithm of the variance"
    case .logDeviation: "that of the standard deviation, which learns faster"
    }
  }
}

/// How the parameters of a datum's posterior are found.
public enum AmortizationKind: String, Choice {
  case encoder, semi, table

  public var summary: String {
    switch self {
    case .encoder: "by an encoder"
    case .semi: "by an encoder, then by --refinements steps up each datum's bound"
    case .table: "learned for each datum by itself; from zeros by --refinements steps for other data"
    }
  }
}

/// How latent values are distributed before data are seen.
public enum PriorKind: String, Choice {
  case normal, learned, mixture, conditional, exponential

  public var summary: String {
    switch self {
    case .normal: "standard normal"
    case .learned: "normal with learned means and variances"
    case .mixture: "a learned mixture of normal components, as many as the setting components"
    case .conditional: "normal, learned for each condition: p(z|y)"
    case .exponential: "exponential of rate 1, for posteriors of positive numbers"
    }
  }
}

/// What training makes as large as it can.
public enum ObjectiveKind: String, Choice {
  case elbo, iwae, miwae, ciwae

  public var summary: String {
    switch self {
    case .elbo: "the evidence lower bound, with a weight, capacity or free bits of its divergence"
    case .iwae: "the importance-weighted bound of --samples draws"
    case .miwae: "the mean of several importance-weighted bounds, as many as the setting groups"
    case .ciwae: "part evidence lower bound, by the setting elboShare, part importance-weighted"
    }
  }
}

/// How the gradient by the posterior's parameters is estimated.
public enum GradientKind: String, Choice {
  case path, stl, dreg, score

  public var summary: String {
    switch self {
    case .path: "through the draws and log q"
    case .stl: "sticking the landing: through the draws alone"
    case .dreg: "doubly reparameterized, for importance-weighted bounds"
    case .score: "score function with the other draws as baseline"
    }
  }

  var estimator: GradientEstimator {
    switch self {
    case .path: .pathwise
    case .stl: .stickingTheLanding
    case .dreg: .doublyReparameterized
    case .score: .scoreFunction
    }
  }
}

/// How the divergence is computed.
public enum DivergenceKind: String, Choice {
  case closed, sampled, entropy

  public var summary: String {
    switch self {
    case .closed: "in closed form where there is one, else from the draws"
    case .sampled: "log q(z|x) - log p(z) at the draws"
    case .entropy: "-log p(z) at the draws, less the entropy of q"
    }
  }

  var estimate: DivergenceEstimate {
    switch self {
    case .closed: .closedWhereKnown
    case .sampled: .sampled
    case .entropy: .entropy
    }
  }
}

/// How the weight of the divergence, or the capacity, grows over a run.
public enum AnnealingKind: String, Choice {
  case none, linear, cyclical

  public var summary: String {
    switch self {
    case .none: "in full from the beginning"
    case .linear: "from 0 along a line over --annealing-steps"
    case .cyclical: "from 0 along a line in the first half of every --annealing-steps"
    }
  }
}

extension Normalization: Choice {
  public var summary: String {
    switch self {
    case .identity: "hidden layers as they are"
    case .batch: "each channel over the batch; by running means and variances in evaluation"
    case .group: "each example by itself, pictures in groups of channels"
    case .layer: "each example by itself, all of a layer together"
    }
  }
}

extension Activation: Choice {
  public var summary: String {
    switch self {
    case .identity: "x"
    case .relu: "max(x, 0)"
    case .tanh: "the hyperbolic tangent"
    case .sigmoid: "1 / (1 + exp(-x))"
    case .softplus: "log(1 + exp(x))"
    case .gelu: "x times the normal distribution function"
    case .silu: "x / (1 + exp(-x))"
    case .elu: "x, or exp(x) - 1 below 0"
    case .leakyRelu: "x, or x / 100 below 0"
    }
  }
}
