/// Elements of one type in row-major order: what files hold and data sets are made of.
///
/// The bytes are little-endian, as every format but IDX stores them and every machine this runs on reads them.
public struct DataArray: Hashable, Sendable {
  /// The extents of the dimensions, outermost first; none for a single element.
  public let shape: [Int]
  public let type: ElementType
  /// `count * type.byteCount` bytes.
  public let bytes: [UInt8]

  /// The elements' types.
  public enum ElementType: Hashable, Sendable, CaseIterable {
    case uint8, int32, uint32, int64, float32, float64

    /// Bytes that one element takes.
    public var byteCount: Int {
      switch self {
      case .uint8: 1
      case .int32, .uint32, .float32: 4
      case .int64, .float64: 8
      }
    }
  }

  /// Takes bytes as they lie; traps where they do not fill `shape`.
  public init(bytes: [UInt8], type: ElementType, shape: [Int]) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && bytes.count == shape.reduce(type.byteCount, *),
      "[DataArray] \(bytes.count) bytes do not fill \(type) of shape \(shape)")
    self.bytes = bytes
    self.type = type
    self.shape = shape
  }

  /// Takes elements in row-major order; traps where they do not fill `shape`. One dimension unless `shape` is given.
  public init<Element: DataElement>(_ elements: [Element], shape: [Int]? = nil) {
    self.init(
      bytes: elements.withUnsafeBytes { [UInt8]($0) }, type: Element.elementType, shape: shape ?? [elements.count])
  }

  /// How many elements there are.
  public var count: Int { bytes.count / type.byteCount }

  /// How many rows there are: the outermost extent, or 1 for a single element.
  public var rowCount: Int { shape.first ?? 1 }

  /// How many bytes one row takes.
  public var rowByteCount: Int { shape.dropFirst().reduce(type.byteCount, *) }

  /// The elements as Swift numbers; traps where `type` is another.
  public func elements<Element: DataElement>(as _: Element.Type = Element.self) -> [Element] {
    precondition(Element.elementType == type, "[DataArray] elements are \(type), not \(Element.elementType)")
    return [Element](unsafeUninitializedCapacity: count) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      count = self.count
    }
  }

  /// Some of the rows, in order.
  public subscript(rows: Range<Int>) -> DataArray {
    precondition(
      !shape.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= rowCount,
      "[DataArray] rows \(rows) of shape \(shape)")
    return DataArray(
      bytes: Array(bytes[rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount]), type: type,
      shape: [rows.count] + shape.dropFirst())
  }

  /// The same elements in another shape; traps where it holds another number of them.
  public func reshaped(to shape: [Int]) -> DataArray { DataArray(bytes: bytes, type: type, shape: shape) }
}

extension DataArray {
  /// The same elements with their dimensions in another order, as NumPy's `transpose`: dimension i of the result is
  /// dimension `order[i]` of this. Traps where `order` does not name each dimension once.
  public func permuted(_ order: some Collection<Int>) -> DataArray {
    let order = Array(order)
    precondition(order.sorted() == Array(shape.indices), "[DataArray] dimensions \(order) of shape \(shape)")
    let extents = order.map { shape[$0] }
    guard count > 0 else { return reshaped(to: extents) }
    // How far apart in memory the neighbours along each dimension of the result lie.
    let strides = order.map { shape[($0 + 1)...].reduce(type.byteCount, *) }
    func moved<Word: BitwiseCopyable>(_: Word.Type) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: bytes.count) { result, filled in
        bytes.withUnsafeBytes { source in
          let inner = extents.last ?? 1
          let innerStride = strides.last ?? 0
          var place = [Int](repeating: 0, count: max(0, extents.count - 1))
          var offset = 0
          for start in stride(from: 0, to: source.count, by: inner * MemoryLayout<Word>.size) {
            for index in 0..<inner {
              let word = source.loadUnaligned(fromByteOffset: offset + index * innerStride, as: Word.self)
              UnsafeMutableRawBufferPointer(result).storeBytes(
                of: word, toByteOffset: start + index * MemoryLayout<Word>.size, as: Word.self)
            }
            // The next line along the last dimension.
            var axis = place.count - 1
            while axis >= 0 {
              place[axis] += 1
              offset += strides[axis]
              if place[axis] < extents[axis] { break }
              offset -= strides[axis] * extents[axis]
              place[axis] = 0
              axis -= 1
            }
          }
          filled = source.count
        }
      }
    }
    let moved =
      switch type.byteCount {
      case 1: moved(UInt8.self)
      case 4: moved(UInt32.self)
      default: moved(UInt64.self)
      }
    return DataArray(bytes: moved, type: type, shape: extents)
  }
}

extension DataArray.ElementType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .uint8: "uint8"
    case .int32: "int32"
    case .uint32: "uint32"
    case .int64: "int64"
    case .float32: "float32"
    case .float64: "float64"
    }
  }
}

/// A Swift number that an array of data can hold.
public protocol DataElement: BitwiseCopyable, Sendable {
  static var elementType: DataArray.ElementType { get }
}

extension UInt8: DataElement { public static let elementType = DataArray.ElementType.uint8 }
extension Int32: DataElement { public static let elementType = DataArray.ElementType.int32 }
extension UInt32: DataElement { public static let elementType = DataArray.ElementType.uint32 }
extension Int64: DataElement { public static let elementType = DataArray.ElementType.int64 }
extension Float: DataElement { public static let elementType = DataArray.ElementType.float32 }
extension Double: DataElement { public static let elementType = DataArray.ElementType.float64 }

#if _endian(big)
  #error("arrays of data are little-endian in memory")
#endif
