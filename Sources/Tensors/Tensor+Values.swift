import Graphs

// Reading what is realized, without a device.
extension Tensor {
  /// The elements in row-major order, in the Swift type that is the tensor's own: `[Float]` of float32.
  ///
  /// - Throws: `TensorError.notEvaluated` if the tensor is still to be computed.
  public func values<Element: TensorElement>(as element: Element.Type = Element.self) throws -> [Element] {
    guard Element.elementType == type else { trap("values", "elements of \(type) are not \(Element.self)") }
    let bytes = try bytes()
    return [Element](unsafeUninitializedCapacity: count) { elements, initialized in
      UnsafeMutableRawBufferPointer(elements).copyBytes(from: bytes)
      initialized = count
    }
  }

  /// The elements in row-major order as Double, of any type.
  ///
  /// - Throws: `TensorError.notEvaluated` if the tensor is still to be computed.
  public func scalars() throws -> [Double] {
    switch type {
    case .float32: try values(as: Float.self).map(Double.init)
    case .float64: try values(as: Double.self)
    case .int32: try values(as: Int32.self).map(Double.init)
    case .uint32: try values(as: UInt32.self).map(Double.init)
    case .uint8: try values(as: UInt8.self).map(Double.init)
    }
  }

  /// The only element of a tensor.
  ///
  /// - Throws: `TensorError.notEvaluated` if the tensor is still to be computed.
  public func scalar() throws -> Double {
    guard count == 1 else { trap("scalar", "shape \(shape) has not one element") }
    return try scalars()[0]
  }

  /// The elements in row-major order as they lie in memory.
  ///
  /// - Throws: `TensorError.notEvaluated` if the tensor is still to be computed.
  public func bytes() throws -> [UInt8] {
    switch content {
    case .realized(let storage): return try storage.bytes()
    case .constant(let scalar): return scalar.bytes(repeated: count)
    case .node: throw TensorError.notEvaluated(shape, type)
    }
  }
}

extension Scalar {
  fileprivate func bytes(repeated count: Int) -> [UInt8] {
    // What moments and counters begin with; of a large model, gigabytes of it.
    if value == 0, value.sign == .plus { return [UInt8](repeating: 0, count: count * type.byteCount) }
    func bytes<Element: TensorElement>(_ element: Element) -> [UInt8] {
      [Element](repeating: element, count: count).withUnsafeBytes { [UInt8]($0) }
    }
    return switch type {
    case .float32: bytes(Float(value))
    case .float64: bytes(value)
    case .int32: bytes(Int32(value))
    case .uint32: bytes(UInt32(value))
    case .uint8: bytes(UInt8(value))
    }
  }
}
