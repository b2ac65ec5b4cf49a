/// By what a run knows its data again.
public struct Fingerprint: Hashable, Sendable, Codable {
  /// The file's absolute path, or which part of which drawn data: `sprites train`.
  public let name: String
  public let byteCount: Int
  /// When the file was last written, in whole seconds since 1970; only for files over 1 GiB, which are not hashed whole.
  public let modified: Int?
  /// 64 hexadecimal digits: SHA-256 of all bytes, or of the first and the last MiB of a file over 1 GiB.
  public let sha256: String

  /// Reads and hashes what a path names, a file or a folder of pictures.
  public init(of path: String) throws(DataError) {
    self = try Paths.isFolder(path) ? Fingerprint(folder: PictureFolder(path)) : Fingerprint(file: path)
  }

  /// Reads and hashes a file.
  public init(file path: String) throws(DataError) {
    let file = try InputFile(path, expected: "a file of data")
    let isLarge = file.byteCount > Self.largestHashedWhole
    var hash = SHA256()
    if isLarge {
      hash.update(try file.read(count: Self.page))
      hash.update(try file.read(at: file.byteCount - Self.page, count: Self.page))
    } else {
      for offset in stride(from: 0, to: file.byteCount, by: Self.page) {
        hash.update(try file.read(at: offset, count: min(Self.page, file.byteCount - offset)))
      }
    }
    name = Paths.withoutLinks(path)
    byteCount = file.byteCount
    modified = isLarge ? file.modified : nil
    sha256 = hash.digits()
  }

  /// Hashes the pictures of a folder with their names: the SHA-256 of a line for each, of its own hash and its name.
  init(folder: PictureFolder) throws(DataError) {
    var hash = SHA256()
    var total = 0
    for name in folder.names {
      let bytes = try InputFile.read("\(folder.path)/\(name)", expected: "a picture")
      hash.update(Array("\(SHA256.digits(of: bytes)) \(name)\n".utf8))
      total += bytes.count
    }
    name = Paths.withoutLinks(folder.path)
    byteCount = total
    modified = nil
    sha256 = hash.digits()
  }

  /// Hashes pictures and labels of data that were drawn, not read.
  public init(drawn set: DataSet, _ split: DataSplit) {
    let labels = DataArray(set.labels ?? [])
    var hash = SHA256()
    hash.update(set.images.bytes)
    hash.update(labels.bytes)
    name = "\(set.name) \(split)"
    byteCount = set.images.bytes.count + labels.bytes.count
    modified = nil
    sha256 = hash.digits()
  }

  /// What tells it from another of that name, in short.
  public var summary: String {
    "\(byteCount) bytes of SHA-256 \(sha256.prefix(12))…" + (modified.map { ", written \($0) s after 1970" } ?? "")
  }

  /// Whether the content is the same, wherever it lies.
  public func matches(_ other: Fingerprint) -> Bool {
    byteCount == other.byteCount && modified == other.modified && sha256 == other.sha256
  }

  private static let page = 1 << 20
  private static let largestHashedWhole = 1 << 30
}
