import Datasets
import Tensors

/// Which numbers of a datum are taken for missing.
public enum Hiding: Hashable, Sendable {
  /// A share of all pixels, drawn for each picture.
  case fraction(Double)
  /// One quarter of each picture.
  case quadrant(Quadrant)
  /// Those that are 0 in an array of the picture's shape.
  case mask([Bool])

  public enum Quadrant: String, Sendable, CaseIterable {
    case upperLeft = "upper-left"
    case upperRight = "upper-right"
    case lowerLeft = "lower-left"
    case lowerRight = "lower-right"
  }

  /// 1 where a pixel is known, else 0: (count, data).
  ///
  /// - Parameter shape: of a picture: its last two extents are rows and columns.
  func observed(_ count: Int, shape: [Int], _ key: RandomKey) -> Tensor {
    let size = shape.reduce(1, *)
    let all: Shape = [count, size]
    switch self {
    case .fraction(let share): return (key.uniform(all) .>= share).cast(to: .float32)
    case .mask(let isKnown):
      return Tensor(isKnown.map { $0 ? 1 : 0 as Float }, shape: [1, size]).broadcast(to: all)
    case .quadrant(let quadrant):
      let picture = Shape(shape)
      let isLower = Tensor.iota(picture, axis: -2, type: .float32) .>= Double(shape[shape.count - 2] / 2)
      let isRight = Tensor.iota(picture, axis: -1, type: .float32) .>= Double(shape[shape.count - 1] / 2)
      let vertical = quadrant.rawValue.hasPrefix("lower") ? isLower : 1 - isLower
      let horizontal = quadrant.rawValue.hasSuffix("right") ? isRight : 1 - isRight
      return (1 - vertical * horizontal).reshaped([1, size]).broadcast(to: all)
    }
  }

  /// A mask from a file of numbers, 0 where a pixel is missing.
  ///
  /// - Throws: `DataError` where it cannot be read or is of another shape.
  public static func reading(_ path: String, shape: [Int]) throws -> Hiding {
    let array = try NPY.read(path)
    guard array.count == shape.reduce(1, *) else {
      throw DataError.malformed(path: path, found: "shape \(array.shape)", expected: "a mask of shape \(shape)")
    }
    return .mask(array.numbers().map { $0 != 0 })
  }
}
