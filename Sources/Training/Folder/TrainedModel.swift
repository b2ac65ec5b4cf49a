import Datasets
import Models
import Tensors

/// A model read back from a run, with the data that it was trained on.
public struct TrainedModel: Sendable {
  public let model: VAE
  public let configuration: RunConfiguration
  public let data: DataSource
  /// How far training was.
  public let progress: RunProgress

  /// Which of a run's checkpoints is meant.
  public enum Choice: String, Sendable, CaseIterable { case latest, best }

  /// Reads a checkpoint of a run.
  ///
  /// - Parameters:
  ///   - dataFolder: the only folder to look for the data in, instead of where they were.
  /// - Throws: `RunError` where there is no checkpoint, or the data changed; `DataError` where a file is damaged.
  public init(_ folder: RunFolder, _ choice: Choice = .latest, dataFolder: String? = nil) throws {
    let path = try choice == .best ? folder.bestCheckpoint() : folder.latestCheckpoint()
    let checkpoint = try Checkpoint(from: path)
    configuration = try folder.readConfiguration()
    data = try configuration.reopenData(in: dataFolder)
    progress = checkpoint.progress
    model = configuration.settings.makeModel(for: data.train)
    try ParameterArena(model, seed: 0).load(checkpoint.parameters, from: path)
  }

  public var settings: Settings { configuration.settings }

  /// How stored pictures become the data of the model.
  public var pixels: Pixels { Pixels(settings.binarize, range: data.train.valueRange) }

  /// The data of a part; the training data where the run had none to test with and no part is named.
  ///
  /// - Throws: `RunError.noTestData`.
  public func data(_ split: Metrics.Split?) throws(RunError) -> (split: Metrics.Split, data: DataSet) {
    switch split {
    case .train: return (.train, data.train)
    case .test:
      guard let test = data.test else { throw .noTestData(settings.data) }
      return (.test, test)
    case nil: return data.test.map { (.test, $0) } ?? (.train, data.train)
    }
  }
}
