import FoundationEssentials
import Glibc

/// Where a run goes that is not told where to.
enum DefaultOutput {
  /// `runs/`, the last part of a name without its ending, and the time; numbered where there is such a run already.
  static func path(_ data: String, after prefix: String? = nil) -> String {
    let name = data.split(separator: "/").last.map(String.init) ?? data
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%d-%H%M%S", &parts)
    let date = String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path =
      "runs/\(prefix.map { "\($0)-" } ?? "")\(name.split(separator: ".").first.map(String.init) ?? name)-\(date)"
    func isFree(_ path: String) -> Bool { !FileManager.default.fileExists(atPath: path) }
    return isFree(path) ? path : (2...).lazy.map { "\(path)-\($0)" }.first(where: isFree) ?? path
  }
}
