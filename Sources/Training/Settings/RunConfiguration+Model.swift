import Datasets
import Models

extension RunConfiguration {
  /// The model of the run.
  ///
  /// - Parameter means: of each element over the data; see `Settings.makeModel(forShape:classCount:conditionSize:dataCount:means:)`.
  public func makeModel(means: [Double]? = nil) -> any TrainableModel {
    settings.makeModel(
      forShape: shape, classCount: classCount, conditionSize: conditionSize, dataCount: dataCount, means: means)
  }

  /// What the model is told of a datum.
  public var condition: Condition {
    settings.condition(forShape: shape, classCount: classCount, conditionSize: conditionSize)
  }

  /// Whether pixels are counts.
  var areCounts: Bool { settings.likelihood(forShape: shape).isOfCounts }

  /// How a data set's pictures become the data of the model.
  func pixels(of data: DataSet) -> Pixels { Pixels(settings.binarize, of: data, areCounts: areCounts) }
}
