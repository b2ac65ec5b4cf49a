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

  /// Numbers of one condition.
  public var size: Int {
    switch self {
    case .none: 0
    case .label(let classes): classes
    case .quadrants(_, let shape): shape.reduce(1, *)
    }
  }

  /// The condition that a model takes where nothing else is said: the class.
  init(conditionSize: Int) { self = conditionSize == 0 ? .none : .label(classes: conditionSize) }

  /// Whether the data's labels are read.
  var needsLabels: Bool {
    if case .label = self { true } else { false }
  }

  /// The conditions of data.
  ///
  /// - Parameters:
  ///   - x: what the model sees, (batch, data).
  ///   - labels: int32, (batch); nil where there are none.
  func callAsFunction(_ x: Tensor, labels: Tensor?) -> Tensor? {
    switch self {
    case .none: return nil
    case .label(let classes):
      guard let labels else { fatalError("[condition] the data have no labels") }
      return labels.oneHot(classes)
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

/// How the fields of a data set become what a model sees: pixels as numbers, and the condition.
struct Inputs: Sendable {
  let pixels: Pixels
  let condition: Condition

  /// The fields of some data, pictures as rows and, where they are read, labels: -1 where they are not known.
  ///
  /// - Parameter labeled: how many data keep their labels; all where nil.
  func fields(of data: DataSet, _ range: Range<Int>? = nil, labeled: Int? = nil) -> [Tensor] {
    let pictures = data.rows(range)
    guard condition.needsLabels, var labels = data.labels else { return [pictures] }
    if let labeled { labels = Self.hiding(labels, but: labeled, classes: data.classCount) }
    return [pictures, Tensor(range.map { Array(labels[$0]) } ?? labels)]
  }

  /// What the model sees of fields, (batch, data), and its condition, (batch, size).
  func callAsFunction(_ fields: [Tensor], _ binarization: RandomKey) -> (x: Tensor, condition: Tensor?) {
    let x = pixels(fields[0], binarization)
    return (x, condition(x, labels: fields.count > 1 ? fields[1] : nil))
  }

  /// Labels of which the first so many are kept, as many of each class; -1 instead of the others.
  static func hiding(_ labels: [Int32], but count: Int, classes: Int) -> [Int32] {
    var left = (0..<classes).map { (count + classes - 1 - $0) / classes }
    return labels.map { label in
      guard left[Int(label)] > 0 else { return -1 }
      left[Int(label)] -= 1
      return label
    }
  }
}
