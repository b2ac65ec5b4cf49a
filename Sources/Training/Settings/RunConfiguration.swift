import Datasets
import Runtime

/// What `config.json` says: everything needed to repeat a run.
///
/// One flat object: the settings, and beside them what they were found to mean on this machine. A configuration can be
/// given as settings for another run, which then takes the settings alone.
public struct RunConfiguration: Hashable, Sendable {
  /// With absolute paths.
  public var settings: Settings
  /// What the data were, file by file or, where they are drawn, part by part.
  public var data: [Fingerprint]
  /// The shape of one datum: (height, width), or (channels, height, width).
  public var shape: [Int]
  /// Classes that the labels tell apart; 0 without labels.
  public var classCount: Int
  /// Numbers of a condition that is given beside the data; 0 without.
  public var conditionSize: Int
  /// How many data there are to learn from.
  public var dataCount: Int
  public var machine: Machine
  public var versions: Versions

  public init(
    settings: Settings, data: [Fingerprint], shape: [Int], classCount: Int = 0, conditionSize: Int = 0,
    dataCount: Int = 1, machine: Machine, versions: Versions = .current
  ) {
    self.settings = settings
    self.data = data
    self.shape = shape
    self.classCount = classCount
    self.conditionSize = conditionSize
    self.dataCount = dataCount
    self.machine = machine
    self.versions = versions
  }

  /// What the bits of a result depend on besides the settings.
  public struct Machine: Codable, Hashable, Sendable {
    /// The device's name in commands: `opencl:0`.
    public var device: String
    public var name: String
    public var vendor: String
    /// The driver's version; for a CPU, the library of linear algebra and the core that it was made for.
    public var driver: String
    /// The kernels' variant and the hash of the numbers by which they are cut, where the device has a choice.
    public var kernels: String?

    public init(_ description: DeviceDescription) {
      device = description.id
      name = description.name
      vendor = description.vendor
      driver = description.driver
      kernels = description.kernels.isEmpty ? nil : description.kernels
    }
  }

  /// What made the run.
  public struct Versions: Codable, Hashable, Sendable {
    /// The package's.
    public var elbo: String

    /// Those of this program.
    public static let current = Versions(elbo: "0.1.0")
  }
}

extension RunConfiguration: Codable {
  private enum Keys: String, CodingKey {
    case fingerprints, shape, classCount, conditionSize, dataCount, machine, versions
  }

  public init(from decoder: any Decoder) throws {
    settings = try Settings(from: decoder)
    let container = try decoder.container(keyedBy: Keys.self)
    data = try container.decode([Fingerprint].self, forKey: .fingerprints)
    shape = try container.decode([Int].self, forKey: .shape)
    classCount = try container.decode(Int.self, forKey: .classCount)
    conditionSize = try container.decodeIfPresent(Int.self, forKey: .conditionSize) ?? 0
    dataCount = try container.decodeIfPresent(Int.self, forKey: .dataCount) ?? 1
    machine = try container.decode(Machine.self, forKey: .machine)
    versions = try container.decode(Versions.self, forKey: .versions)
  }

  public func encode(to encoder: any Encoder) throws {
    try settings.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(data, forKey: .fingerprints)
    try container.encode(shape, forKey: .shape)
    try container.encode(classCount, forKey: .classCount)
    try container.encode(conditionSize, forKey: .conditionSize)
    try container.encode(dataCount, forKey: .dataCount)
    try container.encode(machine, forKey: .machine)
    try container.encode(versions, forKey: .versions)
  }
}
