import Basics
import Elbo

extension Verb {
  /// `elbo devices`.
  static let devices = Verb(
    "devices", "lists what it can compute on, and what is missing",
    discussion: "The name in the first column is what --device takes. 'auto' is the first GPU, else the CPU."
  ) { call in
    let available = Devices.available()
    let missing = Devices.missing()
    try call.console.json(
      DeviceList(devices: available.map(DeviceList.Entry.init), missing: missing))
    for device in available {
      let units = device.kind == .cpu && device.id == "cpu" ? "threads" : "compute units"
      let memory = fixed(Double(device.memoryByteCount) / Double(1 << 30), digits: 1)
      call.console.result(
        "\(padded(device.id, 10))\(padded(device.kind.rawValue, 12))\(device.name), \(device.computeUnits) \(units), "
          + "\(memory) GiB\n\(padded("", 22))\(device.vendor), \(device.driver)")
    }
    for part in missing { call.console.result("\(padded(part.name, 10))missing     \(part.reason)") }
    if available.isEmpty { throw NoDevice(missing: missing) }
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}

/// Nothing computes on this machine, not even its CPU.
struct NoDevice: Error, CustomStringConvertible {
  let missing: [Devices.Missing]

  var description: String {
    (["there is no device to compute on"] + missing.map { "\($0.name): \($0.reason)" }).joined(separator: "; ")
  }
}

/// What `elbo devices --json` prints.
private struct DeviceList: Encodable {
  struct Entry: Encodable {
    let id: String
    let name: String
    let kind: String
    let vendor: String
    let driver: String
    let memory: Int
    let computeUnits: Int
    let float64: Bool

    init(_ device: DeviceDescription) {
      id = device.id
      name = device.name
      kind = device.kind.rawValue
      vendor = device.vendor
      driver = device.driver
      memory = device.memoryByteCount
      computeUnits = device.computeUnits
      float64 = device.supportsFloat64
    }
  }

  let devices: [Entry]
  let missing: [Devices.Missing]
}
