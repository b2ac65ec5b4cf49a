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

  /// A part of the data that the model was trained on.
  public struct Part: Sendable {
    public let split: Metrics.Split
    public let data: DataSet
    /// How stored pictures become the data of the model.
    public let pixels: Pixels
  }

  /// Opens other data than the run's, such as it was not trained on: those to test with, where there are any.
  ///
  /// - Parameters:
  ///   - name: a name or a path.
  ///   - folder: the only folder in which to look for data by name, and for the run's own table, which says how another
  ///     is read.
  /// - Throws: `DataError` where they are missing, or of another shape than the run's.
  public func openOther(_ name: String, in folder: String? = nil) throws -> Part {
    let source: DataSource
    var asked = folder.map(settings.relocated) ?? settings
    if DataSource.isTable(name), DataSource.isTable(asked.data) {
      // A table's numbers are what the columns and the range of the run's make of them.
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
    return Part(split: source.test == nil ? .train : .test, data: data, pixels: configuration.pixels(of: data))
  }

  /// Finds the run's data again.
  ///
  /// - Parameters:
  ///   - split: the part; where nil, the test data, else those for validation, else those learned from.
  ///   - folder: the only folder to look in, instead of where they were.
  /// - Throws: `RunError` where they changed or have no such part; what reading them throws.
  public func openData(_ split: Metrics.Split? = nil, in folder: String? = nil) throws -> Part {
    let source = try configuration.reopenData(in: folder)
    func part(_ split: Metrics.Split, _ data: DataSet) -> Part {
      Part(split: split, data: data, pixels: configuration.pixels(of: data))
    }
    switch split {
    case nil:
      let rest = source.validation.map { part(.validation, $0) } ?? part(.train, source.train)
      return source.test.map { part(.test, $0) } ?? rest
    case .train: return part(.train, source.train)
    case .validation:
      guard let validation = source.validation else { throw RunError.noValidationData(settings.data) }
      return part(.validation, validation)
    case .test:
      guard let test = source.test else { throw RunError.noTestData(settings.data) }
      return part(.test, test)
    }
  }
}
