import Datasets
import Optimizers
import Tensors

// The state of parameters and optimizer as named arrays.
extension Trainer {
  /// The parameters by path.
  func parameterArrays() throws -> [String: DataArray] {
    let values = try minimizers.flatMap { try $0.arena.values() }
    return Dictionary(
      uniqueKeysWithValues: try values.map { path, value in
        (path, DataArray(bytes: try value.bytes(), type: .float32, shape: value.shape.dimensions))
      })
  }

  /// What the optimizers keep, parameter by parameter, `firstMoment.encoder.layers.0.weight`; and counters such as
  /// `step`, in which they agree.
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
        for (path, array) in try arraysByPath(variable, of: minimizer) { arrays["\(name).\(path)"] = array }
      }
    }
    return arrays
  }

  /// The averages of the parameters by path; none where none are kept.
  func averageArrays() throws -> [String: DataArray] {
    try minimizer.average.map { try arraysByPath($0, of: minimizer) } ?? [:]
  }

  private func arraysByPath(_ variable: Variable, of minimizer: Minimizer) throws -> [String: DataArray] {
    let values = try variable.value().values(as: Float.self)
    return Dictionary(
      uniqueKeysWithValues: minimizer.arena.parameters.map { entry in
        (entry.path, DataArray(Array(values[entry.range]), shape: entry.shape.dimensions))
      })
  }

  /// Takes parameters and the optimizers' state from a checkpoint.
  ///
  /// - Throws: `DataError.mismatched` where it is of another model or optimizer, and `ParameterError`.
  func load(_ checkpoint: Checkpoint, from path: String) throws {
    let (own, ofData) = checkpoint.split(model.datumParameters)
    try minimizer.arena.load(own, from: path)
    try datumMinimizer?.arena.load(ofData, from: path)
    for minimizer in minimizers {
      for (name, variable) in minimizer.parameterState {
        try load(variable, of: minimizer) {
          try checkpoint.optimizer.array("\(name).\($0)", "optimizer.", $1, .float32, in: path)
        }
      }
    }
    if let average = minimizer.average {
      try load(average, of: minimizer) { try checkpoint.averages.array($0, "average.", $1, .float32, in: path) }
    }
    for (name, variable) in minimizer.counters {
      let isInteger = variable.type == .uint32
      let array = try checkpoint.optimizer.array(name, "optimizer.", [1], isInteger ? .int32 : .float32, in: path)
      let value =
        isInteger
        ? Tensor(array.elements(as: Int32.self).map(UInt32.init(bitPattern:)))
        : Tensor(array.elements(as: Float.self))
      try variable.write(value)
    }
    if let datumMinimizer { try datumMinimizer.stepCount.write(minimizer.stepCount.value()) }
  }

  private func load(
    _ variable: Variable, of minimizer: Minimizer, _ array: (_ path: String, _ shape: [Int]) throws -> DataArray
  ) throws {
    let values = try minimizer.arena.parameters.flatMap { entry in
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
  }

  /// Runs `body` with the averages of the parameters in their places, where averages are kept.
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
  /// The parameters, and apart from them those of single data.
  func split(_ datumParameters: ParameterList) -> (own: [String: DataArray], ofData: [String: DataArray]) {
    let paths = Set(datumParameters.entries.map(\.path))
    return (parameters.filter { !paths.contains($0.key) }, parameters.filter { paths.contains($0.key) })
  }
}

extension ParameterArena {
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
  fileprivate func array(
    _ name: String, _ prefix: String, _ shape: [Int], _ type: DataArray.ElementType, in path: String
  ) throws(DataError) -> DataArray {
    guard let array = self[name], array.shape == shape, array.type == type else {
      let found = self[name].map { "\(prefix)\(name) is \($0.type) of shape \($0.shape)" } ?? "no \(prefix)\(name)"
      throw .malformed(path: path, found: found, expected: "\(type) of shape \(shape)")
    }
    return array
  }
}
