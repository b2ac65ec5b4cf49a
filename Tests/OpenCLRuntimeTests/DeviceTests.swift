import Foundation
import Graphs
import Plans
import Runtime
import Testing

@testable import OpenCLRuntime

@Suite("Devices")
struct DeviceTests {
  @Test("A device is there to test on")
  func presence() throws {
    let isNeeded = ProcessInfo.processInfo.environment["ELBO_ALLOW_NO_OPENCL"] == nil
    #expect(!OpenCLBackend.devices().isEmpty || !isNeeded, "no OpenCL device: install pocl-opencl-icd")
    for index in OpenCLBackend.devices().indices { _ = try OpenCLBackend(device: index) }
    #expect(TestDevice.all.count >= OpenCLBackend.devices().count)
  }

  @Test("Devices are described, and named in order")
  func descriptions() {
    for (index, device) in OpenCLBackend.devices().enumerated() {
      #expect(device.id == "opencl:\(index)")
      #expect(!device.name.isEmpty && !device.vendor.isEmpty && !device.driver.isEmpty)
      #expect(device.memoryByteCount > 1 << 20 && device.computeUnits > 0)
    }
    #expect(OpenCLBackend.devices() == OpenCLBackend.devices())
  }

  @Test("A device that is not there is named with those that are")
  func absence() throws {
    guard !OpenCLBackend.devices().isEmpty else { return }
    #expect(throws: RuntimeError.noSuchDevice("opencl:99", available: OpenCLBackend.devices().map(\.id))) {
      try OpenCLBackend(device: 99)
    }
  }

  @Test("Where there is no device at all, no empty list follows")
  func none() {
    #expect(
      RuntimeError.noSuchDevice("opencl:0", available: []).description == "no device opencl:0, nor another of its kind")
    #expect(RuntimeError.noSuchDevice("a", available: ["b", "c"]).description == "no device a; there is b, c")
  }

  @Test("Memory is zeros, and reading and writing reach every part of it", arguments: TestDevice.all)
  func memory(device: TestDevice) throws {
    for byteCount in [0, 1, 3, 4, 1001] {
      let buffer = try device.backend.allocate(byteCount: byteCount)
      #expect(buffer.byteCount == byteCount)
      var bytes = [UInt8](repeating: 7, count: byteCount)
      try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
      #expect(bytes == [UInt8](repeating: 0, count: byteCount))
    }
    let buffer = try device.backend.allocate(byteCount: 10)
    try [UInt8]([1, 2, 3]).withUnsafeBytes { try buffer.write($0, at: 6) }
    var bytes = [UInt8](repeating: 0, count: 5)
    try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 5) }
    #expect(bytes == [0, 1, 2, 3, 0])
  }

  @Test("Too much memory is refused with what was asked and what there is", arguments: TestDevice.all)
  func outOfMemory(device: TestDevice) throws {
    let asked = 1 << 50
    let limit = device.backend.limits.largestSegmentByteCount
    #expect(throws: RuntimeError.outOfMemory(asked: asked, available: limit, device: device.backend.device.name)) {
      try device.backend.allocate(byteCount: asked)
    }
  }

  @Test("Codes are decoded, with advice")
  func statuses() {
    #expect(OpenCLStatus(code: -5).name == "CL_OUT_OF_RESOURCES")
    #expect(OpenCLStatus(code: -5).hint.contains("--batch-size"))
    #expect(OpenCLStatus(code: -12345).name == "OpenCL error -12345")
    #expect(
      OpenCLStatus(code: -1001).error(in: "clGetPlatformIDs").description
        == "clGetPlatformIDs failed with CL_PLATFORM_NOT_FOUND_KHR; no platform is installed; "
        + "`apt install pocl-opencl-icd` brings one for the CPU")
  }
}
