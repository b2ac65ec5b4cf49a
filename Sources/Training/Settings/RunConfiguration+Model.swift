import Datasets
import Models

extension RunConfiguration {
  /// The model of the run.
  public func makeModel() -> any TrainableModel { settings.makeModel(forShape: shape, classCount: classCount) }

  /// What the model is told of a datum.
  public var condition: Condition { settings.condition(forShape: shape, classCount: classCount) }

  /// Whether pixels are counts.
  var areCounts: Bool { settings.likelihood(forShape: shape).isOfCounts }

  /// How a data set's pictures become the data of the model.
  func pixels(of data: DataSet) -> Pixels { Pixels(settings.binarize, of: data, areCounts: areCounts) }
}
