import Datasets
import Distributions
import Models
import Tensors

extension TrainedModel {
  /// Writes a part of the model as ONNX; see `export(_:as:to:)`.
  ///
  /// - Throws: `ExportError` for what ONNX cannot say, and `DataError` where the file cannot be written.
  func writeONNX(_ part: ModelPart, to path: String) throws {
    guard part == .decoder || settings.amortization == .encoder else {
      throw ExportError.noEncoder(settings.amortization)
    }
    let (dataSize, latentSize) = (configuration.shape.reduce(1, *), settings.latent)
    var inputs: [(name: String, size: Int)] =
      switch part {
      case .all: [("x", dataSize), ("noise", latentSize)]
      case .encoder: [("x", dataSize)]
      case .decoder: [("z", latentSize)]
      }
    let own = inputs.count
    let condition = configuration.condition
    switch condition {
    case .none: break
    case .label(let classes): inputs.append(("label", classes))
    case .quadrants: inputs.append(("shown", condition.size))
    case .vector(let size): inputs.append(("condition", size))
    }

    var names: [String] = []
    let graph = try BatchGraph(of: inputs.map(\.size)) { tensors in
      let given = model.given(tensors.count > own ? tensors[own] : nil)
      let outputs = Self.outputs(of: part, given, tensors)
      names = outputs.map(\.name)
      return outputs.map(\.value)
    }
    guard !names.isEmpty else { throw ExportError.posteriorNotNormal(settings.posterior) }
    var translator = ONNXTranslator(graph, parameters, state, inputs: inputs)
    try translator.translate(outputs: names)
    guard translator.onnx.byteCount < Int(Int32.max) - 1 << 20 else {
      throw ExportError.tooLarge(byteCount: translator.onnx.byteCount)
    }
    let description = String(decoding: try ModelDescription(configuration).json(), as: UTF8.self)
    try AtomicFile.write(
      [translator.onnx.model(named: part.rawValue, metadata: [ModelDescription.key: description])], to: path)
  }

  /// None for all of a model whose posterior is not normal.
  private static func outputs(
    of part: ModelPart, _ model: any Autoencoder, _ inputs: [Tensor]
  ) -> [(name: String, value: Tensor)] {
    switch part {
    case .encoder: return parameters(of: model.posterior(given: inputs[0]))
    case .decoder: return parameters(of: model.likelihood(given: inputs[0]), mean: "mean")
    case .all:
      guard let posterior = model.posterior(given: inputs[0]) as? Normal else { return [] }
      let z = posterior.draw(from: inputs[1]).value
      return parameters(of: posterior) + [("z", z)] + parameters(of: model.likelihood(given: z), mean: "reconstruction")
    }
  }

  private static func parameters(of posterior: any Distribution) -> [(name: String, value: Tensor)] {
    switch posterior {
    case let normal as Normal: [("mean", normal.mean), ("logVariance", normal.logVariance)]
    case let normal as MultivariateNormal: [("mean", normal.mean), ("factor", normal.factor)]
    case let laplace as Laplace: [("mean", laplace.mean), ("scale", laplace.scale)]
    case let logNormal as LogNormal:
      [("logMean", logNormal.logarithm.mean), ("logVariance", logNormal.logarithm.logVariance)]
    case let exponential as Exponential: [("rate", exponential.rate)]
    default: [("mean", posterior.mean)]
    }
  }

  private static func parameters(of likelihood: any Distribution, mean: String) -> [(name: String, value: Tensor)] {
    let own: [(String, Tensor)] =
      switch likelihood {
      // What is shown is left out of the likelihood, not of the picture.
      case let masked as Masked: parameters(of: masked.base, mean: mean)
      case let bernoulli as Bernoulli: [("logits", bernoulli.logits)]
      case let bernoulli as ContinuousBernoulli: [("logits", bernoulli.logits)]
      case let levels as CategoricalLevels: [("logits", levels.logits)]
      case let binomial as NegativeBinomial: [("logits", binomial.logits)]
      case let normal as Normal: [("scale", normal.standardDeviation)]
      case let laplace as Laplace: [("scale", laplace.scale)]
      case let logistic as DiscretizedLogistic: [("scale", logistic.scale)]
      case let student as StudentT: [("scale", student.scale)]
      default: []
      }
    return likelihood is Masked ? own : [(mean, likelihood.mean)] + own
  }
}
