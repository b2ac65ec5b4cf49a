import DeviceTestSupport
import Foundation
import Graphs
import Plans
import Runtime
import TestSupport
import Testing

@testable import CPURuntime
@testable import OpenCLRuntime

/// A green run must not be one that left a device out.
@Suite struct PresenceTests {
  @Test func theProcessorIsThere() throws {
    // Says why, where it is not.
    _ = try CPUBackend()
    #expect(Backends.available.contains { $0.backend is CPUBackend })
  }

  @Test func anOpenCLDeviceIsThere() throws {
    guard ProcessInfo.processInfo.environment["ELBO_ALLOW_NO_OPENCL"] == nil else { return }
    try #require(
      !OpenCLBackend.devices().isEmpty,
      "no OpenCL device: `apt install pocl-opencl-icd`, or set ELBO_ALLOW_NO_OPENCL=1 to test without one")
    let variants = Backends.available.filter { $0.backend is OpenCLBackend }
    #expect(variants.count >= 2, "the kernels for both types of device are tested: \(variants.map(\.name))")
  }

  /// Each backend gives every kernel of its own to its device: what the source of a launch says, and, with no cache,
  /// what was compiled.
  @Test(arguments: Backends.available)
  func kernelsRun(backend: NamedBackend) throws {
    var computation = Computation()
    let x = computation.source([9, 13])
    computation.outputs = [
      computation.unary(.exp, x), computation.sum(computation.unary(.sin, x), [0]),
      computation.add(.matmul, x, computation.transposed(x)),
    ]
    let execution = try Execution(computation, on: backend.backend)
    #expect(execution.program.launchCount > 0)
    for launch in execution.plan.launches.indices { #expect(!execution.program.source(ofLaunch: launch).isEmpty) }
    expectConformance(computation, on: backend)
  }

  @Test func openCLCompiles() throws {
    for index in OpenCLBackend.devices().indices {
      for variant in [OpenCLBackend.Variant.cpu, .gpu] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "elbo-conformance-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let backend = try OpenCLBackend(device: index, variant: variant, cache: BinaryCache(folder: folder.path))
        var computation = Computation()
        computation.outputs = [computation.unary(.tanh, computation.source([50]))]
        let execution = try Execution(computation, on: backend)
        try execution.program.run(times: 1)
        let expected = computation.interpreter.evaluate(computation.outputs, of: computation.graph)[0]
        let comparison = compare(try execution.output(0), expected)
        #expect(comparison.isClose, "\(comparison)")
        #expect(backend.compilationCount > 0, "opencl:\(index), \(variant) kernels")
        #expect(execution.program.source(ofLaunch: 0).contains("kernel"))
      }
    }
  }
}
