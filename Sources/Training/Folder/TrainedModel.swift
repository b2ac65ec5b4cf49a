import Datasets
import Models
import Tensors

/// A model read back from a run. It needs no data; `openData` finds those that it was trained on.
public struct TrainedModel: Sendable {
  public let model: any TrainableModel
  /// The values of the model's parameters.
  let parameters: ParameterArena
  /// What the model keeps besides them.
  let state: ModelState
  public let configuration: RunConfiguration
  /// How far training was.
  public let progress: RunProgress

  /// Which of a run's checkpoints is meant.
  public enum Choice: String, Sendable, CaseIterable { case latest, best }

  /// Which values of the parameters are meant.
  public enum Weights: String, Sendable, CaseIterable {
    /// Their averages, where the run keeps them; else as they were trained.
    case average
    case trained
  }

  /// Reads a checkpoint of a run.
  ///
  /// - Throws: `RunError` where there is none; `DataError` where a file is damaged.
  public init(_ folder: RunFolder, _ choice: Choice = .latest, weights: Weights = .average) throws {
    configuration = try folder.readConfiguration()
    let path = try choice == .best ? folder.bestCheckpoint() : folder.latestCheckpoint()
    let checkpoint = try Checkpoint(from: path)
    progress = checkpoint.progress
    let model = configuration.makeModel()
    let isAveraged = weights == .average && !checkpoint.averages.isEmpty && checkpoint.progress.step > 0
    parameters = Self.arena(of: model)
    state = try ModelState(model)
    let trained = try state.load(from: checkpoint.split(model.datumParameters).own, of: path)
    try parameters.load(isAveraged ? checkpoint.averages : trained, from: path)
    self.model = model
  }

  private static func arena(of model: some TrainableModel) -> ParameterArena { ParameterArena(model, seed: 0) }

  public var settings: Settings { configuration.settings }

  /// A part of the data that the model was trained on, or of others.
  public struct Part: Sendable {
    public let split: Metrics.Split
    public let data: DataSet
    /// How stored pictures become the data of the model.
    public let pixels: Pixels
    /// Data that are left out, as the model is told labels and they have none.
    public let unlabeledCount: Int
    /// The files that were read to open it, as absolute paths.
    public let files: [String]
  }

  private func part(_ split: Metrics.Split, _ data: DataSet, of source: DataSource) throws -> Part {
    let pixels = configuration.pixels(of: data)
    guard configuration.condition.needsLabels, data.unlabeledCount > 0 else {
      return Part(split: split, data: data, pixels: pixels, unlabeledCount: 0, files: source.files)
    }
    guard let known = try data.labeled() else { throw RunError.noLabels(data.name) }
    return Part(
      split: split, data: known, pixels: pixels, unlabeledCount: data.unlabeledCount, files: source.files)
  }

  /// Opens other data than the run's, such as it was not trained on: those to test with, where there are any.
  ///
  /// - Parameters:
  ///   - name: a name or a path.
  ///   - folder: the only folder in which to look for data by name, and for the run's own, which say how a table is read
  ///     and what the classes are called.
  /// - Throws: `DataError` where they are missing, of another shape than the run's, or for a model of given numbers, which
  ///   other data do not bring; `RunError.dataChanged` where the run's own are not what they were.
  public func openOther(_ name: String, in folder: String? = nil) throws -> Part {
    if case .vector = configuration.condition {
      throw DataError.unsupported(
        path: name, found: "telling a model of given conditions other data",
        supported: "the run's own data, which have their conditions, are")
    }
    let source: DataSource
    var asked = folder.map(settings.relocated) ?? settings
    let areTables = DataSource.isTable(name) && DataSource.isTable(asked.data)
    let areFiles = !DataSource.names.contains(name) && !DataSource.names.contains(asked.data)
    if areTables || configuration.condition.needsLabels && areFiles {
      // A table's numbers are what the columns and the range of the run's make of them, and a class is one of the run's.
      for (place, path) in [asked.data, asked.labels].compactMap(\.self).enumerated() {
        try configuration.validate(path, at: place)
      }
      (asked.test, asked.testLabels, asked.validation) = (name, nil, nil)
      source = try asked.openData()
    } else {
      source = try DataSource.resolve(name, dataFolder: folder)
    }
    let data = source.test ?? source.train
    guard data.datumShape == configuration.shape else {
      throw DataError.mismatched(
        path: name, found: "data of shape \(data.datumShape)", other: settings.data, expected: "\(configuration.shape)")
    }
    return try part(source.test == nil ? .train : .test, data, of: source)
  }

  /// Reads conditions of a model that is told given numbers, in the way of those that it learned with.
  ///
  /// - Parameter folder: the only folder to look for those in, instead of where they were.
  /// - Returns: float32, (n, size).
  /// - Throws: `DataError` where they, or those that the run learned with, cannot be read; `RunError.dataChanged` where the
  ///   latter are not what they were.
  public func readConditions(_ path: String, in folder: String? = nil) throws -> DataArray {
    guard let own = (folder.map(settings.relocated) ?? settings).conditions else {
      throw RunError.noConditions(path, size: configuration.conditionSize)
    }
    try configuration.validate(own, at: settings.labels == nil ? 1 : 2)
    return try DataSource.readConditions(path, like: own)
  }

  /// Finds the run's data again.
  ///
  /// - Parameters:
  ///   - split: the part; where nil, the test data, else those for validation, else those learned from.
  ///   - folder: the only folder to look in, instead of where they were.
  /// - Throws: `RunError` where they changed or have no such part; what reading them throws.
  public func openData(_ split: Metrics.Split? = nil, in folder: String? = nil) throws -> Part {
    let source = try configuration.reopenData(in: folder)
    switch split {
    case nil:
      if let test = source.test { return try part(.test, test, of: source) }
      return try source.validation.map { try part(.validation, $0, of: source) }
        ?? part(.train, source.train, of: source)
    case .train: return try part(.train, source.train, of: source)
    case .validation:
      guard let validation = source.validation else { throw RunError.noValidationData(settings.data) }
      return try part(.validation, validation, of: source)
    case .test:
      guard let test = source.test else { throw RunError.noTestData(settings.data) }
      return try part(.test, test, of: source)
    }
  }
}
