/// Arrays by name, with text beside them, from a safetensors or an npz file.
package struct NamedArrays: Sendable {
  package let arrays: [String: DataArray]
  /// The metadata of a safetensors file; empty for npz.
  package let metadata: [String: String]

  /// Reads a file by what it begins with, whatever its name.
  ///
  /// - Throws: `DataError` for a damaged file or another format; for PyTorch's pickle with what to do.
  package init(from path: String) throws(DataError) {
    let file = try InputFile(path, expected: "safetensors or npz")
    let start = try file.read(count: min(file.byteCount, 512))
    if start.starts(with: [0x50, 0x4B]) {
      // PyTorch's zip files hold a pickle and no npy files.
      guard start.firstRange(of: Array("data.pkl".utf8)) == nil else { throw Self.pickle(path) }
      arrays = try NPZ.read(path)
      metadata = [:]
    } else {
      // Before it took zip files, PyTorch wrote the pickle as it is, of protocol 2.
      guard !start.starts(with: [0x80, 0x02]) else { throw Self.pickle(path) }
      guard start.count < 9 || start[8] == UInt8(ascii: "{") else {
        throw .unsupported(path: path, found: "its format", supported: "safetensors and npz are")
      }
      let file = try Safetensors.read(path)
      (arrays, metadata) = (file.tensors, file.metadata)
    }
  }

  private static func pickle(_ path: String) -> DataError {
    .unsupported(
      path: path, found: "PyTorch's pickle",
      supported: "safetensors are: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')")
  }
}
