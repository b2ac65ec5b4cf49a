import Runtime

// What a search for better numbers needs of a device. It lives above: the runtime holds the numbers and keeps them.
extension OpenCLBackend {
  /// The numbers by which this backend's kernels are cut, in the order of a search.
  public var tunableParameters: [TunableParameter] { TunableParameter.all(for: variant) }

  /// Their values, by name.
  public var parameterValues: [String: Int] { tiles.values(for: variant) }

  /// The same device and memory with other numbers; its programs are not kept on disk.
  ///
  /// - Throws: `RuntimeError.unsupported` where these are not the values of all of its parameters, or take more local
  ///   memory than it has.
  public func tuned(_ values: [String: Int]) throws -> OpenCLBackend {
    guard let tiles = tiles.replacing(values, for: variant, on: context.device) else {
      throw RuntimeError.unsupported(
        "kernels cut by " + values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
        device: device.name)
    }
    return OpenCLBackend(sharing: self, tiles: tiles)
  }

  /// Keeps this backend's numbers for the device's next start, with what was tried, and gives the file's path.
  ///
  /// - Throws: the file system's error where the cache cannot be written.
  public func keepParameters(after trials: [TuningTrial]) throws -> String {
    let tuned = TunedParameters(
      device: context.device.fingerprint, variant: variant, parameters: parameterValues, trials: trials)
    return try tuned.keep(for: context.device, in: cache)
  }
}
