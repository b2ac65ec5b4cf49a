import CCallCounts
import Elbo
import Glibc
import Harness

// Replays a small step 100 and 10,000 times on each device that is named and prints a line each time: device, steps,
// allocations, reference counts, and bytes by which the process grew.
//
// The batch is a single datum, so that all steps lie within one epoch: what the end of an epoch costs is no step's.
for name in CommandLine.arguments.dropFirst() {
  guard let deviceName = DeviceName(name) else { fatalError("no device is named \(name)") }
  let prepared = try PreparedWorkload(.small, on: Device(deviceName).backend, batchSize: 1)
  // The first time, much is made that stays.
  _ = try growth(of: prepared, steps: 100)
  for steps in [100, 10_000] {
    let growth = try growth(of: prepared, steps: steps)
    print(name, steps, growth.allocations, growth.references, growth.memory)
  }
}

func growth(
  of prepared: PreparedWorkload, steps: Int
) throws -> (allocations: Int, references: Int, memory: Int) {
  let memory = residentByteCount()
  let before = call_counts_now()
  try prepared.replay(steps)
  let after = call_counts_now()
  return (
    after.allocations - before.allocations, after.references - before.references, residentByteCount() - memory
  )
}

/// Bytes of this process that lie in the machine's memory.
func residentByteCount() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var words = [CChar](repeating: 0, count: 256)
  guard fgets(&words, Int32(words.count), file) != nil else { return 0 }
  let fields = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    .split(separator: " ")
  return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}
