import Elbo
import Testing

@Suite struct VerificationTests {
  @Test func everyKnownNumberHolds() throws {
    let devices = try Devices.available().compactMap { DeviceName($0.id) }.map { try Device($0) }
    let findings = Verification.run(on: devices)
    for finding in findings { #expect(finding.holds, "\(finding)") }
    #expect(Set(findings.map(\.device)) == Set(devices.map(\.description.id) + ["host"]))
    #expect(findings.count >= 22)
  }
}
