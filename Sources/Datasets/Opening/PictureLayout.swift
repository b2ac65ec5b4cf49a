/// Which dimension of an array of data is which.
///
/// (n, d) are rows of a table, (n, h, w) grey pictures. Of four dimensions the last is the channels where it is 1 or 3
/// (n, h, w, c), as NumPy, TensorFlow and most files have it; else the second is where that is 1 or 3 (n, c, h, w), as
/// PyTorch has it. One channel is none: pictures come as (h, w) or (3, h, w).
struct PictureLayout: Hashable, Sendable {
  /// The shape of one datum: (d), (h, w) or (3, h, w).
  let datumShape: [Int]
  /// Whether the channels of a pixel lie side by side.
  let isChannelsLast: Bool

  /// Takes the shape of an array of data; `path` is for messages.
  init(_ shape: [Int], path: String) throws(DataError) {
    let expected = "data (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w) with 1 or 3 channels"
    guard (2...4).contains(shape.count), shape.dropFirst().allSatisfy({ $0 > 0 }) else {
      throw .malformed(path: path, found: "shape \(shape)", expected: expected)
    }
    guard shape[0] > 0 else { throw .empty(path: path, expected: "at least one datum") }
    guard shape.count == 4 else {
      (datumShape, isChannelsLast) = (Array(shape.dropFirst()), false)
      return
    }
    let channels = [1, 3]
    guard channels.contains(shape[3]) || channels.contains(shape[1]) else {
      throw .malformed(path: path, found: "shape \(shape)", expected: expected)
    }
    isChannelsLast = channels.contains(shape[3])
    let picture = isChannelsLast ? [shape[3], shape[1], shape[2]] : Array(shape.dropFirst())
    datumShape = picture[0] == 1 ? Array(picture.dropFirst()) : picture
  }

  /// Data of the shape that this was made of, as (n, datum's shape).
  func arranged(_ array: DataArray) -> DataArray {
    let moved = isChannelsLast && array.shape[3] > 1 ? array.permuted([0, 3, 1, 2]) : array
    return moved.reshaped(to: [array.rowCount] + datumShape)
  }
}
