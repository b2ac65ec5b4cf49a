import Datasets
import Tensors

/// What a conditional model is told of a datum, as numbers.
public enum Condition: Hashable, Sendable {
  /// Nothing.
  case none
  /// Its class, one-hot; zeros where it is not known.
  case label(classes: Int)
  /// The pixels of some quadrants: of 1, the lower left; of 2, the left half; of 3, all but the upper right. Zeros
  /// elsewhere. Pictures have this shape: (height, width) or (channels, height, width).
  case quadrants(Int, shape: [Int])
  /// So many numbers that are given beside the data.
  case vector(Int)

  /// Numbers of one condition.
  public var size: Int {
    switch self {
    case .none: 0
    case .label(let classes): classes
    case .quadrants(_, let shape): shape.reduce(1, *)
    case .vector(let size): size
    }
  }

  /// What the likelihood of a model that is told this is called.
  public var likelihoodName: String {
    switch self {
    case .none: "log p(x)"
    case .label, .vector: "log p(x|y)"
    case .quadrants: "log p(hidden|shown)"
    }
  }

  /// The condition that a model takes where nothing else is said: the class.
  init(conditionSize: Int) { self = conditionSize == 0 ? .none : .label(classes: conditionSize) }

  /// Whether the data's labels are read.
  var needsLabels: Bool {
    if case .label = self { true } else { false }
  }

  /// What is told of some data besides the data themselves: nil where nothing is, or they have none.
  func told(of data: DataSet) -> DataArray? {
    switch self {
    case .none, .quadrants: nil
    case .label: data.labels.map { DataArray($0) }
    case .vector: data.conditions
    }
  }

  /// Holds data against what the model is told of them.
  ///
  /// - Throws: `RunError.noLabels` and `.noConditions` where they lack it, `.unknownClass` where it is none of the classes,
  ///   `.incomplete` where part of what is shown may be missing.
  func validate(_ data: DataSet) throws(RunError) {
    switch self {
    case .none: return
    case .quadrants: if data.isIncomplete { throw .incomplete(data.name) }
    case .label(let classes):
      guard let labels = data.labels else { throw .noLabels(data.name) }
      if let label = labels.first(where: { $0 >= classes }) {
        throw .unknownClass(data.name, Int(label), classes: classes)
      }
    case .vector(let size): if data.conditionSize != size { throw .noConditions(data.name, size: size) }
    }
  }

  /// The conditions of data.
  ///
  /// - Parameters:
  ///   - x: what the model sees, (batch, data).
  ///   - told: labels, int32 (batch), or given numbers, (batch, size); nil where there are none.
  func callAsFunction(_ x: Tensor, told: Tensor?) -> Tensor? {
    switch self {
    case .none: return nil
    case .label(let classes):
      guard let told else { fatalError("[condition] the data have no labels") }
      return told.oneHot(classes)
    case .vector:
      guard let told else { fatalError("[condition] the data have no conditions") }
      return told
    case .quadrants: return observed.map { x * $0 }
    }
  }

  /// 1 at the pixels that are shown, else 0: (1, data); nil of other conditions.
  var observed: Tensor? {
    guard case .quadrants(let count, let shape) = self else { return nil }
    let picture = Shape(shape)
    let isLower = Tensor.iota(picture, axis: -2, type: .float32) .>= Double(shape[shape.count - 2] / 2)
    let isLeft = Tensor.iota(picture, axis: -1, type: .float32) .< Double(shape[shape.count - 1] / 2)
    let shown =
      switch count {
      case 1: isLower * isLeft
      case 2: isLeft
      default: 1 - (1 - isLower) * (1 - isLeft)
      }
    return shown.reshaped([1, size])
  }
}

/// Which data keep their labels, and how often those come in an epoch.
public struct Labeling: Hashable, Sendable {
  /// The first so many, as many of each class, or what there are of it; all where nil.
  public var count: Int?
  public var repeats: Int

  public init(count: Int?, repeats: Int = 1) {
    precondition(count ?? 1 > 0 && repeats > 0, "[labeling] \(count ?? 0) data, \(repeats) times")
    (self.count, self.repeats) = (count, repeats)
  }

  /// Data with labels as often as makes them about such a share of an epoch.
  init(count: Int?, of data: DataSet, share: Double?) {
    self.init(count: count)
    let kept = keptCount(of: data)
    guard let share, kept > 0 else { return }
    let repeats = (share / (1 - share) * Double(data.count - kept) / Double(kept)).rounded()
    self.repeats = max(1, Int(min(repeats, 1000)))
  }

  /// The labels of data that are kept, and -1 instead of the others.
  func labels(of data: DataSet) -> [Int32] {
    let labels = data.labels ?? []
    return count.map { Inputs.hiding(labels, but: $0, classes: data.classCount) } ?? labels
  }

  /// How many data keep a label.
  func keptCount(of data: DataSet) -> Int { labels(of: data).count { $0 >= 0 } }

  /// Data in an epoch.
  func epoch(of data: DataSet) -> Int { data.count + (repeats - 1) * keptCount(of: data) }
}
