import Graphs

/// A small realized tensor prints its numbers, one row of the last axis a line; others print shape and type.
extension Tensor: CustomStringConvertible {
  /// Elements up to which a tensor prints its numbers.
  private static let printedCount = 256

  public var description: String {
    let header = "\(type) \(shape)"
    guard count <= Self.printedCount, case .some(let numbers) = try? scalars() else { return header }
    let words = numbers.map(text)
    if rank == 0 { return "\(words[0]) (\(type))" }
    let width = words.map(\.count).max() ?? 0
    let aligned = words.map { String(repeating: " ", count: width - $0.count) + $0 }
    return header + "\n" + brackets(aligned[...], axis: 0)
  }

  private func text(_ value: Double) -> String {
    if !type.isFloatingPoint { return String(Int64(value)) }
    return type == .float32 ? Float(value).description : value.description
  }

  private func brackets(_ words: ArraySlice<String>, axis: Int) -> String {
    if axis == rank - 1 { return "[" + words.joined(separator: ", ") + "]" }
    guard shape[axis] > 0 else { return "[]" }
    let part = words.count / shape[axis]
    let rows = (0..<shape[axis]).map { row in
      let start = words.startIndex + row * part
      return brackets(words[start..<start + part], axis: axis + 1)
    }
    return "[" + rows.joined(separator: ",\n" + String(repeating: " ", count: axis + 1)) + "]"
  }
}
