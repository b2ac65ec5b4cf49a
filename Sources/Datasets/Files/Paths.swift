import Glibc

/// Names of places in the file system.
package enum Paths {
  /// A path from the root, without `.` and `..`, whatever the working folder is later. A link keeps its name, but where
  /// the path leads out of it: what lies above it is above what it points at.
  package static func absolute(_ path: String) -> String {
    var whole = path
    if !path.hasPrefix("/") {
      let folder = getcwd(nil, 0)
      defer { free(folder) }
      whole = (folder.map { String(cString: $0) } ?? "") + "/" + path
    }
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." {
        parts = withoutLinks("/" + parts.joined(separator: "/")).split(separator: "/").dropLast()
      } else {
        parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The path from the root, without links; as it is where nothing of that name is there.
  static func withoutLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Whether writing a file replaces another one, or one in another folder, by whatever names.
  package static func replaces(_ path: String, _ other: String) -> Bool {
    var (own, its) = (stat(), stat())
    guard stat(path, &own) == 0, stat(other, &its) == 0 else { return false }
    if own.st_dev == its.st_dev, own.st_ino == its.st_ino { return true }
    return isFolder(other) && withoutLinks(path).hasPrefix(withoutLinks(other) + "/")
  }

  /// The part after the last slash.
  package static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Whether there is anything of that name.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether there is a folder of that name.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
