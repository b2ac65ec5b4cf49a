import Graphs
import Plans

extension Kernel {
  /// What a kernel computes, one line for each instruction, for a reader.
  var listing: String {
    var lines = ["\(formDescription) over \(Shape(domain))"]
    lines += arguments.enumerated().map { "  argument \($0.offset): \($0.element)" }
    lines += body.lines + stores.map(\.line)
    if case .reduce(let reduction) = form {
      for (op, value) in zip(reduction.ops, reduction.values) { lines.append("  reduce \(op) of %\(value)") }
      if let chunk = reduction.chunk { lines.append("  in pieces of \(chunk)") }
      lines.append("finish")
      lines += reduction.finish.lines + reduction.finishStores.map(\.line)
    }
    return lines.joined(separator: "\n")
  }

  private var formDescription: String {
    switch form {
    case .map: "map"
    case .reduce(let reduction):
      "reduce the last \(reduction.reducedRank) dimensions" + (reduction.products.map { " of \($0.listing)" } ?? "")
    case .matmul(let x): x.listing
    case .convolution(let x): "convolution \(x.role)"
    }
  }
}

extension Contraction {
  fileprivate var listing: String {
    "matmul \(type) \(batch) x (\(rows), \(columns)), depth "
      + products.map { String($0.depth) }.joined(separator: ", ")
  }
}

extension Store {
  fileprivate var line: String { "  argument \(argument)\(at.text) = %\(value)" }
}

extension Affine {
  /// Such as `[8 + 784 i0 + i1]`.
  fileprivate var text: String {
    var terms = strides.enumerated().compactMap { d, stride in
      stride == 0 ? nil : (stride == 1 ? "" : "\(stride) ") + "i\(d)"
    }
    if offset != 0 || terms.isEmpty { terms.insert(String(offset), at: 0) }
    return "[" + terms.joined(separator: " + ") + "]"
  }
}

extension Expression {
  fileprivate var lines: [String] {
    zip(instructions, types).enumerated().map { "  %\($0.offset) = \($0.element.0.text) : \($0.element.1)" }
  }
}

extension Expression.Instruction {
  fileprivate var text: String {
    func rowText(_ row: IndirectRow?) -> String { row.map { " row %\($0.row) of \($0.count) by \($0.stride)" } ?? "" }
    func boundText(_ bounds: [Bound]) -> String {
      bounds.map { " where 0 <= \($0.index.text) < \($0.extent)" }.joined()
    }
    switch self {
    case .constant(let scalar): return "\(scalar.value)"
    case .load(let argument, let at, let row, let bounds):
      return "argument \(argument)\(at.text)\(rowText(row))\(boundText(bounds))"
    case .index(let at): return "index \(at.text)"
    case .inside(let bounds): return "inside\(boundText(bounds))"
    case .accumulator(let number): return "accumulator \(number)"
    case .unary(let op, let x): return "\(op) %\(x)"
    case .binary(let op, let x, let y): return "\(op) %\(x) %\(y)"
    case .select(let x, let y, let z): return "select %\(x) %\(y) %\(z)"
    case .cast(let x): return "cast %\(x)"
    case .random(let kind, let stream, let state, let at, let row):
      return "random \(kind) stream \(stream) state argument \(state) at \(at.text)\(rowText(row))"
    case .shuffle(let count, let position, let epoch, let low, let high):
      return "shuffle \(count) %\(position) %\(epoch) %\(low) %\(high)"
    }
  }
}
