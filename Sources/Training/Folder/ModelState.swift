import Datasets
import Runtime
import Tensors

/// What a model keeps and does not learn, such as the running means of `BatchNorm`, as named arrays.
struct ModelState: Sendable {
  /// Each variable once, under its first path.
  let entries: [ParameterList.StateEntry]
  /// What the variables began with.
  private let initial: [Tensor]

  /// Reads what the variables begin with.
  ///
  /// What files could not hold traps: two of a path, one of a parameter's, and numbers other than float32.
  init(_ model: some Parameterized) throws {
    let list = model.parameters
    var known: Set<ObjectIdentifier> = []
    entries = list.state.filter { known.insert(ObjectIdentifier($0.variable)).inserted }
    var paths = Set(list.entries.map(\.path))
    for entry in entries {
      guard paths.insert(entry.path).inserted else { fatalError("[state] two arrays are named \(entry.path)") }
      guard entry.variable.type == .float32 else {
        fatalError("[state] \(entry.path) is of \(entry.variable.type), and files keep float32")
      }
    }
    initial = try entries.map { try $0.variable.value() }
  }

  /// Places the variables on a device.
  init(_ model: some Parameterized, on backend: any Backend) throws {
    try self.init(model)
    for entry in entries { _ = try entry.variable.storage.buffer(on: backend) }
  }

  /// By path, as PyTorch names them.
  func arrays() throws -> [String: DataArray] {
    Dictionary(
      uniqueKeysWithValues: try entries.map { entry in
        let value = try entry.variable.value()
        return (entry.path, DataArray(bytes: try value.bytes(), type: .float32, shape: value.shape.dimensions))
      })
  }

  /// Takes the values from the arrays of a file, and gives those that are left.
  ///
  /// - Throws: `DataError.malformed` where an array is missing or of another shape.
  func load(from arrays: [String: DataArray], of path: String) throws -> [String: DataArray] {
    var left = arrays
    for entry in entries {
      let array = try arrays.array(entry.path, "", entry.variable.shape.dimensions, .float32, in: path)
      try entry.variable.write(Tensor(bytes: array.bytes, shape: entry.variable.shape, type: .float32))
      left[entry.path] = nil
    }
    return left
  }

  /// The values as they began.
  func reset() throws {
    for (entry, value) in zip(entries, initial) { try entry.variable.write(value) }
  }
}
