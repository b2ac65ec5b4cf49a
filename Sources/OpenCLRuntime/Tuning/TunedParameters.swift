import FoundationEssentials

/// A value of a parameter that a search tried, and what came of it.
public struct TuningTrial: Codable, Hashable, Sendable {
  public enum Outcome: String, Codable, Sendable {
    /// The value that the parameter had before.
    case before
    /// It is the fastest, by more than noise.
    case chosen
    /// It is not, or not by more than noise.
    case notFaster
    /// The kernels are the same as with the value before.
    case same
    /// It gave other results.
    case wrong
    /// The device does not take the kernels.
    case refused
    /// The time was up.
    case untried
  }

  public var parameter: String
  public var value: Int
  public var outcome: Outcome
  /// How many times as fast the parameter's kernels are as with the value before: a geometric mean.
  public var speedup: Double?
  /// Their rate, likewise: GFLOP/s of products and convolutions, else GB/s.
  public var rate: Double?

  public init(parameter: String, value: Int, outcome: Outcome, speedup: Double? = nil, rate: Double? = nil) {
    self.parameter = parameter
    self.value = value
    self.outcome = outcome
    self.speedup = speedup
    self.rate = rate
  }
}

/// The numbers that a search found for a device, in a file beside the compiled programs, with all that was tried.
struct TunedParameters: Codable, Hashable {
  /// Of the file's layout.
  var version = 1
  /// The device and its driver, which the numbers were found with.
  var device: String
  var variant: KernelVariant
  var parameters: [String: Int]
  var trials: [TuningTrial]

  static func path(for device: OpenCLDevice, _ variant: KernelVariant, in cache: BinaryCache) -> String {
    let words = device.description.name.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    let name = BinaryCache.name(of: "\(variant.rawValue)\n\(device.fingerprint)")
    return "\(cache.folder)/tuned-\(words.joined(separator: "-").prefix(60))-\(name).json"
  }

  /// The numbers kept for a device; nil where there is no file, or a damaged one, or one of something else.
  static func kept(
    for device: OpenCLDevice, _ variant: KernelVariant, in cache: BinaryCache, instead tiles: TileParameters
  ) -> TileParameters? {
    read(for: device, variant, in: cache).flatMap { tiles.replacing($0.parameters, for: variant, on: device) }
  }

  private static func read(
    for device: OpenCLDevice, _ variant: KernelVariant, in cache: BinaryCache
  ) -> TunedParameters? {
    guard let data = FileManager.default.contents(atPath: path(for: device, variant, in: cache)),
      let tuned = try? JSONDecoder().decode(TunedParameters.self, from: data),
      tuned.version == 1, tuned.device == device.fingerprint, tuned.variant == variant
    else { return nil }
    return tuned
  }

  /// Writes the file, whole or not at all, and gives its path. What an earlier search tried of other parameters stays.
  func keep(for device: OpenCLDevice, in cache: BinaryCache) throws -> String {
    var tuned = self
    let searched = Set(trials.map(\.parameter))
    let earlier = Self.read(for: device, variant, in: cache)?.trials ?? []
    tuned.trials = earlier.filter { !searched.contains($0.parameter) } + trials
    try FileManager.default.createDirectory(atPath: cache.folder, withIntermediateDirectories: true)
    let path = Self.path(for: device, variant, in: cache)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(tuned).write(to: URL(filePath: path), options: .atomic)
    return path
  }
}
