import Distributions
import Glibc
import Tensors

/// log p(z) and log p(x|z) at latent values, with their slopes.
struct ChainTerms {
  /// (data, chains, d), as are the slopes.
  let position: Tensor
  /// (data, chains), nats.
  let logPrior, logLikelihood: Tensor
  let priorSlope, likelihoodSlope: Tensor

  init(_ values: [Tensor]) {
    (position, logPrior, logLikelihood) = (values[0], values[1], values[2])
    (priorSlope, likelihoodSlope) = (values[3], values[4])
  }

  init(_ target: LatentChains.Target, _ position: Tensor) {
    let chains = position.shape[1]
    let logProbability = Tensor.zeros([position.shape[0], chains], type: position.type)
    let terms = WeightTerms(
      target.model, target.x, Draw(value: position, logProbability: logProbability), samples: chains)
    self.init([
      position, terms.logPrior, terms.logLikelihood, gradient(of: terms.logPrior, withRespectTo: position),
      gradient(of: terms.logLikelihood, withRespectTo: position),
    ])
  }

  var values: [Tensor] { [position, logPrior, logLikelihood, priorSlope, likelihoodSlope] }

  func logDensity(_ power: Tensor) -> Tensor { logPrior + power * logLikelihood }

  func slope(_ power: Tensor) -> Tensor { priorSlope + power * likelihoodSlope }

  func chosen(_ isChosen: Tensor, else other: ChainTerms) -> ChainTerms {
    ChainTerms(
      zip(values, other.values).map { value, other in
        select(value.rank > isChosen.rank ? isChosen.expandedDimensions(at: -1) : isChosen, value, other)
      })
  }
}

/// What is kept on the device from one captured step to the next.
struct ChainState {
  /// `ChainTerms` as variables.
  struct Kept {
    let position, logLikelihood: Variable
    private let variables: [Variable]

    init(_ position: Shape, _ chains: Shape, _ type: ElementType) {
      variables = [position, chains, chains, position, position].map { Variable(.zeros($0, type: type)) }
      (self.position, logLikelihood) = (variables[0], variables[2])
    }

    var terms: ChainTerms { ChainTerms(variables.map(\.tensor)) }

    func assign(_ terms: ChainTerms) {
      for (variable, value) in zip(variables, terms.values) { variable.assign(value) }
    }
  }

  /// Where the chains are, and where they were before the move.
  let here, before: Kept
  /// (data, chains, d).
  let momentum: Variable
  /// (data, chains), as are those that follow.
  let energyBefore, logWeights, logStepSize, stepSize, acceptance: Variable
  /// How many powers are behind, and how many a move goes on by, int32, (1,).
  let move, stride: Variable
  /// How much ε adapts, (1,).
  let adaptation: Variable

  init(_ count: Int, _ chains: Int, _ size: Int, _ type: ElementType, _ options: LatentChains.Options) {
    let (points, numbers): (Shape, Shape) = ([count, chains, size], [count, chains])
    (here, before) = (Kept(points, numbers, type), Kept(points, numbers, type))
    momentum = Variable(.zeros(points, type: type))
    func variable(_ value: Double = 0) -> Variable { Variable(.full(value, numbers, type: type)) }
    (energyBefore, logWeights, stepSize, acceptance) = (variable(), variable(), variable(), variable())
    logStepSize = variable(log(options.stepSize))
    move = Variable(.zeros([1], type: .int32))
    stride = Variable(Tensor([Int32(1)]))
    adaptation = Variable(.full(options.adaptation, [1], type: type))
  }
}
