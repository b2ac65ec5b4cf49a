import Datasets

/// The state of a run between two steps, as one safetensors file.
///
/// Parameters are float32, named by path as PyTorch would name them: `encoder.layers.0.weight` of shape (out, in); beside
/// them stands what the model keeps and does not learn, such as `encoder.norms.0.running_mean`. The optimizer's arrays lie
/// under `optimizer.`; counters and configuration are JSON in the header's `__metadata__`.
/// Averages of the parameters, where the run keeps them, lie under `average.`. `safetensors.torch.load_file` reads the
/// file. A checksum of all of it tells a file that was damaged from a whole one.
public struct Checkpoint: Hashable, Sendable {
  /// The parameters by path, and what the model keeps besides.
  public var parameters: [String: DataArray]
  /// The optimizer's state, by names without `optimizer.`.
  public var optimizer: [String: DataArray]
  /// Moving averages of the parameters by their paths; empty where none are kept.
  public var averages: [String: DataArray]
  public var progress: RunProgress
  public var configuration: RunConfiguration

  public init(
    parameters: [String: DataArray], optimizer: [String: DataArray], averages: [String: DataArray] = [:],
    progress: RunProgress, configuration: RunConfiguration
  ) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.averages = averages
    self.progress = progress
    self.configuration = configuration
  }

  private enum Key {
    static let optimizer = "optimizer."
    static let average = "average."
    static let progress = "counters"
    static let configuration = "configuration"
    static let checksum = "crc32"
  }

  /// Writes the file, whole or not at all.
  public func write(to path: String) throws {
    var tensors = parameters
    for (name, array) in optimizer { tensors[Key.optimizer + name] = array }
    for (name, array) in averages { tensors[Key.average + name] = array }
    var metadata = [
      "format": "pt",
      Key.progress: String(decoding: try JSON.encoded(progress), as: UTF8.self),
      Key.configuration: String(decoding: try JSON.encoded(configuration), as: UTF8.self),
    ]
    metadata[Key.checksum] = Self.checksum(of: tensors, metadata)
    try Safetensors(tensors: tensors, metadata: metadata).write(to: path)
  }

  /// Reads a file.
  ///
  /// - Throws: `DataError` where it is damaged, or is a safetensors file of something else.
  public init(from path: String) throws {
    let file = try Safetensors.read(path)
    guard let progress = file.metadata[Key.progress], let configuration = file.metadata[Key.configuration] else {
      throw DataError.malformed(
        path: path, found: "a safetensors file without counters and configuration", expected: "a checkpoint of a run")
    }
    let checksum = Self.checksum(of: file.tensors, file.metadata)
    if let written = file.metadata[Key.checksum], written != checksum {
      throw DataError.malformed(
        path: path, found: "damaged, with the checksum \(checksum)", expected: "\(written), as it was written")
    }
    do {
      self.progress = try JSON.decoded(RunProgress.self, from: Array(progress.utf8))
      self.configuration = try JSON.decoded(RunConfiguration.self, from: Array(configuration.utf8))
    } catch {
      throw DataError.malformed(
        path: path, found: "counters or a configuration that are not understood",
        expected: "a checkpoint of version \(RunConfiguration.Versions.current.elbo)")
    }
    func arrays(under prefix: String) -> [String: DataArray] {
      Dictionary(
        uniqueKeysWithValues: file.tensors.compactMap { name, array in
          name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), array) : nil
        })
    }
    parameters = file.tensors.filter { !$0.key.hasPrefix(Key.optimizer) && !$0.key.hasPrefix(Key.average) }
    optimizer = arrays(under: Key.optimizer)
    averages = arrays(under: Key.average)
  }

  /// Whether a file with this metadata is a checkpoint.
  static func isOne(_ metadata: [String: String]) -> Bool {
    metadata[Key.progress] != nil && metadata[Key.configuration] != nil
  }

  /// Over the arrays and the texts, each in order of their names.
  private static func checksum(of tensors: [String: DataArray], _ metadata: [String: String]) -> String {
    var sum = Checksum()
    for (name, array) in tensors.sorted(by: { $0.key < $1.key }) {
      sum.add(Array(name.utf8))
      sum.add(array.bytes)
    }
    for key in [Key.configuration, Key.progress] { sum.add(Array((metadata[key] ?? "").utf8)) }
    return sum.text
  }
}

/// How far a run is.
public struct RunProgress: Codable, Hashable, Sendable {
  /// Batches trained on.
  public var step = 0
  /// Whole passes over the data.
  public var epoch = 0
  /// Data of the current pass that were trained on.
  public var position = 0
  /// Seconds of work so far.
  public var seconds = 0.0
  /// Of the batches that no line of metrics tells of yet.
  public var sums = MetricSums()
  /// The largest objective so far, on the test data where there are any.
  public var best: Best?
  /// Lines that were judged since then and were no better.
  public var judgedSinceBest = 0
  /// The same, since the learning rate was last lowered for it.
  public var judgedSinceLowering = 0
  /// What the schedule's learning rate is multiplied by: 1 until it is lowered.
  public var rateFactor = 1.0
  /// Whether training ended before its last step, as nothing became better.
  public var isStopped = false

  /// Where a run was best.
  public struct Best: Codable, Hashable, Sendable {
    public var step: Int
    public var objective: Double
  }

  public init() {}
}
