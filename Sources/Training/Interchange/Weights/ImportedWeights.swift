import Datasets
import Layers
import Models

/// Weights that something else wrote, or `elbo export`, on their way to become a run.
public struct ImportedWeights: Sendable {
  public let path: String
  /// By the names of the file.
  private let stored: [String: DataArray]
  private let names: WeightNames?
  /// What `elbo export` says of them.
  private let description: ModelDescription?

  /// Reads a safetensors or npz file.
  ///
  /// - Parameter names: a file that says what becomes what; see `WeightNames`.
  /// - Throws: `DataError` for a file that is neither, or damaged.
  public init(_ path: String, names: String? = nil) throws {
    self.path = path
    self.names = try names.map(WeightNames.init)
    let file = try NamedArrays(from: path)
    guard !Checkpoint.isOne(file.metadata) else {
      throw DataError.unsupported(
        path: path, found: "a checkpoint of a run", supported: "what 'elbo export RUN' writes of it is")
    }
    var arrays = file.arrays
    let json = arrays.removeValue(forKey: ModelDescription.key)?.bytes
    stored = arrays
    description = try (json ?? file.metadata[ModelDescription.key].map { Array($0.utf8) }).map { json in
      guard let found = try? JSON.decoded(ModelDescription.self, from: json) else {
        throw DataError.malformed(
          path: path, found: "a description of the model that is not understood",
          expected: "one of version \(RunConfiguration.Versions.current.elbo)")
      }
      return found
    }
  }

  /// Settings with what `elbo export` says of the model; defaults where something else wrote the file.
  public var settings: Settings { description?.settings ?? Settings() }

  /// The settings with sizes as the weights of an encoder have them.
  public func sized(_ settings: Settings) throws(ImportError) -> Settings {
    var settings = settings
    let arrays = try arrays(for: settings)
    guard arrays.keys.contains(where: { $0.hasPrefix("encoder.") }) else { return settings }
    /// The shape of a layer's weights, which has sizes of its inputs and outputs.
    func shape(_ name: String, ranks: [Int]) throws(ImportError) -> [Int]? {
      guard let shape = arrays[name]?.shape else { return nil }
      guard ranks.contains(shape.count), shape.allSatisfy(Self.extents.contains) else {
        throw .notALayer(path: path, parameter: name, found: shape)
      }
      return shape
    }
    var layers: [[Int]] = []
    var ranks = [2, 4]
    while let shape = try shape("encoder.layers.\(layers.count).weight", ranks: ranks) {
      layers.append(shape)
      ranks = [shape.count]
    }
    let outputs = layers.map { $0[0] }
    if layers.first?.count == 4 {
      settings.network = arrays.keys.contains { $0.hasPrefix("encoder.blocks.") } ? .resnet : .conv
      settings.channels = outputs
    } else {
      settings.network = .mlp
      settings.hidden = outputs
    }
    for head in ["logRate", "mean"] {
      if let latent = try shape("encoder.\(head).weight", ranks: [2])?[0] { settings.latent = latent }
    }
    return settings
  }

  /// Sizes that a layer may have.
  private static let extents = 1...100_000_000

  /// How many numbers the first layer of a network of linear layers reads.
  public func inputCount(_ settings: Settings) throws(ImportError) -> Int? {
    let arrays = try arrays(for: settings)
    let first = ["layers.0", "mean", "logRate"].lazy.compactMap { arrays["encoder.\($0).weight"]?.shape }.first
    return first?.count == 2 ? first?.last : nil
  }

  /// The parameters of the model that settings describe for data, by path, float32.
  ///
  /// - Throws: `ImportError` for the first array that does not fit.
  public func parameters(
    of settings: Settings, shape: [Int], classCount: Int, conditionSize: Int = 0
  ) throws(ImportError) -> [String: DataArray] {
    var settings = settings
    // What the data decide also decides what the example's last layer is.
    settings.likelihood = settings.likelihood(forShape: shape)
    let condition = settings.condition(
      forShape: shape, classCount: classCount, conditionSize: conditionSize
    ).size
    if let inputs = try inputCount(settings), inputs != shape.reduce(1, *) + condition {
      throw .dataMismatch(path: path, inputs: inputs, data: settings.data, shape: shape, condition: condition)
    }
    // How many batches were seen is no part of the model; PyTorch counts them beside running statistics.
    let arrays = try arrays(for: settings).filter { !$0.key.hasSuffix(".num_batches_tracked") }
    let model = settings.makeModel(forShape: shape, classCount: classCount, conditionSize: conditionSize).parameters
    let expected =
      model.entries.map { (path: $0.path, shape: $0.parameter.shape.dimensions) }
      + model.state.map { (path: $0.path, shape: $0.variable.shape.dimensions) }
    for entry in expected {
      guard let array = arrays[entry.path], array.shape != entry.shape else { continue }
      throw .wrongShape(path: path, parameter: entry.path, found: array.shape, expected: entry.shape)
    }
    let missing = expected.map(\.path).filter { arrays[$0] == nil }
    let known = Set(expected.map(\.path))
    if let name = arrays.keys.filter({ !known.contains($0) }).min() {
      throw .unknown(path: path, name: name, parameters: missing)
    }
    if let parameter = missing.first { throw .missing(path: path, parameter: parameter) }
    var parameters: [String: DataArray] = [:]
    for entry in expected {
      parameters[entry.path] = try arrays[entry.path].map { array throws(ImportError) in
        try float32(array, entry.path)
      }
    }
    return parameters
  }

  /// The arrays by our paths, as far as names say.
  private func arrays(for settings: Settings) throws(ImportError) -> [String: DataArray] {
    if let names { return try names.applied(to: stored, from: path) }
    guard WeightNames.isExample(stored.keys) else { return stored }
    let readsLogits = [nil, .bernoulli, .continuousBernoulli].contains(settings.likelihood)
    return try WeightNames.example(readout: readsLogits ? "logits" : "mean").applied(to: stored, from: path)
  }

  private func float32(_ array: DataArray, _ name: String) throws(ImportError) -> DataArray {
    let numbers: [Float]
    switch array.type {
    case .float32: numbers = array.elements()
    case .float64: numbers = array.elements(as: Double.self).map(Float.init)
    default: throw .wrongType(path: path, name: name, found: "\(array.type)")
    }
    guard let place = numbers.firstIndex(where: { !$0.isFinite }) else { return DataArray(numbers, shape: array.shape) }
    throw .notFinite(path: path, name: name, found: "\(numbers[place])")
  }
}
