import Datasets
import Foundation

/// A folder of a test's own, removed with the value.
final class Scratch: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "elbo-datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of one file, written where bytes are given.
  func file(_ name: String, _ bytes: [UInt8]? = nil) throws -> String {
    let file = path + "/" + name
    if let bytes { try Data(bytes).write(to: URL(filePath: file)) }
    return file
  }

  /// What the folder holds.
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

/// The one line that an operation fails with, without the scratch folder's own name.
func message(_ scratch: Scratch, _ operation: () throws -> Void) -> String {
  do {
    try operation()
    return "no error"
  } catch let error as DataError {
    return error.description.replacingOccurrences(of: scratch.path + "/", with: "")
  } catch {
    return "another error: \(error)"
  }
}

/// Bytes from the text of a hexadecimal dump.
func bytes(_ hexadecimal: String) -> [UInt8] {
  let digits = hexadecimal.filter { !$0.isWhitespace }
  return stride(from: 0, to: digits.count, by: 2).compactMap {
    UInt8(digits.dropFirst($0).prefix(2), radix: 16)
  }
}
