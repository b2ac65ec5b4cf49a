import FoundationEssentials
import Glibc

/// What the system says of the processor.
struct Processor {
  var name = "processor"
  var vendor = "unknown"
  var memoryByteCount = 0

  static let current: Processor = {
    var processor = Processor()
    if let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) {
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        let value = parts[1].drop { $0 == " " }
        if parts[0].hasPrefix("model name") { processor.name = String(value) }
        if parts[0].hasPrefix("vendor_id") { processor.vendor = String(value) }
      }
    }
    processor.memoryByteCount = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return processor
  }()
}
