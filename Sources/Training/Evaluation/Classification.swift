import Datasets
import Models
import Runtime
import Tensors

/// What a conditional model of classes makes of labelled data by Bayes' rule, or by the classifier that it was trained with.
///
/// The keys are those of `elbo classify --json`.
public struct Classification: Codable, Hashable, Sendable {
  /// The share of data whose class was not found.
  public var errorRate: Double
  /// The same by the mean evidence lower bound in place of the importance-weighted one; nil of a classifier.
  public var elboErrorRate: Double?
  /// The mean of log p(x|y) at the data's own classes, nats per datum; nil of a classifier.
  public var logLikelihood: Double?
  public var count: Int
  /// Draws of the latent variable for each datum and class; 0 of a classifier.
  public var samples: Int
  /// How many data of each class (rows) were found to be of each (columns).
  public var confusion: [[Int]]

  /// Classifies the data that have a label.
  ///
  /// - Parameters:
  ///   - pixels: how stored pictures become data.
  ///   - samples: draws for each datum and class.
  /// - Throws: `RunError.noLabels` and `.unknownClass`; `ClassificationError` for a model without classes; what the device
  ///   throws.
  public init(
    _ model: any TrainableModel, on data: DataSet, pixels: Pixels, condition: Condition, samples: Int,
    seed: UInt64 = 0, device backend: any Backend
  ) throws {
    guard case .label(let classes) = condition else { throw ClassificationError.noClasses }
    try condition.validate(data)
    guard let data = try data.labeled(), let labels = data.labels else { throw RunError.noLabels(data.name) }
    guard !data.isIncomplete else {
      throw DataError.unsupported(
        path: data.name, found: "classifying data of which numbers are missing", supported: "complete data are")
    }
    let classifier = (model as? SemiSupervisedVAE).map { _ in 0 } ?? samples
    // About as much memory whatever the number of draws.
    let chunk = max(1, min(1000, 20_000 / (max(classifier, 1) * classes)))
    var confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    var (elboErrors, total) = (0, 0.0)
    for start in stride(from: 0, to: data.count, by: chunk) {
      let range = start..<min(start + chunk, data.count)
      let rows = Tensor(range.map(Int32.init))
      let x = pixels(try data.tensor(range), .binarization(range, seed: seed))
      let figures: [Tensor]
      if let model = model as? SemiSupervisedVAE {
        figures = [model.logClassProbabilities(given: x)]
      } else {
        let found = GenerativeClassifier(model, samples: samples)
          .logLikelihoods(of: x) { RandomKey(seed: seed, domain: .evaluation, rows: rows) }
        figures = [found.importanceWeighted, found.elbo]
      }
      let values = try Tensors.evaluate(figures, on: backend).map { try $0.scalars() }
      for (row, datum) in range.enumerated() {
        let own = Int(labels[datum])
        func best(_ values: [Double]) -> Int {
          let scores = values[row * classes..<(row + 1) * classes]
          return scores.indices.max { scores[$0] < scores[$1] }.map { $0 - row * classes } ?? 0
        }
        confusion[own][best(values[0])] += 1
        total += values[0][row * classes + own]
        if values.count > 1, best(values[1]) != own { elboErrors += 1 }
      }
    }
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    errorRate = 1 - Double(right) / Double(data.count)
    elboErrorRate = classifier > 0 ? Double(elboErrors) / Double(data.count) : nil
    logLikelihood = classifier > 0 ? total / Double(data.count) : nil
    count = data.count
    self.samples = classifier
    self.confusion = confusion
  }
}

/// Why a model could not classify.
public enum ClassificationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The model is not conditional on classes.
  case noClasses

  public var description: String {
    "the run's model is not conditional on classes; train one by --model cvae or --model m2"
  }
}
