import Datasets
import Optimizers
import Tensors

// The state of parameters and optimizer as named arrays.
extension Trainer {
  /// The parameters by path, and what the model keeps besides.
  func parameterArrays() throws -> [String: DataArray] {
    let learned = try minimizers.map { try $0.arena.arrays() }
    return try learned.reduce(state.arrays()) { $0.merging($1) { own, _ in own } }
  }

  /// What the optimizers keep, parameter by parameter, `firstMoment.encoder.layers.0.weight`; and counters such as `step`,
  /// in which they agree.
  func optimizerArrays() throws -> [String: DataArray] {
    var arrays: [String: DataArray] = [:]
    for (name, variable) in minimizer.counters {
      let value = try variable.value()
      arrays[name] =
        variable.type == .uint32
        ? DataArray(try value.values(as: UInt32.self).map(Int32.init(bitPattern:)))
        : DataArray(try value.values(as: Float.self))
    }
    for minimizer in minimizers {
      for (name, variable) in minimizer.parameterState {
        for (path, array) in try arraysByPath(of: variable, in: minimizer.arena) { arrays["\(name).\(path)"] = array }
      }
    }
    return arrays
  }

  /// The averages of the parameters by path; none where none are kept.
  func averageArrays() throws -> [String: DataArray] {
    try minimizer.average.map { try arraysByPath(of: $0, in: minimizer.arena) } ?? [:]
  }

  /// What a variable holds for each parameter, by path.
  private func arraysByPath(of variable: Variable, in arena: ParameterArena) throws -> [String: DataArray] {
    let values = try variable.value().values(as: Float.self)
    return Dictionary(
      uniqueKeysWithValues: arena.parameters.map { entry in
        (entry.path, DataArray(Array(values[entry.range]), shape: entry.shape.dimensions))
      })
  }

  /// Takes parameters and the optimizers' state from a checkpoint.
  ///
  /// - Throws: `DataError.mismatched` where it is of another model or optimizer, and `ParameterError`.
  func load(_ checkpoint: Checkpoint, from path: String) throws {
    let (own, ofData) = checkpoint.split(model.datumParameters)
    try load(own, from: path)
    try datumMinimizer?.arena.load(ofData, from: path)
    if let average = minimizer.average {
      try load(average, in: minimizer.arena) {
        try checkpoint.averages.array($0, "average.", $1, .float32, in: path)
      }
    }
    for minimizer in minimizers {
      for (name, variable) in minimizer.parameterState {
        try load(variable, in: minimizer.arena) {
          try checkpoint.optimizer.array("\(name).\($0)", "optimizer.", $1, .float32, in: path)
        }
      }
      for (name, variable) in minimizer.counters {
        let isInteger = variable.type == .uint32
        let array = try checkpoint.optimizer.array(name, "optimizer.", [1], isInteger ? .int32 : .float32, in: path)
        try variable.write(
          isInteger
            ? Tensor(array.elements(as: Int32.self).map(UInt32.init(bitPattern:)))
            : Tensor(array.elements(as: Float.self)))
      }
    }
  }

  /// Takes parameters, but for those of single data, and what the model keeps besides.
  func load(_ parameters: [String: DataArray], from path: String) throws {
    try minimizer.arena.load(state.load(from: parameters, of: path), from: path)
  }

  private func load(
    _ variable: Variable, in arena: ParameterArena, _ array: (_ path: String, _ shape: [Int]) throws -> DataArray
  ) throws {
    let values = try arena.parameters.flatMap { entry in
      try array(entry.path, entry.shape.dimensions).elements(as: Float.self)
    }
    try variable.write(Tensor(values))
  }

  /// Everything as it was before the first step.
  func reset() throws {
    for minimizer in minimizers {
      let initial = minimizer.arena.initialValues(seed: seed)
      try minimizer.arena.variable.write(initial.evaluated(on: backend))
      for (_, variable) in minimizer.variables {
        try variable.write(Tensor.zeros(variable.shape, type: variable.type))
      }
    }
    try state.reset()
  }

  /// Runs `body` with the averages of the parameters in their places, where averages are kept. What is learned of single
  /// data has none: it is of training alone.
  func withAverages<Result>(_ body: () throws -> Result) throws -> Result {
    guard let average = minimizer.average, try minimizer.stepCount.value().values(as: UInt32.self) != [0] else {
      return try body()
    }
    let own = try minimizer.arena.variable.value()
    try minimizer.arena.variable.write(average.value())
    let result = Swift.Result { try body() }
    try minimizer.arena.variable.write(own)
    return try result.get()
  }
}

extension Checkpoint {
  /// The parameters with what the model keeps besides, and apart from them the parameters of single data.
  func split(_ datumParameters: ParameterList) -> (own: [String: DataArray], ofData: [String: DataArray]) {
    let paths = Set(datumParameters.entries.map(\.path))
    return (parameters.filter { !paths.contains($0.key) }, parameters.filter { paths.contains($0.key) })
  }
}

extension ParameterArena {
  /// The parameters by path.
  func arrays() throws -> [String: DataArray] {
    Dictionary(
      uniqueKeysWithValues: try values().map { path, value in
        (path, DataArray(bytes: try value.bytes(), type: .float32, shape: value.shape.dimensions))
      })
  }

  /// Takes parameters from a checkpoint, with the file's name in the message where they are another model's.
  func load(_ arrays: [String: DataArray], from path: String) throws {
    if let (name, array) = arrays.first(where: { $0.value.type != .float32 }) {
      throw DataError.malformed(path: path, found: "\(name) is \(array.type)", expected: "parameters of float32")
    }
    do {
      try load(arrays.mapValues { Tensor(bytes: $0.bytes, shape: Shape($0.shape), type: .float32) })
    } catch let error as ParameterError {
      throw DataError.malformed(path: path, found: "\(error)", expected: "the parameters of the run's model")
    }
  }
}

extension [String: DataArray] {
  /// An array of a checkpoint's state, which has the prefix before its name in the file.
  func array(
    _ name: String, _ prefix: String, _ shape: [Int], _ type: DataArray.ElementType, in path: String
  ) throws(DataError) -> DataArray {
    guard let array = self[name], array.shape == shape, array.type == type else {
      let found = self[name].map { "\(prefix)\(name) is \($0.type) of shape \($0.shape)" } ?? "no \(prefix)\(name)"
      throw .malformed(path: path, found: found, expected: "\(type) of shape \(shape)")
    }
    return array
  }
}
