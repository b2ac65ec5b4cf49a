import Foundation
import Layers
import Tensors
import Testing

@testable import Training

@Suite("Settings")
struct SettingsTests {
  @Test("what is written is read back")
  func roundTrip() throws {
    var settings = Settings()
    settings.network = .conv
    settings.hidden = [200, 100]
    settings.channels = [8, 16]
    settings.seed = .max
    settings.likelihood = .gaussian
    settings.activation = .tanh
    settings.steps = 7
    settings.learningRate = 1e-4
    settings.labels = "a/b \"c\""
    let json = try JSON.encoded(settings)
    #expect(try JSON.decoded(Settings.self, from: json) == settings)
  }

  @Test("every setting has a key, and no two have the same")
  func keys() throws {
    let object = try JSONSerialization.jsonObject(with: Data(try JSON.encoded(Settings())))
    let written = try #require(object as? [String: Any])
    #expect(Set(written.keys) == Set(Settings.keys))
    #expect(Set(Settings.keys).count == Settings.keys.count)
    #expect(Mirror(reflecting: Settings()).children.count == Settings.keys.count)
  }

  @Test("networks of pictures fit the data")
  func networks() throws {
    var settings = Settings()
    settings.network = .resnet
    settings.channels = [2, 4, 8]
    try settings.validate(forShape: [3, 8, 9])
    let model = settings.makeModel(forShape: [3, 8, 9])
    #expect(model.decoder.parameters.entries.contains { $0.path == "blocks.2.0.conv2.weight" })
    #expect(
      throws: SettingsError.invalid(
        key: "channels", value: "2,4,8",
        expectation: "at most 2 numbers for pictures of 8 x 7, which each layer halves")
    ) { try settings.validate(forShape: [8, 7]) }
    settings.network = .mlp
    try settings.validate(forShape: [8, 7])
  }

  @Test("what is not there stays as it was")
  func merging() throws {
    var settings = Settings()
    settings.epochs = 3
    try settings.merge(json: Data(#"{"batchSize": 64, "steps": null}"#.utf8))
    #expect((settings.epochs, settings.batchSize, settings.steps) == (3, 64, nil))
  }

  @Test(
    "wrong keys and values are named",
    arguments: [
      (#"{"epoch": 3}"#, SettingsError.unknown(key: "epoch")),
      (#"{"epochs": 0}"#, .invalid(key: "epochs", value: "0", expectation: "a positive integer")),
      (#"{"epochs": 1.5}"#, .invalid(key: "epochs", value: "1.5", expectation: "a positive integer")),
      (#"{"epochs": "many"}"#, .invalid(key: "epochs", value: "many", expectation: "a positive integer")),
      (#"{"hidden": [4, -1]}"#, .invalid(key: "hidden", value: "[4,-1]", expectation: "a list of positive integers")),
      (
        #"{"channels": []}"#,
        .invalid(key: "channels", value: "[]", expectation: "a list of at least one positive integer")
      ),
      (#"{"seed": -1}"#, .invalid(key: "seed", value: "-1", expectation: "an integer from 0 to 2^64 - 1")),
      (#"{"beta1": 1}"#, .invalid(key: "beta1", value: "1", expectation: "a number from 0 to below 1")),
      (
        #"{"schedule": null}"#,
        .invalid(key: "schedule", value: "null", expectation: "one of constant, linear, cosine, step, plateau, stages")
      ),
    ])
  func errors(json: String, expected: SettingsError) {
    #expect(throws: expected) {
      var settings = Settings()
      try settings.merge(json: Data(json.utf8))
    }
  }

  @Test("text is JSON, a list without brackets, or a bare word")
  func text() throws {
    var settings = Settings()
    try settings.set("hidden", to: "200,100")
    #expect(settings.hidden == [200, 100])
    try settings.set("hidden", to: "[50]")
    #expect(settings.hidden == [50])
    try settings.set("activation", to: "tanh")
    #expect(settings.activation == .tanh)
    try settings.set("clip", to: "2.5")
    #expect(settings.clip == 2.5)
    try settings.set("clip", to: "null")
    #expect(settings.clip == nil)
    try settings.set("data", to: "a b\"c")
    #expect(settings.data == "a b\"c")
    #expect(throws: SettingsError.unknown(key: "colour")) { try settings.set("colour", to: "red") }
    #expect(throws: SettingsError.invalid(key: "epochs", value: "1}", expectation: "a positive integer")) {
      try settings.set("epochs", to: "1}")
    }
  }

  @Test("values set in Swift are checked as well")
  func validation() {
    var settings = Settings()
    #expect(throws: Never.self) { try settings.validate() }
    settings.batchSize = -1
    #expect(throws: SettingsError.invalid(key: "batchSize", value: "", expectation: "a positive integer")) {
      try settings.validate()
    }
  }

  @Test("a configuration is one flat object, and can be given as settings")
  func configuration() throws {
    var settings = Settings()
    settings.latent = 3
    let configuration = RunConfiguration(
      settings: settings, data: [], shape: [2, 3],
      machine: RunConfiguration.Machine(
        .init(
          id: "cpu", name: "a", vendor: "b", driver: "c", kind: .cpu, memoryByteCount: 1, computeUnits: 1,
          supportsFloat64: true)))
    let json = try JSON.encoded(configuration)
    #expect(try JSON.decoded(RunConfiguration.self, from: json) == configuration)
    var other = Settings()
    try other.merge(json: Data(json))
    #expect(other == settings)
  }

  @Test("a run's length in steps counts the last partial batch")
  func steps() {
    var settings = Settings()
    #expect(settings.totalSteps(dataCount: 60_000) == 4690)
    settings.steps = 5
    #expect(settings.totalSteps(dataCount: 60_000) == 5)
  }

  @Test("a schedule of stages has the rate of each from the end of the one before on")
  func stages() throws {
    var settings = Settings()
    settings.schedule = .stages
    settings.learningRate = 0.5
    settings.batchSize = 4
    settings.stageEpochs = [1, 3, 9]
    settings.stageFactors = [1, 0.5, 0.25]
    try settings.validate()
    let rate = settings.makeOptimizer(dataCount: 10).learningRate
    // Three batches an epoch.
    for (step, expected) in [(0, 0.5), (2, 0.5), (3, 0.25), (11, 0.25), (12, 0.125), (1000, 0.125)] {
      #expect(try rate(Tensor([Float(step)])).scalars(on: Small.device()) == [expected])
    }
  }

  @Test("every recipe is settings that go together", arguments: try Self.recipes())
  func recipe(path: String) throws {
    var settings = Settings()
    try settings.merge(json: Data(contentsOf: URL(filePath: path)))
    try settings.validate()
    try settings.validate(forShape: [28, 28])
  }

  private static func recipes() throws -> [String] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Benchmarks/Recipes")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { folder.path + "/" + $0 }
  }

  @Test("the likelihood is by the data where it is not set")
  func likelihood() {
    var settings = Settings()
    #expect(settings.likelihood(forShape: [28, 28]) == .bernoulli)
    #expect(settings.likelihood(forShape: [3, 64, 64]) == .gaussian)
    settings.likelihood = .bernoulli
    #expect(settings.likelihood(forShape: [3, 64, 64]) == .bernoulli)
  }
}
