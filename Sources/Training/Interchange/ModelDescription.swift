import Datasets

/// What must be known of a model besides its weights: what it is made of, and what data it is of.
///
/// As JSON it goes with exported weights: the settings of the model by their names in `config.json`, and `shape`,
/// `classCount`, and `conditionSize`.
struct ModelDescription: Hashable, Sendable {
  /// Those that do not describe the model have their defaults.
  var settings: Settings
  /// Of one datum.
  var shape: [Int]
  var classCount: Int
  var conditionSize: Int

  /// The key under which files have it.
  static let key = "elbo"

  private static let settingKeys: Set<String> = [
    "model", "network", "hidden", "channels", "latent", "activation", "normalization", "dropout", "condition",
    "likelihood", "scale", "standardDeviation", "posterior", "width", "amortization", "refinements", "refinementRate",
    "prior", "components", "binarize",
  ]

  init(_ configuration: RunConfiguration) {
    settings = configuration.settings
    shape = configuration.shape
    classCount = configuration.classCount
    conditionSize = configuration.conditionSize
  }

  func json() throws -> [UInt8] { try JSON.encoded(self) }
}

extension ModelDescription: Codable {
  private enum Keys: String, CodingKey { case shape, classCount, conditionSize }

  init(from decoder: any Decoder) throws {
    settings = try Settings(from: decoder)
    let container = try decoder.container(keyedBy: Keys.self)
    shape = try container.decode([Int].self, forKey: .shape)
    classCount = try container.decode(Int.self, forKey: .classCount)
    conditionSize = try container.decodeIfPresent(Int.self, forKey: .conditionSize) ?? 0
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SettingKey.self)
    for setting in Settings.table where Self.settingKeys.contains(setting.key) {
      try setting.write(settings, to: &values)
    }
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(shape, forKey: .shape)
    try container.encode(classCount, forKey: .classCount)
    try container.encode(conditionSize, forKey: .conditionSize)
  }
}
