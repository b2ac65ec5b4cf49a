import Glibc

/// Whether data of a file are held in memory or read from the file batch by batch.
public enum Residence: String, CaseIterable, Codable, Sendable {
  /// In memory, unless they would take more than a quarter of the machine's.
  case auto
  case always
  /// By batches, whatever their size.
  case never

  /// Whether so many bytes are held in memory.
  func holds(_ byteCount: Int) -> Bool {
    switch self {
    case .auto: byteCount <= Self.memory / 4
    case .always: true
    case .never: false
    }
  }

  /// Bytes of memory that the process may use: the machine's, or fewer where its control group is given fewer.
  private static let memory: Int = {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap(number)
    return ([machine] + limits.filter { $0 > 0 }).min() ?? machine
  }()

  /// The number that one of the system's files holds, whose length nobody knows before.
  private static func number(in path: String) -> Int? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 32)
    let count = text.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress!, $0.count) }
    return Int(String(decoding: text.prefix(max(count, 0)).prefix { $0 >= 0x30 }, as: UTF8.self))
  }
}
