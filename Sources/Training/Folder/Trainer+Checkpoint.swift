import Datasets
import Optimizers
import Tensors

// The state of parameters and optimizer as named arrays.
extension Trainer {
  /// The parameters by path.
  func parameterArrays() throws -> [String: DataArray] {
    let values = try minimizer.arena.values()
    return Dictionary(
      uniqueKeysWithValues: try values.map { path, value in
        (path, DataArray(bytes: try value.bytes(), type: .float32, shape: value.shape.dimensions))
      })
  }

  /// What the optimizer keeps, parameter by parameter, `firstMoment.encoder.layers.0.weight`; and `step`.
  func optimizerArrays() throws -> [String: DataArray] {
    let step = try minimizer.stepCount.value().values(as: UInt32.self)
    var arrays = ["step": DataArray(step.map(Int32.init(bitPattern:)))]
    for (name, variable) in minimizer.state {
      let values = try variable.value().values(as: Float.self)
      for entry in minimizer.arena.parameters {
        arrays["\(name).\(entry.path)"] = DataArray(Array(values[entry.range]), shape: entry.shape.dimensions)
      }
    }
    return arrays
  }

  /// Takes parameters and the optimizer's state from a checkpoint.
  ///
  /// - Throws: `DataError.mismatched` where it is of another model or optimizer, and `ParameterError`.
  func load(_ checkpoint: Checkpoint, from path: String) throws {
    try minimizer.arena.load(checkpoint.parameters, from: path)
    for (name, variable) in minimizer.state {
      var values: [Float] = []
      for entry in minimizer.arena.parameters {
        let array = try checkpoint.optimizer.array("\(name).\(entry.path)", entry.shape.dimensions, .float32, in: path)
        values += array.elements(as: Float.self)
      }
      try variable.write(Tensor(values))
    }
    let step = try checkpoint.optimizer.array("step", [1], .int32, in: path).elements(as: Int32.self)
    try minimizer.stepCount.write(Tensor(step.map(UInt32.init(bitPattern:))))
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
  /// An array of the optimizer's state.
  fileprivate func array(
    _ name: String, _ shape: [Int], _ type: DataArray.ElementType, in path: String
  ) throws(DataError) -> DataArray {
    guard let array = self[name], array.shape == shape, array.type == type else {
      let found = self[name].map { "optimizer.\(name) is \($0.type) of shape \($0.shape)" } ?? "no optimizer.\(name)"
      throw .malformed(path: path, found: found, expected: "\(type) of shape \(shape)")
    }
    return array
  }
}
