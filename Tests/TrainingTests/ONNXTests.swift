import Datasets
import Foundation
import Layers
import Models
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Models as ONNX")
struct ONNXTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A model as it is read back from a run, none of whose parameters is as it begins.
  private func trained(_ settings: Settings, shape: [Int]) throws -> TrainedModel {
    var settings = settings
    settings.likelihood = settings.likelihood(forShape: shape)
    try settings.validate()
    try settings.validate(forShape: shape)
    let configuration = RunConfiguration(
      settings: settings, data: [], shape: shape, classCount: 3,
      machine: RunConfiguration.Machine(try Small.device().device))
    var generator = SplitMix(seed: 3)
    let list = configuration.makeModel().parameters
    var parameters = Dictionary(
      uniqueKeysWithValues: list.entries.map { entry in
        let values = generator.uniform(entry.parameter.count, in: -0.4..<0.4).map(Float.init)
        return (entry.path, DataArray(values, shape: entry.parameter.shape.dimensions))
      })
    for entry in list.state {
      let values = generator.uniform(entry.variable.shape.elementCount, in: 0.2..<2).map(Float.init)
      parameters[entry.path] = DataArray(values)
    }
    let folder = try RunFolder.create(at: scratch.path("run-\(UUID())"))
    try folder.writeConfiguration(configuration)
    try folder.write(
      Checkpoint(parameters: parameters, optimizer: [:], progress: RunProgress(), configuration: configuration))
    return try TrainedModel(folder)
  }

  private func read(_ model: TrainedModel, _ part: ModelPart) throws -> ONNXReader {
    let path = scratch.path("\(UUID()).onnx")
    try model.writeONNX(part, to: path)
    return try #require(try ONNXReader(path: path))
  }

  /// Exports encoder, decoder and all, and holds what they give for two sizes of batches against the model itself.
  private func check(_ settings: Settings, shape: [Int]) throws {
    let model = try trained(settings, shape: shape)
    let size = shape.reduce(1, *)
    let (encoder, decoder, all) = (try read(model, .encoder), try read(model, .decoder), try read(model, .all))
    #expect(encoder.opset == 17)
    #expect(encoder.inputs[0].extents == ["batch", "\(size)"])
    #expect(decoder.inputs[0].extents == ["batch", "\(settings.latent)"])
    #expect(decoder.outputs[0].extents == ["batch", "\(size)"])
    for count in [1, 3] {
      var generator = SplitMix(seed: 4)
      func numbers(_ size: Int) -> ONNXReader.Array {
        .init(shape: [count, size], values: generator.uniform(count * size, in: 0..<1).map { Double(Float($0)) })
      }
      var inputs = ["x": numbers(size), "z": numbers(settings.latent), "noise": numbers(settings.latent)]
      if settings.model == .cvae {
        let isLabel = settings.condition == .label
        inputs["label"] = .init(shape: [count, 3], values: (0..<count).flatMap { $0 == 0 ? [1, 0, 0] : [0, 0, 1] })
        inputs["shown"] = numbers(size)
        #expect(encoder.inputs[1].name == (isLabel ? "label" : "shown"))
      }
      let tensors = inputs.mapValues { Tensor($0.values.map(Float.init), shape: Shape($0.shape)) }
      let condition = settings.model == .cvae ? tensors[encoder.inputs[1].name] : nil
      let one = model.model.given(condition)
      let posterior = one.posterior(given: tensors["x"]!)
      let found = try #require(encoder.results(of: inputs))
      try compare(found, "mean", posterior.mean)
      try compare(try #require(decoder.results(of: inputs)), "mean", one.decode(tensors["z"]!))
      let whole = try #require(all.results(of: inputs))
      try compare(whole, "mean", posterior.mean)
      let z = posterior.mean + (Tensor(whole["logVariance"]!) * 0.5).exp() * tensors["noise"]!
      try compare(whole, "reconstruction", one.decode(z))
    }
  }

  private func compare(_ outputs: [String: ONNXReader.Array], _ name: String, _ expected: Tensor) throws {
    let found = try #require(outputs[name])
    let values = try expected.scalars(on: Small.device())
    #expect(found.shape == expected.shape.dimensions)
    let largest = values.map(abs).max() ?? 0
    let difference = zip(found.values, values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= 1e-5 * largest, "\(name)")
  }

  private func small(_ change: (inout Settings) -> Void) -> Settings {
    var settings = Settings()
    settings.hidden = [7, 5]
    settings.latent = 2
    settings.channels = [2, 4]
    change(&settings)
    return settings
  }

  @Test("linear layers with every activation", arguments: Activation.allCases)
  func activations(activation: Activation) throws {
    try check(small { $0.activation = activation }, shape: [2, 3])
  }

  /// Pictures of 6 are halved to 3 and 1: what is dropped comes back as padding of the transposed convolution.
  @Test("convolutions and residual blocks", arguments: [NetworkKind.conv, .resnet])
  func pictures(network: NetworkKind) throws {
    try check(small { $0.network = network }, shape: [6, 4])
    try check(
      small {
        $0.network = network
        $0.likelihood = .discretizedLogistic
      }, shape: [3, 4, 4])
  }

  @Test(
    "normalizations, which are those of evaluation, and dropout, which is nothing there",
    arguments: [
      (NetworkKind.mlp, Normalization.batch), (.mlp, .layer), (.conv, .batch), (.conv, .group), (.resnet, .batch),
    ])
  func normalizations(network: NetworkKind, normalization: Normalization) throws {
    let settings = small {
      ($0.network, $0.normalization, $0.dropout) = (network, normalization, 0.3)
    }
    try check(settings, shape: [6, 4])
    guard network == .conv, normalization == .batch else { return }
    let decoder = try read(trained(settings, shape: [6, 4]), .decoder)
    #expect(decoder.initializers["decoder.norms.0.running_var"]?.shape == [4])
  }

  @Test(
    "conditions", arguments: [(ConditionKind.label, NetworkKind.mlp), (.label, .conv), (.twoQuadrants, .mlp)])
  func conditions(condition: ConditionKind, network: NetworkKind) throws {
    try check(
      small {
        $0.model = .cvae
        $0.condition = condition
        $0.network = network
      }, shape: [4, 4])
  }

  @Test(
    "likelihoods with what they have besides a mean",
    arguments: [
      (LikelihoodKind.bernoulli, ["mean", "logits"]), (.continuousBernoulli, ["mean", "logits"]),
      (.gaussian, ["mean", "scale"]), (.laplace, ["mean", "scale"]), (.studentT, ["mean", "scale"]),
      (.categorical, ["mean", "logits"]), (.poisson, ["mean"]), (.negativeBinomial, ["mean", "logits"]),
    ])
  func likelihoods(likelihood: LikelihoodKind, names: [String]) throws {
    let settings = small { $0.likelihood = likelihood }
    try check(settings, shape: [2, 2])
    #expect(try read(trained(settings, shape: [2, 2]), .decoder).outputs.map(\.name) == names)
  }

  @Test("posteriors that are not normal give their own parameters, and no decoder of noise")
  func posteriors() throws {
    let model = try trained(small { $0.posterior = .laplace }, shape: [2, 2])
    #expect(try read(model, .encoder).outputs.map(\.name) == ["mean", "scale"])
    #expect(throws: ExportError.posteriorNotNormal(.laplace)) { try read(model, .all) }
  }

  @Test("parameters keep their paths and shapes, and the description goes along")
  func contents() throws {
    let model = try trained(small { _ in }, shape: [2, 3])
    let read = try read(model, .encoder)
    #expect(read.initializers["encoder.layers.0.weight"]?.shape == [7, 6])
    #expect(read.initializers["decoder.layers.0.weight"] == nil)
    #expect(read.metadata["elbo"]?.contains("\"hidden\":[7,5]") == true)
    #expect(read.metadata["elbo"]?.contains("fingerprints") == false)
  }

  @Test("a posterior that is refined is refused by its name")
  func refused() throws {
    let model = try trained(small { $0.amortization = .semi }, shape: [2, 3])
    #expect(throws: ExportError.noEncoder(.semi)) { try read(model, .encoder) }
    _ = try read(model, .decoder)
  }

  @Test("a computation of the batch as a whole is refused")
  func batches() throws {
    #expect(throws: ExportError.self) { try BatchGraph(of: [4]) { [$0[0] / Double($0[0].shape[0])] } }
    #expect(throws: Never.self) { try BatchGraph(of: [4]) { [$0[0].sum(axis: 0)] } }
  }
}

extension Tensor {
  fileprivate init(_ array: ONNXReader.Array) {
    self.init(array.values.map(Float.init), shape: Shape(array.shape))
  }
}
