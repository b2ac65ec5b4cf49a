/// How the elements of an array lie in a file, and what they become in memory.
struct StoredElements: Hashable, Sendable {
  let form: Form
  /// Whether the most significant byte comes first.
  var isBigEndian = false

  /// The types that files know. Those that arrays do not have become the next wider one that holds all their values.
  enum Form: CaseIterable {
    /// Truth values, a byte each: anything but 0 is 1.
    case truth
    case uint8, int8, uint16, int16, int32, uint32, int64, float16
    /// The upper half of a float32.
    case bfloat16
    case float32, float64
  }

  /// The form of elements as arrays hold them.
  init(_ type: DataArray.ElementType) {
    form =
      switch type {
      case .uint8: .uint8
      case .int32: .int32
      case .uint32: .uint32
      case .int64: .int64
      case .float32: .float32
      case .float64: .float64
      }
  }

  init(_ form: Form, isBigEndian: Bool = false) { (self.form, self.isBigEndian) = (form, isBigEndian) }

  /// What they become.
  var type: DataArray.ElementType {
    switch form {
    case .truth, .uint8: .uint8
    case .int8, .uint16, .int16, .int32: .int32
    case .uint32: .uint32
    case .int64: .int64
    case .float16, .bfloat16, .float32: .float32
    case .float64: .float64
    }
  }

  /// Bytes that an element takes in the file.
  var byteCount: Int {
    switch form {
    case .truth, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    default: type.byteCount
    }
  }

  /// Bytes that the elements of a shape take in the file; nil where no memory could hold them, nor those of the shape
  /// without its extents of 0.
  func byteCount(of shape: [Int]) -> Int? {
    var size = byteCount
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: max(1, extent))
      guard !overflow, extent >= 0 else { return nil }
      size = product
    }
    return shape.contains(0) ? 0 : size
  }

  /// Elements as arrays hold them, in the order in which they lie.
  func decoded(_ stored: [UInt8]) -> [UInt8] {
    let bytes = isBigEndian ? ByteOrder.swapped(stored, width: byteCount) : stored
    func widened<Stored: BitwiseCopyable, Element: DataElement>(_: Stored.Type, _ convert: (Stored) -> Element)
      -> [UInt8]
    {
      bytes.withUnsafeBytes { bytes in
        let elements = stride(from: 0, to: bytes.count, by: MemoryLayout<Stored>.size).map {
          convert(bytes.loadUnaligned(fromByteOffset: $0, as: Stored.self))
        }
        return DataArray(elements).bytes
      }
    }
    return switch form {
    case .truth: bytes.map { $0 == 0 ? 0 : 1 }
    case .int8: widened(Int8.self, Int32.init)
    case .uint16: widened(UInt16.self, Int32.init)
    case .int16: widened(Int16.self, Int32.init)
    case .float16: widened(Float16.self, Float.init)
    case .bfloat16: widened(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    default: bytes
    }
  }
}
