import Elbo

extension ValueKind<DeviceName> {
  static var device: Self {
    ValueKind(
      "auto|cpu|opencl|opencl:N", expectation: "auto, cpu, opencl or opencl:N", words: ["auto", "cpu", "opencl"],
      text: { $0.description }, parse: { DeviceName($0) })
  }
}
