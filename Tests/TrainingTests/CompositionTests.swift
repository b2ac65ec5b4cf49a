import Datasets
import Distributions
import Foundation
import Inference
import Layers
import Models
import Tensors
import Testing

@testable import Training

/// Everything that settings can name trains, evaluates and draws.
@Suite("Compositions")
struct CompositionTests {
  /// Pictures of 2 x 3 of two classes, told by their left columns.
  private static func data(_ count: Int, seed: UInt64 = 1) -> DataSet {
    let pictures = Small.data(count, seed: seed)
    let labels = (0..<count).map { Int32(pictures.images.bytes[$0 * 6] > 100 ? 1 : 0) }
    return DataSet(name: "small", images: pictures.images, labels: labels, classCount: 2)
  }

  struct Words: Sendable, CustomTestStringConvertible {
    let changes: [(String, String)]
    var testDescription: String { changes.map { "\($0)=\($1)" }.joined(separator: " ") }
    init(_ changes: KeyValuePairs<String, String>) { self.changes = changes.map { ($0, $1) } }
  }

  static let compositions: [Words] =
    LikelihoodKind.allCases.map { Words(["likelihood": $0.rawValue]) }
    + ScaleKind.allCases.map { Words(["likelihood": "gaussian", "scale": $0.rawValue]) }
    + PosteriorKind.allCases.map {
      Words([
        "posterior": $0.rawValue, "prior": $0 == .logNormal || $0 == .exponential ? "exponential" : "normal",
      ])
    }
    + [
      Words(["width": "log-deviation"]),
      Words(["amortization": "semi", "refinements": "2", "refinementRate": "0.02"]),
      Words(["amortization": "semi", "objective": "iwae", "samples": "2", "network": "conv", "channels": "4"]),
      Words(["amortization": "semi", "refinements": "2", "posterior": "full-covariance"]),
      Words(["amortization": "table", "refinements": "3"]),
      Words(["amortization": "table", "refinements": "2", "posterior": "log-normal", "prior": "exponential"]),
      Words(["amortization": "table", "tableOptimizer": "sgd", "tableRate": "0.1", "prior": "learned"]),
      Words(["prior": "learned"]), Words(["prior": "mixture", "components": "3"]),
      Words(["model": "cvae"]), Words(["model": "cvae", "prior": "conditional", "objective": "iwae", "samples": "3"]),
      Words(["model": "cvae", "condition": "1-quadrant"]), Words(["model": "cvae", "condition": "3-quadrants"]),
      Words(["network": "conv", "channels": "4", "likelihood": "laplace", "posterior": "full-covariance"]),
      Words(["network": "resnet", "channels": "4", "model": "cvae"]),
      Words(["network": "conv", "channels": "4", "model": "cvae", "condition": "2-quadrants"]),
      Words(["network": "conv", "channels": "4", "model": "m2"]),
      Words(["model": "m2", "labeled": "4"]),
      Words(["model": "m2", "labeled": "2", "labeledShare": "0.5"]), Words(["model": "m2", "binarize": "dynamic"]),
      Words(["objective": "iwae", "samples": "4", "gradient": "dreg"]),
      Words(["objective": "miwae", "samples": "4", "groups": "2"]),
      Words(["objective": "ciwae", "samples": "4", "elboShare": "0.25"]),
      Words(["initialization": "glorot"]), Words(["initialization": "he", "network": "conv", "channels": "4"]),
      Words(["normalization": "layer", "dropout": "0.2", "objective": "iwae", "samples": "3", "gradient": "dreg"]),
      Words(["normalization": "layer", "dropout": "0.5", "model": "m2"]),
      Words(["normalization": "batch", "network": "conv", "channels": "4", "model": "cvae"]),
      Words(["normalization": "none", "dropout": "0.1", "network": "resnet", "channels": "4"]),
      Words(["normalization": "batch", "network": "resnet", "channels": "4", "amortization": "table"]),
      Words(["outputBias": "data"]), Words(["reduction": "sum", "learningRate": "1e-4"]),
      Words(["gradient": "stl"]), Words(["gradient": "score", "samples": "2"]),
      Words(["divergence": "sampled"]), Words(["divergence": "entropy", "posterior": "full-covariance"]),
      Words(["beta": "4", "annealing": "linear"]), Words(["freeBits": "0.5", "annealing": "cyclical"]),
      Words(["capacity": "2", "beta": "10", "annealing": "linear", "annealingSteps": "3"]),
    ]

  @Test("what words name trains, is read back and draws", arguments: compositions)
  func composition(words: Words) throws {
    let scratch = try Scratch()
    var settings = Small.settings
    settings.epochs = 2
    settings.learningRate = 1e-3
    settings.data = "small"
    for (key, value) in words.changes { try settings.set(key, to: value) }
    try settings.validate()
    let (train, test) = (Self.data(10), Self.data(7, seed: 2))
    let model = settings.makeModel(forShape: [2, 3], classCount: 2, dataCount: 10)
    let condition = settings.condition(forShape: [2, 3], classCount: 2)
    let trainer = try self.trainer(model, settings)
    let areCounts = settings.likelihood(forShape: [2, 3]).isOfCounts
    let loop = try TrainingLoop(
      trainer, on: train, validating: test, batchSize: 4, objective: settings.makeObjective(steps: 6),
      binarization: settings.binarize, areCounts: areCounts, condition: condition,
      labeling: settings.labeling(of: Self.data(10)))
    for _ in 0..<2 { _ = try loop.advance() }
    let line = loop.finishLine()
    #expect(line.elbo.isFinite && line.objective.isFinite && (line.gradientNorm ?? 0) > 0)
    let tested = try #require(try loop.evaluate())

    let checkpoint = Checkpoint(
      parameters: try trainer.parameterArrays(), optimizer: try trainer.optimizerArrays(), progress: loop.progress,
      configuration: RunConfiguration(
        settings: settings, data: [], shape: [2, 3], classCount: 2, dataCount: 10,
        machine: .init(trainer.backend.device)))
    try checkpoint.write(to: scratch.path("c.safetensors"))
    let read = try Checkpoint(from: scratch.path("c.safetensors"))
    #expect(read.configuration.condition == condition)
    let again = read.configuration.makeModel()
    let learned = try ModelState(again).load(from: read.split(again.datumParameters).own, of: "c")
    try arena(again).load(learned, from: "c")
    let pixels = read.configuration.pixels(of: test)
    let evaluation = try Evaluation(
      again, on: test, pixels: pixels, condition: condition, samples: settings.samples, device: trainer.backend)
    // The same draws and the same bound; m2 draws for every class, and its bound has the prior of the label.
    if settings.gradient == .path, settings.divergence == .closed, settings.model != .m2 {
      #expect(abs(evaluation.elbo - tested.elbo) < 1e-4 * max(1, abs(tested.elbo)))
    }

    let gallery = try #require(
      Gallery(again, shape: [2, 3], condition: condition, seed: 1, on: trainer.backend))
    #expect(try gallery.reconstructions(of: test, pixels: pixels, count: 3).width > 0)
    if gallery.canSample { #expect(try gallery.samples(4).shape == [4, 6]) }
  }

  private func trainer(_ model: any TrainableModel, _ settings: Settings) throws -> Trainer {
    try Trainer(model, optimizer: settings.makeOptimizer(dataCount: 10), on: Small.device(), seed: settings.seed)
  }

  private func arena(_ model: some TrainableModel) -> ParameterArena { ParameterArena(model, seed: 9) }

  @Test(
    "what does not go together is refused with the reason",
    arguments: [
      (Words(["posterior": "normal", "prior": "exponential"]), "the positive numbers"),
      (Words(["prior": "conditional"]), "told no condition"),
      (Words(["objective": "iwae", "beta": "2"]), "no term for"),
      (Words(["objective": "iwae", "gradient": "stl"]), "biased"),
      (Words(["gradient": "score"]), "at least 2 samples"),
      (Words(["objective": "miwae", "samples": "5", "groups": "2"]), "equal groups"),
      (Words(["capacity": "2", "freeBits": "1"]), "--capacity and --free-bits are two penalties"),
      (Words(["model": "m2", "objective": "iwae"]), "m2"), (Words(["labeled": "10"]), "--model m2"),
      (Words(["likelihood": "bernoulli", "scale": "learned"]), "has no --scale"),
      (Words(["likelihood": "poisson", "binarize": "threshold"]), "counts"),
      (Words(["condition": "1-quadrant"]), "--model cvae"),
      (Words(["amortization": "semi", "model": "cvae"]), "told a condition"),
      (Words(["amortization": "table", "binarize": "dynamic"]), "another picture"),
      (Words(["amortization": "table", "encoderLearningRate": "0.01"]), "no encoder"),
      (Words(["width": "log-deviation", "posterior": "laplace"]), "of a normal posterior"),
      (Words(["refinements": "3"]), "--amortization semi and table"),
      (Words(["amortization": "semi", "tableRate": "0.1"]), "--amortization table"),
      (Words(["schedule": "stages", "stageEpochs": "1,3"]), "as many --stage-factors as --stage-epochs"),
      (Words(["stageEpochs": "1"]), "--schedule stages"),
      (Words(["outputBias": "data", "network": "conv"]), "for each channel"),
      (Words(["objective": "iwae", "divergence": "sampled"]), "log weights"),
      (Words(["normalization": "group"]), "mlp has none"), (Words(["hidden": "", "dropout": "0.1"]), "there are none"),
      (Words(["normalization": "batch", "model": "m2"]), "each label"),
      (Words(["normalization": "batch", "amortization": "semi"]), "by itself"),
      (Words(["normalization": "batch", "average": "0.9"]), "--average"),
      (Words(["normalization": "batch", "batchSize": "1"]), "no variance"),
      (Words(["normalization": "batch", "objective": "iwae", "samples": "3", "gradient": "dreg"]), "its own datum"),
      (Words(["normalization": "batch", "samples": "2", "gradient": "score"]), "its own datum"),
    ])
  func refusals(words: Words, reason: String) throws {
    var settings = Settings()
    for (key, value) in words.changes { try settings.set(key, to: value) }
    let error = #expect(throws: SettingsError.self) { try settings.validate() }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("a picture's channels have a variance in a batch of one")
  func batchOfOnePicture() throws {
    var settings = Settings()
    for (key, value) in [("normalization", "batch"), ("batchSize", "1"), ("network", "conv")] {
      try settings.set(key, to: value)
    }
    try settings.validate()
  }

  @Test("a model that mixes the data of a batch has no averages of its parameters, and names all that it keeps")
  func statistics() async {
    await #expect(processExitsWith: .failure) {
      _ = try Trainer(
        VAE(
          encoder: .mlp(3, 4, activation: .tanh, head: .diagonalNormal(2), normalization: .batch),
          decoder: .mlp(2, 4, activation: .tanh, head: .bernoulli(3))), options: .init(averageDecay: 0.9),
        on: Small.device())
    }
    await #expect(processExitsWith: .failure) {
      _ = try ModelState(["a": Variable(.zeros([1], type: .int32))] as ParameterList)
    }
    await #expect(processExitsWith: .failure) {
      _ = try ModelState(["a": Parameter([1], initializer: .zeros), "a": Variable(.zeros([1]))] as ParameterList)
    }
  }

  @Test("data that a likelihood does not take are named before training")
  func support() throws {
    let values = [Float](repeating: 0.5, count: 11) + [1.5]
    let data = DataSet(name: "wide", images: DataArray(values, shape: [2, 2, 3]), valueRange: 0...1)
    let model = Small.settings.makeModel(forShape: [2, 3])
    let error = #expect(throws: SupportError.self) {
      try trainer(model, Small.settings).fit(data, batchSize: 2, epochs: 1)
    }
    #expect(
      error?.description.hasPrefix("element 11 of the data is 1.5, but a Bernoulli likelihood takes [0, 1]") == true)
  }

  @Test("a model that is told classes needs labels")
  func labels() throws {
    var settings = Small.settings
    settings.model = .cvae
    let model = settings.makeModel(forShape: [2, 3], classCount: 2)
    #expect(throws: RunError.noLabels("small")) {
      try trainer(model, settings).fit(Small.data(4), batchSize: 2, epochs: 1)
    }
    let labeling = Labeling(count: 2, of: Self.data(10), share: 0.5)
    #expect(labeling == Labeling(count: 2, repeats: 4) && labeling.epoch(of: Self.data(10)) == 16)
    // Of three labels, more than are there are asked for, or all.
    let few = DataSet(
      name: "few", rows: Self.data(9).rows, labels: [0, 1, -1, 0, -1, -1, -1, -1, -1], classCount: 2)
    for count in [nil, 3, 100] {
      let labeling = Labeling(count: count, of: few, share: 0.5)
      #expect(labeling.repeats == 2 && labeling.keptCount(of: few) == 3 && labeling.epoch(of: few) == 12)
    }
    let inputs = Inputs(pixels: Pixels(), condition: .label(classes: 2))
    let (fields, count) = inputs.rowFields(of: Self.data(10), labeling: labeling)
    #expect(fields.map(\.shape) == [[6], []] && count == 16)
    #expect(try fields[0].read(Array(0..<16)).count == 16 * 6)
    let labels = try DataArray(bytes: fields[1].read(Array(0..<16)), type: .int32, shape: [16]).elements(as: Int32.self)
    #expect(labels[..<10].filter { $0 >= 0 }.count == 2 && labels[10...].allSatisfy { $0 >= 0 })
    #expect(Inputs.hiding([0, 1, 0, 0, 1, 1], but: 3, classes: 2) == [0, 1, 0, -1, -1, -1])
  }

  @Test("a trained conditional model finds classes, and fills in what is hidden")
  func classification() throws {
    var settings = Small.settings
    settings.model = .cvae
    settings.likelihood = .gaussian
    settings.hidden = [8]
    let model = settings.makeModel(forShape: [2, 3], classCount: 2)
    let trainer = try self.trainer(model, settings)
    try trainer.fit(Self.data(64), batchSize: 8, epochs: 40)
    let test = Self.data(30, seed: 3)
    let pixels = Pixels(.none, of: test)
    let found = try Classification(
      model, on: test, pixels: pixels, condition: .label(classes: 2), samples: 10, device: trainer.backend)
    #expect(found.errorRate < 0.1)
    #expect(found.confusion.flatMap { $0 }.reduce(0, +) == 30 && found.count == 30 && found.samples == 10)
    let rate = try #require(found.elboErrorRate)
    #expect(rate < 0.2)

    let gallery = try #require(
      Gallery(model, shape: [2, 3], condition: .label(classes: 2), seed: 0, on: trainer.backend))
    let filled = try gallery.imputations(
      of: test, pixels: pixels, hiding: .quadrant(.upperRight), samples: 20, count: 30)
    // Two of six pixels; the ones of a row go together with those beneath.
    #expect(filled.hidden == 60 && filled.error < 0.15, "\(filled.error)")
    #expect(try gallery.analogies(3) != nil)
    #expect(throws: ClassificationError.noClasses) {
      try Classification(model, on: test, pixels: pixels, condition: .none, samples: 1, device: trainer.backend)
    }
  }

  /// A model of 48 data after so many epochs of 6 steps, evaluated.
  private func evaluation(_ objective: Objective, epochs: Int) throws -> Evaluation {
    var settings = Small.settings
    settings.likelihood = .gaussian
    settings.standardDeviation = 0.4
    settings.learningRate = 0.02
    let trainer = try self.trainer(settings.makeModel(forShape: [2, 3]), settings)
    let data = Small.data(48)
    try trainer.fit(data, batchSize: 8, epochs: epochs, objective: objective)
    return try Evaluation(trainer.model, on: data, pixels: Pixels(.none, of: data), device: trainer.backend)
  }

  /// A decoder that can do without z, and a divergence that is dear: the posterior collapses onto the prior, and free bits
  /// keep it away.
  @Test("a collapse made on purpose is cured by free bits")
  func collapse() throws {
    let collapsed = try evaluation(Objective(beta: 6), epochs: 30)
    let free = try evaluation(Objective(penalty: .freeBits(0.5, weight: 6)), epochs: 30)
    #expect(collapsed.activeUnits == 0 && collapsed.kl < 0.05, "\(collapsed)")
    #expect(free.activeUnits > 0 && free.kl > 0.5, "\(free)")
  }

  /// Under the full weight from the start the posterior collapses before the decoder has a use for z. A weight that grows
  /// over the first half and is the same from there on leaves a dimension in use, and a better value of the very
  /// objective.
  @Test("a collapse made on purpose is cured by annealing")
  func annealing() throws {
    let beta = 3.0
    let constant = try evaluation(Objective(beta: beta), epochs: 60)
    let annealed = try evaluation(Objective(beta: beta, annealing: .linear(0, to: 1, over: 180)), epochs: 60)
    func objective(_ found: Evaluation) -> Double { found.reconstruction - beta * found.kl }
    #expect(constant.activeUnits == 0 && constant.kl < 0.02, "\(constant.klPerDimension)")
    #expect(annealed.activeUnits == 1 && annealed.klPerDimension.max()! > 0.05, "\(annealed.klPerDimension)")
    #expect(objective(annealed) > objective(constant), "\(objective(annealed)) \(objective(constant))")
  }
}
