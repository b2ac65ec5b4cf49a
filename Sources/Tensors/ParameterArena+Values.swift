import Graphs

/// Why values could not be loaded into an arena.
public enum ParameterError: Error, Hashable, Sendable {
  /// The values lack these parameters.
  case missing([String])
  /// No parameter has these paths.
  case unexpected([String])
  /// A value is not of its parameter's shape and type.
  case mismatch(path: String, expected: String, found: String)
}

extension ParameterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let paths): "no value for \(Self.list(paths))"
    case .unexpected(let paths): "the model has no parameter \(Self.list(paths))"
    case .mismatch(let path, let expected, let found): "\(path) is \(expected) in the model, and the value is \(found)"
    }
  }

  private static func list(_ paths: [String]) -> String {
    let shown = paths.prefix(4).joined(separator: ", ")
    return paths.count > 4 ? "\(shown) and \(paths.count - 4) more" : shown
  }
}

// Values in and out, by path and on the host.
extension ParameterArena {
  /// The place of a parameter, or nil if there is none of that path.
  public func entry(at path: String) -> Entry? { parameters.first { $0.path == path } }

  /// A copy of a parameter's value, or nil if there is none of that path.
  ///
  /// - Throws: `TensorError.notEvaluated` if the parameters have not been asked for on a device yet.
  public func value(of path: String) throws -> Tensor? {
    guard let entry = entry(at: path) else { return nil }
    return Tensor(bytes: Array(try variable.storage.bytes()[bytes(of: entry)]), shape: entry.shape, type: type)
  }

  /// Copies of all values by path, in order of declaration.
  ///
  /// - Throws: `TensorError.notEvaluated` if the parameters have not been asked for on a device yet.
  public func values() throws -> [(path: String, value: Tensor)] {
    let all = try variable.storage.bytes()
    return parameters.map { ($0.path, Tensor(bytes: Array(all[bytes(of: $0)]), shape: $0.shape, type: type)) }
  }

  /// Replaces the values of parameters by path; `partially` leaves those alone that have no new value.
  ///
  /// - Throws: `ParameterError` if the values are not those of this model, and nothing is changed; what reading them
  ///   throws.
  public func load(_ values: [String: Tensor], partially: Bool = false) throws {
    let known = Set(parameters.map(\.path))
    let unexpected = values.keys.filter { !known.contains($0) }.sorted()
    guard unexpected.isEmpty else { throw ParameterError.unexpected(unexpected) }
    let missing = parameters.map(\.path).filter { values[$0] == nil }
    guard partially || missing.isEmpty else { throw ParameterError.missing(missing) }

    let size = variable.storage.byteCount
    var all = missing.isEmpty ? [UInt8](repeating: 0, count: size) : try variable.storage.bytes()
    for entry in parameters {
      guard let value = values[entry.path] else { continue }
      guard value.shape == entry.shape, value.type == type else {
        throw ParameterError.mismatch(
          path: entry.path, expected: "\(type) \(entry.shape)", found: "\(value.type) \(value.shape)")
      }
      all.replaceSubrange(bytes(of: entry), with: try value.bytes())
    }
    try variable.storage.write(all)
  }

  private func bytes(of entry: Entry) -> Range<Int> {
    entry.range.lowerBound * type.byteCount..<entry.range.upperBound * type.byteCount
  }
}
