import Basics
import Elbo
import Harness

extension Verb {
  /// `elbo verify`.
  static let verify = Verb(
    "verify", "holds what is computed here against numbers that are known exactly",
    discussion:
      "Models with exact answers on the host in float64, and divergences, gradients and bounds on every device "
      + "that is present: in float64 where it has that, else in float32 with a tolerance of its own. Exit status 1 where "
      + "a number is missed."
  ) { call in
    let devices = try Devices.available().compactMap { DeviceName($0.id) }.map { try Device($0) }
    let findings = Verification.run(on: devices) { call.console.status("verify: \($0.name)") }
    call.console.status("")
    let missed = findings.filter { !$0.holds }
    try call.console.json(VerificationReport(holds: missed.isEmpty, findings: findings))
    show(findings, on: call.console)
    guard missed.isEmpty else { throw VerificationError(missed: missed, count: findings.count) }
  }

  private static func show(_ findings: [Finding], on console: Console) {
    var table = TextTable(["what", "device", "type", ">expected", ">found", ">difference", ">tolerance", ""])
    for finding in findings {
      table.append([
        finding.name, finding.device, finding.type, figure(finding.expected), finding.found.map(figure) ?? "-",
        finding.difference.map(small) ?? "-", small(finding.tolerance), finding.holds ? "ok" : "MISSED",
      ])
    }
    for line in table.lines { console.result(line) }
    let held = findings.filter(\.holds).count
    console.result("\(held) of \(findings.count) numbers hold")
  }

  private static func figure(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : fixed(value, digits: 10)
  }

  /// A number of one digit and its power of ten: 3e-12.
  private static func small(_ value: Double) -> String {
    guard value > 0, value < 1 else { return figure(value) }
    var (digit, power) = (value, 0)
    while digit < 1 { (digit, power) = (digit * 10, power + 1) }
    return digit.rounded() == 10 ? "1e-\(power - 1)" : "\(Int(digit.rounded()))e-\(power)"
  }
}

private struct VerificationReport: Encodable {
  let holds: Bool
  let findings: [Finding]
}

private struct VerificationError: Error, CustomStringConvertible {
  let missed: [Finding]
  let count: Int

  var description: String {
    let first = missed[0]
    let why = first.failure ?? "found \(first.found ?? .nan), expected \(first.expected)"
    return "\(missed.count) of \(count) numbers are missed; the first is '\(first.name)' on \(first.device): \(why)"
  }
}
