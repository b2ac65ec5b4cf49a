import Datasets

/// One property of `Settings` as text names it: its key, and what its values may be.
struct Setting<Value: Codable & Sendable>: Sendable {
  let key: String
  let property: WritableKeyPath<Settings, Value> & Sendable
  /// What an error says is taken: "a positive integer".
  let expectation: String
  let isValid: @Sendable (Value) -> Bool

  init(
    _ key: String, _ property: WritableKeyPath<Settings, Value> & Sendable, _ expectation: String,
    _ isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
  ) {
    self.key = key
    self.property = property
    self.expectation = expectation
    self.isValid = isValid
  }
}

/// A setting whatever its value's type.
protocol AnySetting: Sendable {
  var key: String { get }
  var expectation: String { get }

  /// Takes the value that stands under the setting's key. False where it is none of the values that are taken.
  func read(from container: KeyedDecodingContainer<SettingKey>, into settings: inout Settings) -> Bool
  func write(_ settings: Settings, to container: inout KeyedEncodingContainer<SettingKey>) throws
  func isValid(in settings: Settings) -> Bool
}

extension Setting: AnySetting {
  func read(from container: KeyedDecodingContainer<SettingKey>, into settings: inout Settings) -> Bool {
    guard let value = try? container.decode(Value.self, forKey: SettingKey(key)), isValid(value) else { return false }
    settings[keyPath: property] = value
    return true
  }

  func write(_ settings: Settings, to container: inout KeyedEncodingContainer<SettingKey>) throws {
    try container.encode(settings[keyPath: property], forKey: SettingKey(key))
  }

  func isValid(in settings: Settings) -> Bool { isValid(settings[keyPath: property]) }
}

/// The name of a setting in JSON.
struct SettingKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ key: String) { stringValue = key }
  init(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { return nil }
}

extension Settings {
  /// Every setting.
  static let table: [any AnySetting] = [
    choice("model", \.model),
    choice("network", \.network),
    Setting("hidden", \.hidden, "a list of positive integers") { $0.allSatisfy(counts.contains) },
    Setting("channels", \.channels, "a list of at least one positive integer") {
      !$0.isEmpty && $0.allSatisfy(counts.contains)
    },
    positive("latent", \.latent),
    choice("activation", \.activation),
    optionalChoice("normalization", \.normalization),
    Setting("dropout", \.dropout, "a number from 0 to below 1", (0..<1).contains),
    choice("initialization", \.initialization),
    choice("outputBias", \.outputBias),
    choice("condition", \.condition),
    optionalPositive("labeled", \.labeled),
    Setting("labeledShare", \.labeledShare, "a number between 0 and 1") { $0.map { $0 > 0 && $0 < 1 } ?? true },
    Setting("classifierWeight", \.classifierWeight, "a number of at least 0") {
      $0.map { $0 >= 0 && $0.isFinite } ?? true
    },
    optionalChoice("likelihood", \.likelihood),
    optionalChoice("scale", \.scale),
    Setting("standardDeviation", \.standardDeviation, "a positive number") { $0 > 0 && $0.isFinite },
    choice("posterior", \.posterior),
    choice("width", \.width),
    choice("amortization", \.amortization),
    optionalPositive("refinements", \.refinements),
    optionalPositive("refinementRate", \.refinementRate),
    choice("prior", \.prior),
    positive("components", \.components),

    Setting("data", \.data, "a name or a path") { !$0.isEmpty },
    path("dataFolder", \.dataFolder),
    path("labels", \.labels),
    path("test", \.test),
    path("testLabels", \.testLabels),
    path("conditions", \.conditions),
    path("testConditions", \.testConditions),
    Setting("labelColumn", \.labelColumn, "a column's name") { $0.map { !$0.isEmpty } ?? true },
    choice("resident", \.resident),
    optionalPositive("validation", \.validation),
    choice("binarize", \.binarize),

    positive("epochs", \.epochs),
    optionalPositive("steps", \.steps),
    positive("batchSize", \.batchSize),
    positive("accumulate", \.accumulate),
    optionalPositive("patience", \.patience),
    choice("objective", \.objective),
    positive("samples", \.samples),
    positive("groups", \.groups),
    Setting("elboShare", \.elboShare, "a number from 0 to 1", (0...1).contains),
    choice("gradient", \.gradient),
    choice("divergence", \.divergence),
    Setting("beta", \.beta, "a number of at least 0") { $0 >= 0 && $0.isFinite },
    Setting("capacity", \.capacity, "a number of at least 0") { $0.map { $0 >= 0 && $0.isFinite } ?? true },
    Setting("freeBits", \.freeBits, "a number of at least 0") { $0 >= 0 && $0.isFinite },
    choice("annealing", \.annealing),
    optionalPositive("annealingSteps", \.annealingSteps),

    choice("optimizer", \.optimizer),
    Setting("learningRate", \.learningRate, "a positive number") { $0 > 0 && $0.isFinite },
    optionalPositive("encoderLearningRate", \.encoderLearningRate),
    optionalPositive("decoderLearningRate", \.decoderLearningRate),
    optionalChoice("tableOptimizer", \.tableOptimizer),
    optionalPositive("tableRate", \.tableRate),
    choice("schedule", \.schedule),
    optionalPositive("scheduleSteps", \.scheduleSteps),
    Setting("scheduleFactor", \.scheduleFactor, "a positive number below 1") { $0 > 0 && $0 < 1 },
    Setting("stageEpochs", \.stageEpochs, "a list of positive integers") { $0.allSatisfy(counts.contains) },
    Setting("stageFactors", \.stageFactors, "a list of positive numbers") { $0.allSatisfy { $0 > 0 && $0.isFinite } },
    positive("plateauTests", \.plateauTests),
    Setting("warmup", \.warmup, "an integer of at least 0") { $0 >= 0 },
    choice("reduction", \.reduction),
    optionalPositive("clip", \.clip),
    optionalPositive("clipValue", \.clipValue),
    decay("average", \.average),
    choice("onNaN", \.onNaN),
    decay("beta1", \.beta1),
    decay("beta2", \.beta2),
    optionalPositive("epsilon", \.epsilon),
    Setting("weightDecay", \.weightDecay, "a number of at least 0") { $0.map { $0 >= 0 && $0.isFinite } ?? true },

    Setting("seed", \.seed, "an integer from 0 to 2^64 - 1"),
    Setting("device", \.device, "auto, cpu, opencl or opencl:N") { !$0.isEmpty },
    positive("testEvery", \.testEvery),
    positive("checkpointEvery", \.checkpointEvery),
    positive("keep", \.keep),
  ]

  /// The keys of all settings.
  public static let keys = table.map(\.key)

  /// Counts; products of a few of the largest still fit into an Int.
  private static let counts = 1...100_000_000

  private typealias Path<Value> = WritableKeyPath<Settings, Value> & Sendable

  private static func positive(_ key: String, _ property: Path<Int>) -> Setting<Int> {
    Setting(key, property, "a positive integer", counts.contains)
  }

  private static func optionalPositive(_ key: String, _ property: Path<Int?>) -> Setting<Int?> {
    Setting(key, property, "a positive integer") { $0.map(counts.contains) ?? true }
  }

  private static func optionalPositive(_ key: String, _ property: Path<Double?>) -> Setting<Double?> {
    Setting(key, property, "a positive number") { $0.map { $0 > 0 && $0.isFinite } ?? true }
  }

  private static func decay(_ key: String, _ property: Path<Double?>) -> Setting<Double?> {
    Setting(key, property, "a number from 0 to below 1") { $0.map { (0..<1).contains($0) } ?? true }
  }

  private static func path(_ key: String, _ property: Path<String?>) -> Setting<String?> {
    Setting(key, property, "a path") { $0.map { !$0.isEmpty } ?? true }
  }

  private static func choice<Choice>(_ key: String, _ property: Path<Choice>) -> Setting<Choice>
  where Choice: RawRepresentable<String> & CaseIterable & Codable & Sendable {
    Setting(key, property, words(of: Choice.self))
  }

  private static func optionalChoice<Choice>(_ key: String, _ property: Path<Choice?>) -> Setting<Choice?>
  where Choice: RawRepresentable<String> & CaseIterable & Codable & Sendable {
    Setting(key, property, words(of: Choice.self))
  }

  private static func words<Choice: RawRepresentable<String> & CaseIterable>(of _: Choice.Type) -> String {
    let words = Choice.allCases.map(\.rawValue)
    return words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
  }
}
