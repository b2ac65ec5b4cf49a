import Foundation
import Graphs
import Plans
import Runtime
import Testing

@testable import OpenCLRuntime

@Suite("Tuned parameters")
struct TuningTests {
  private func withFolder(_ body: (BinaryCache) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "elbo-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(BinaryCache(folder: folder))
  }

  /// The values in use with others than before, the least or the greatest that a search may find.
  private func extreme(_ backend: OpenCLBackend, _ choose: ([Int]) -> Int?) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: backend.tunableParameters.map { ($0.name, choose($0.values)!) })
  }

  @Test("What is known of a device is among what a search may find", arguments: [KernelVariant.cpu, .gpu])
  func space(variant: KernelVariant) {
    let parameters = TunableParameter.all(for: variant)
    #expect(Set(parameters.map(\.name)).count == parameters.count)
    for parameter in parameters {
      #expect(parameter.values.contains(TileParameters()[keyPath: parameter.place]), "\(parameter.name)")
      #expect(parameter.values == Set(parameter.values).sorted(), "\(parameter.name)")
      #expect(!parameter.forms.isEmpty)
    }
    var other = TileParameters()
    other[keyPath: parameters[0].place] += 1
    #expect(other.hash(for: variant) != TileParameters().hash(for: variant))
  }

  @Test("A device starts with the numbers that were kept for it, and its kernels show them", arguments: TestDevice.all)
  func keeping(device: TestDevice) throws {
    try withFolder { cache in
      func start() throws -> OpenCLBackend {
        try OpenCLBackend(device: device.index, variant: device.variant, cache: cache)
      }
      func source(_ backend: OpenCLBackend) throws -> String {
        let buffer = try backend.allocate(byteCount: 1 << 20)
        let plan = ProgramTests.plan([[MatmulTests.linear(.nt, 64, 64, 64).kernel]], byteCount: 1 << 20)
        return try backend.prepare(plan, buffers: [buffer]).source(ofLaunch: 0)
      }
      let first = try start()
      let least = try first.tuned(extreme(first) { $0.first })
      #expect(least.device.kernels != first.device.kernels)
      let trial = TuningTrial(parameter: "a", value: 1, outcome: .notFaster, speedup: 0.5, rate: 2)
      let path = try least.keepParameters(after: [trial])
      #expect(path.hasPrefix(cache.folder + "/tuned-"))

      let second = try start()
      #expect(second.parameterValues == least.parameterValues)
      #expect(second.device.kernels == least.device.kernels)
      #expect(second.device.kernels.hasPrefix("\(device.variant) "))
      #expect(try source(second) == source(least))
      #expect(try source(second) != source(first))

      // A search of other parameters leaves what was tried before.
      let other = TuningTrial(parameter: "b", value: 1, outcome: .before)
      _ = try second.keepParameters(after: [other])
      let file = try JSONDecoder().decode(TunedParameters.self, from: Data(contentsOf: URL(filePath: path)))
      #expect(file.trials == [trial, other] && file.parameters == least.parameterValues)
    }
  }

  @Test("A file that is damaged or of something else counts as none", arguments: TestDevice.all)
  func damage(device: TestDevice) throws {
    try withFolder { cache in
      func start() throws -> OpenCLBackend {
        try OpenCLBackend(device: device.index, variant: device.variant, cache: cache)
      }
      let known = try start()
      let path = try known.tuned(extreme(known) { $0.first }).keepParameters(after: [])
      let whole = try Data(contentsOf: URL(filePath: path))
      let file = try JSONDecoder().decode(TunedParameters.self, from: whole)
      func values(_ change: (inout TunedParameters) -> Void) throws -> [String: Int] {
        var changed = file
        change(&changed)
        try JSONEncoder().encode(changed).write(to: URL(filePath: path))
        return try start().parameterValues
      }
      let name = known.tunableParameters[0].name
      #expect(try values { _ in } == file.parameters)
      #expect(try values { $0.version = 2 } == known.parameterValues)
      #expect(try values { $0.device += "x" } == known.parameterValues)
      #expect(try values { $0.variant = $0.variant == .cpu ? .gpu : .cpu } == known.parameterValues)
      #expect(try values { $0.parameters[name] = 0 } == known.parameterValues)
      #expect(try values { $0.parameters[name] = .max } == known.parameterValues)
      #expect(try values { $0.parameters[name] = nil } == known.parameterValues)
      #expect(try values { $0.parameters["other"] = 1 } == known.parameterValues)
      for damaged in [Data(), whole.prefix(whole.count / 2), Data("[1]".utf8), Data([0xFF, 0, 1])] {
        try damaged.write(to: URL(filePath: path))
        #expect(try start().parameterValues == known.parameterValues)
      }
      // Where nothing can be written, the search says so, and a start is as before.
      let nowhere = try OpenCLBackend(
        device: device.index, variant: device.variant, cache: BinaryCache(folder: "/proc/elbo"))
      #expect(throws: (any Error).self) { try nowhere.keepParameters(after: []) }
      #expect(nowhere.parameterValues == known.parameterValues)
    }
  }

  @Test("Kernels cut by the least and the greatest numbers give the same results", arguments: TestDevice.all)
  func extremes(device: TestDevice) throws {
    let cases = [
      MatmulTests.linear(.nt, 40, 33, 65), MatmulTests.linear(.tn, 65, 70, 300),
      ReduceTests.squares(kept: [65], reduced: [40], strides: [1, 65], name: "columns"),
      ReduceTests.squares(kept: [7], reduced: [1300], strides: [1300, 1], name: "rows"),
    ]
    for choose in [{ $0.first }, { $0.last }] as [([Int]) -> Int?] {
      guard let backend = try? device.backend.tuned(extreme(device.backend, choose)) else {
        // The greatest of all together may be more than the device has local memory for.
        #expect(device.variant == .gpu)
        continue
      }
      try TestDevice(index: device.index, backend: backend, variant: device.variant).check(cases)
    }
  }

  @Test("Values that are not the variant's are refused", arguments: TestDevice.all)
  func refusal(device: TestDevice) throws {
    #expect(throws: RuntimeError.self) { try device.backend.tuned([:]) }
    #expect(throws: RuntimeError.self) { try device.backend.tuned(extreme(device.backend) { ($0.last ?? 0) + 1 }) }
    #expect(try device.backend.tuned(device.backend.parameterValues).parameterValues == device.backend.parameterValues)
  }
}
