import Glibc

/// What a folder holds.
package enum Folder {
  /// The names in a folder in order of their bytes, without hidden ones.
  static func names(in path: String) throws(DataError) -> [String] {
    guard let folder = opendir(path) else { throw .unreadable(path: path, reason: systemMessage()) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Makes a folder, and those around it.
  package static func make(_ path: String) throws(DataError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += "\(part)/"
      guard mkdir(made, 0o777) != 0, errno != EEXIST else { continue }
      throw .unwritable(path: path, reason: systemMessage())
    }
    guard Paths.isFolder(path) else { throw .unwritable(path: path, reason: systemMessage(ENOTDIR)) }
  }
}
