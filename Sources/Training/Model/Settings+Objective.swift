import Inference
import Models
import Tensors

extension Settings {
  /// The objective that the settings describe, for a run of so many steps.
  public func makeObjective(steps: Int) -> Objective {
    Objective(
      bound, samples: samples, gradient: gradient.estimator, divergence: divergence.estimate, penalty: penalty,
      annealing: schedule(steps: steps))
  }

  private var bound: Bound {
    switch objective {
    case .elbo: .elbo
    case .iwae: .importanceWeighted
    case .miwae: .multiple(groups)
    case .ciwae: .combined(elboShare: elboShare)
    }
  }

  private var penalty: DivergencePenalty {
    if let capacity { return .capacity(capacity, weight: beta) }
    return freeBits > 0 ? .freeBits(freeBits, weight: beta) : .weighted(beta)
  }

  private func schedule(steps: Int) -> Schedule? {
    let length = annealingSteps ?? max(1, steps / 2)
    return switch annealing {
    case .none: nil
    case .linear: .linear(0, to: 1, over: length)
    case .cyclical: .cyclical(every: length)
    }
  }

  /// Why the settings do not go together, or nil where they do.
  var misfit: String? {
    if let misfit = Objective.misfit(
      bound, samples: samples, gradient: gradient.estimator, penalty: penalty, isAnnealed: annealing != .none)
    {
      return misfit
    }
    if schedule == .stages {
      guard !stageEpochs.isEmpty, stageEpochs.count == stageFactors.count else {
        return "--schedule stages takes as many --stage-factors as --stage-epochs, at least one; there are "
          + "\(stageFactors.count) and \(stageEpochs.count)"
      }
    } else if !stageEpochs.isEmpty || !stageFactors.isEmpty {
      return "--stage-epochs and --stage-factors are of --schedule stages"
    }
    if outputBias == .data, network != .mlp {
      return "--output-bias data is a number for each pixel, and \(network.rawValue) has one for each channel"
    }
    if capacity != nil, freeBits > 0 {
      return "--capacity and --free-bits are two penalties of one divergence; give one of them"
    }
    if objective == .miwae, !samples.isMultiple(of: groups) {
      return "\(samples) samples do not make \(groups) equal groups for miwae"
    }
    if divergence != .closed, objective != .elbo || gradient != .path {
      return "the divergence is part of log weights in this objective; --divergence is for elbo with path gradients"
    }
    if model == .vae {
      if prior == .conditional { return "a vae is told no condition for a conditional prior; --model cvae is" }
      if condition != .label { return "a vae is told nothing; --condition is for --model cvae" }
    }
    if condition == .vector, conditions == nil {
      return "--condition vector is read from the file that --conditions names"
    }
    if condition != .vector, conditions != nil { return "--conditions is of --model cvae --condition vector" }
    if width != .logVariance, posterior != .normal { return "--width is of a normal posterior, dimensions independent" }
    if amortization != .encoder {
      if model != .vae { return "the posterior of \(model.rawValue) is told a condition, which an encoder reads" }
    } else if refinements != nil || refinementRate != nil {
      return "--refinements and --refinement-rate are of --amortization semi and table"
    }
    if amortization == .table {
      if binarize == .dynamic {
        return "a datum in a table has one posterior, and --binarize dynamic makes another picture of it in every step"
      }
      if encoderLearningRate != nil {
        return "beside a table there is no encoder for --encoder-learning-rate; the rate of a table is --table-rate"
      }
    } else if tableOptimizer != nil || tableRate != nil {
      return "--table-optimizer and --table-rate are of --amortization table"
    }
    if model == .m2 {
      if condition != .label { return "m2 is conditional on labels; pictures are conditions of --model cvae" }
      if objective != .elbo || gradient != .path { return "m2 sums over labels the elbo with path gradients, no other" }
    } else if labeled != nil || labeledShare != nil || classifierWeight != nil {
      return "--labeled, --labeled-share and the setting classifierWeight are of --model m2"
    }
    if let likelihood, scale != nil, !likelihood.hasScale {
      return "a \(likelihood.rawValue) likelihood has no --scale"
    }
    if let likelihood, likelihood.isOfCounts, binarize != .none {
      return "a \(likelihood.rawValue) likelihood is of counts, and --binarize leaves none"
    }
    if let misfit = hiddenMisfit ?? idleSetting { return misfit }
    let (prior, head) = (makePrior(1, conditionSize: 1), makePosterior(1).head(of: 1, .fanIn))
    return prior.misfit(to: head) ?? penaltyMisfit(head, prior)
  }

  /// Why a setting that is not at its default has no effect, or nil where all have one.
  private var idleSetting: String? {
    let usual = Settings()
    if annealingSteps != nil, annealing == .none { return "--annealing-steps is of --annealing linear and cyclical" }
    if components != usual.components, prior != .mixture { return "components are of --prior mixture" }
    if groups != usual.groups, objective != .miwae { return "groups are of --objective miwae" }
    if elboShare != usual.elboShare, objective != .ciwae { return "elboShare is of --objective ciwae" }
    if standardDeviation != usual.standardDeviation {
      if let scale, scale != .fixed { return "standardDeviation is of --scale fixed" }
      if let likelihood, !likelihood.hasScale { return "a \(likelihood.rawValue) likelihood has no standardDeviation" }
    }
    return nil
  }

  /// Of one latent dimension; where parameters are learned, at those that they begin with.
  private func penaltyMisfit(_ head: any PosteriorHead, _ prior: Prior) -> String? {
    guard !penalty.isLinear else { return nil }
    struct Parts: Parameterized {
      let parameters: ParameterList
    }
    return withExtendedLifetime(ParameterArena(Parts(parameters: ["head": head, "prior": prior]), seed: 0)) {
      makeObjective(steps: 1).misfit(to: head(.zeros([1, 1])), prior(given: .zeros([1, 1])))
    }
  }

  /// Why hidden layers are not normalized so, or nothing is dropped of them; nil where they are.
  private var hiddenMisfit: String? {
    if network == .mlp {
      if normalization == .group {
        return "--normalization group is of pictures' channels, and mlp has none; batch and layer are for it"
      }
      let asks = dropout > 0 ? "--dropout" : normalization.flatMap { $0 == .identity ? nil : "--normalization" }
      if let asks, hidden.isEmpty { return "\(asks) is of hidden layers, and without --hidden there are none" }
    }
    guard normalization == .batch else { return nil }
    if batchSize == 1, network == .mlp {
      return "a hidden layer of mlp has one number for each datum, and one has no variance for --normalization batch; "
        + "--batch-size 2 has"
    }
    if gradient == .dreg || gradient == .score {
      return "--gradient \(gradient.rawValue) holds each draw's part in the bound of its own datum alone, and through "
        + "--normalization batch it has one in others'; path gradients, layer and group go together with it"
    }
    if model == .m2 {
      return "m2 tries every label on every datum, and --normalization batch would make one batch of each label; "
        + "layer and group normalize each datum by itself"
    }
    if amortization == .semi {
      return
        "semi refines each datum's posterior by itself, and --normalization batch mixes the data of a batch; layer "
        + "and group do not"
    }
    if average != nil {
      return "the running statistics of --normalization batch are of the parameters as they are trained, and --average "
        + "tests others"
    }
    return nil
  }
}
