import Datasets

/// The state of a run between two steps, as one safetensors file.
///
/// Parameters are float32, named by path as PyTorch would name them: `encoder.layers.0.weight` of shape (out, in). The
/// optimizer's arrays lie under `optimizer.`; counters and configuration are JSON in the header's `__metadata__`.
/// `safetensors.torch.load_file` reads the file.
public struct Checkpoint: Hashable, Sendable {
  /// The parameters by path.
  public var parameters: [String: DataArray]
  /// The optimizer's state, by names without `optimizer.`.
  public var optimizer: [String: DataArray]
  public var progress: RunProgress
  public var configuration: RunConfiguration

  public init(
    parameters: [String: DataArray], optimizer: [String: DataArray], progress: RunProgress,
    configuration: RunConfiguration
  ) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.progress = progress
    self.configuration = configuration
  }

  private enum Key {
    static let optimizer = "optimizer."
    static let progress = "counters"
    static let configuration = "configuration"
  }

  /// Writes the file, whole or not at all.
  public func write(to path: String) throws {
    var tensors = parameters
    for (name, array) in optimizer { tensors[Key.optimizer + name] = array }
    let metadata = [
      "format": "pt",
      Key.progress: String(decoding: try JSON.encoded(progress), as: UTF8.self),
      Key.configuration: String(decoding: try JSON.encoded(configuration), as: UTF8.self),
    ]
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
    do {
      self.progress = try JSON.decoded(RunProgress.self, from: Array(progress.utf8))
      self.configuration = try JSON.decoded(RunConfiguration.self, from: Array(configuration.utf8))
    } catch {
      throw DataError.malformed(
        path: path, found: "counters or a configuration that are not understood",
        expected: "a checkpoint of version \(RunConfiguration.Versions.current.elbo)")
    }
    parameters = file.tensors.filter { !$0.key.hasPrefix(Key.optimizer) }
    optimizer = Dictionary(
      uniqueKeysWithValues: file.tensors.compactMap { name, array in
        name.hasPrefix(Key.optimizer) ? (String(name.dropFirst(Key.optimizer.count)), array) : nil
      })
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

  /// Where a run was best.
  public struct Best: Codable, Hashable, Sendable {
    public var step: Int
    public var objective: Double
  }

  public init() {}
}
