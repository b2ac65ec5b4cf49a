import FoundationEssentials

/// Compiled programs on disk: a file holds what the program was compiled from, so that a hit is certain, and a checksum,
/// so that a damaged file counts as none. A folder that cannot be written is a cache that never has anything.
struct BinaryCache: Sendable {
  let folder: String

  init(folder: String) { self.folder = folder }

  static var standard: BinaryCache { standard(environment: ProcessInfo.processInfo.environment) }

  /// `$ELBO_CACHE/opencl`, else `elbo/opencl` in `$XDG_CACHE_HOME` or `$HOME/.cache`, of which relative paths do not
  /// count; where there is none, no folder that others could write stands in for it.
  static func standard(environment: [String: String]) -> BinaryCache {
    if let folder = environment["ELBO_CACHE"], !folder.isEmpty { return BinaryCache(folder: folder + "/opencl") }
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return BinaryCache(folder: folder + "/elbo/opencl")
    }
    if let home = environment["HOME"], home.hasPrefix("/") { return BinaryCache(folder: home + "/.cache/elbo/opencl") }
    return BinaryCache(folder: "/dev/null/elbo/opencl")
  }

  /// The program compiled from `key`, if it is there and whole.
  func binary(for key: String) -> [UInt8]? {
    guard let file = try? Data(contentsOf: URL(filePath: path(for: key))) else { return nil }
    return Entry(bytes: [UInt8](file), key: [UInt8](key.utf8))?.binary
  }

  /// Keeps a program; whoever reads at the same time sees the old file or the new one.
  func keep(_ binary: [UInt8], for key: String) {
    // Without the cache everything works, only slower at the next start.
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = Data(Entry(key: [UInt8](key.utf8), binary: binary).bytes)
    try? file.write(to: URL(filePath: path(for: key)), options: .atomic)
  }

  func path(for key: String) -> String { folder + "/" + Self.name(of: key) + ".bin" }

  /// A hash as a word of 16 digits.
  static func name(of text: String) -> String {
    let digits = String(hash([UInt8](text.utf8)), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// FNV-1a: names and guards files; nobody is to be kept from forging one.
  static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// A file: a mark, the key's length, the key, the program, and the checksum of all before it.
  private struct Entry {
    static let mark = [UInt8]("ELBOCL01".utf8)
    var key: [UInt8]
    var binary: [UInt8]

    init(key: [UInt8], binary: [UInt8]) {
      self.key = key
      self.binary = binary
    }

    init?(bytes: [UInt8], key: [UInt8]) {
      let header = Self.mark + Self.word(UInt64(key.count)) + key
      guard bytes.count >= header.count + 8, bytes.starts(with: header) else { return nil }
      guard bytes.suffix(8).elementsEqual(Self.word(BinaryCache.hash(Array(bytes.dropLast(8))))) else { return nil }
      self.init(key: key, binary: Array(bytes[header.count..<(bytes.count - 8)]))
    }

    var bytes: [UInt8] {
      let content = Self.mark + Self.word(UInt64(key.count)) + key + binary
      return content + Self.word(BinaryCache.hash(content))
    }

    private static func word(_ value: UInt64) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
  }
}
