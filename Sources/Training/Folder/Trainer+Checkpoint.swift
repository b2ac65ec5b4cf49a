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

  /// What the optimizers keep, parameter by parameter, `firstMoment.encoder.layers.0.weight`; and `step`, in which they
  /// agree.
  func optimizerArrays() throws -> [String: DataArray] {
    let step = try minimizer.stepCount.value().values(as: UInt32.self)
    var arrays = ["step": DataArray(step.map(Int32.init(bitPattern:)))]
    for minimizer in minimizers {
      for (name, variable) in minimizer.state {
        let values = try variable.value().values(as: Float.self)
        for entry in minimizer.arena.parameters {
          arrays["\(name).\(entry.path)"] = DataArray(Array(values[entry.range]), shape: entry.shape.dimensions)
        }
      }
    }
    return arrays
  }

  /// Takes parameters and the optimizers' state from a checkpoint.
  ///
  /// - Throws: `DataError.mismatched` where it is of another model or optimizer, and `ParameterError`.
  func load(_ checkpoint: Checkpoint, from path: String) throws {
    let step = try checkpoint.optimizer.array("step", [1], .int32, in: path).elements(as: Int32.self)
    let (own, ofData) = checkpoint.split(model.datumParameters)
    try minimizer.arena.load(own, from: path)
    try datumMinimizer?.arena.load(ofData, from: path)
    for minimizer in minimizers {
      for (name, variable) in minimizer.state {
        var values: [Float] = []
        for entry in minimizer.arena.parameters {
          let array = try checkpoint.optimizer.array(
            "\(name).\(entry.path)", entry.shape.dimensions, .float32, in: path)
          values += array.elements(as: Float.self)
        }
        try variable.write(Tensor(values))
      }
      try minimizer.stepCount.write(Tensor(step.map(UInt32.init(bitPattern:))))
    }
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
