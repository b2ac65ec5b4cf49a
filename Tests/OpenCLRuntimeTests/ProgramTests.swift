import Foundation
import Graphs
import Plans
import Runtime
import Testing

@testable import OpenCLRuntime

@Suite("Programs")
struct ProgramTests {
  /// x = 2 x + 1, `n` times `n` elements.
  static func doubling(_ n: Int) -> Kernel {
    .map([n], [.float32]) { body in
      let x = body.load(0, [1])
      return [Store(body.binary(.add, body.binary(.add, x, x), body.constant(1)), to: 0, [1])]
    }
  }

  static func plan(_ kernels: [[Kernel]], byteCount: Int) -> Plan {
    Plan(
      launches: kernels.map { launch in
        Launch(
          kernels: launch.map { kernel in
            BoundKernel(kernel: kernel, slots: kernel.arguments.map { _ in Slot(region: 0, byteOffset: 0) })
          })
      }, memory: [Plan.Memory(region: .workspace, byteCount: byteCount)])
  }

  static func read(_ buffer: any Buffer) throws -> [Float] {
    var values = [Float](repeating: 0, count: buffer.byteCount / 4)
    try values.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
    return values
  }

  @Test("Launches run in order, as often as asked, across programs", arguments: TestDevice.all)
  func order(device: TestDevice) throws {
    let buffer = try device.backend.allocate(byteCount: 400)
    let plan = Self.plan([[Self.doubling(100)], [Self.doubling(50)]], byteCount: 400)
    let first = try device.backend.prepare(plan, buffers: [buffer])
    let second = try device.backend.prepare(plan, buffers: [buffer])
    #expect(first.launchCount == 2)
    try first.run(times: 3)
    try second.run(times: 1)
    try first.synchronize()
    // From 0, k doublings give 2^k - 1: 8 in the first half, 4 in the second.
    #expect(try Self.read(buffer) == Array(repeating: 255, count: 50) + Array(repeating: 15, count: 50))
    try first.run(times: 0)
    #expect(try Self.read(buffer)[0] == 255)
  }

  @Test("Kernels of one launch share what is enqueued, and give what they give alone", arguments: TestDevice.all)
  func groupedLaunches(device: TestDevice) throws {
    let launch = [
      MatmulTests.linear(.nt, 40, 33, 65), MatmulTests.linear(.tn, 65, 7, 20),
      ReduceTests.squares(kept: [65], reduced: [40], strides: [1, 65], name: "columns"),
      ReduceTests.squares(kept: [7], reduced: [300], strides: [300, 1], name: "rows"),
    ]
    let alone = try device.run(launch.map { [$0] })
    let together = try device.run([launch])
    #expect(together[0] == alone.map { $0[0] })
    try device.check(launch)

    let maps = (1...40).map { Self.doubling($0) }
    let buffer = try device.backend.allocate(byteCount: 160)
    let program = try device.backend.prepare(
      Self.plan([Array(maps.prefix(4))], byteCount: 160), buffers: [buffer])
    #expect(program.launchCount == 1)
    // More arguments than a device takes are enqueued apart.
    let many = try device.backend.prepare(
      Self.plan([(0..<3).flatMap { _ in maps }], byteCount: 160), buffers: [buffer])
    #expect(many.launchCount > 1 && many.launchCount <= 8)
  }

  @Test("The same program gives the same bits", arguments: TestDevice.all)
  func determinism(device: TestDevice) throws {
    let launch = [
      [MatmulTests.linear(.nt, 130, 70, 300)],
      [ReduceTests.squares(kept: [70], reduced: [900], strides: [1, 70], name: "columns")],
    ]
    let first = try device.run(launch)
    for _ in 0..<5 { #expect(try device.run(launch) == first) }
  }

  @Test("Profiles give each launch's time, and sources what it runs", arguments: TestDevice.all)
  func profile(device: TestDevice) throws {
    let buffer = try device.backend.allocate(byteCount: 400)
    let empty = Kernel.map([0], [.float32]) { body in [Store(body.load(0, [1]), to: 0, [1])] }
    let plan = Self.plan([[Self.doubling(100)], [empty], [Self.doubling(100)]], byteCount: 400)
    let program = try device.backend.prepare(plan, buffers: [buffer])
    #expect(program.launchCount == 2)
    let seconds = try program.profile()
    #expect(seconds.count == 3 && seconds[0] > 0 && seconds[1] == 0 && seconds[2] > 0 && seconds[0] < 1)
    #expect(try Self.read(buffer)[99] == 3)
    #expect(program.source(ofLaunch: 0).contains("__kernel void launch_0_map_0("))
    #expect(program.source(ofLaunch: 1).isEmpty)
  }

  @Test("Equal plans are compiled once, and each program has its own memory", arguments: TestDevice.all)
  func equalPlans(device: TestDevice) throws {
    let backend = try OpenCLBackend(device: device.index, variant: device.variant)
    func program(_ count: Int, on buffer: any Buffer) throws -> any Program {
      try backend.prepare(Self.plan([[Self.doubling(count)]], byteCount: 400), buffers: [buffer])
    }
    let buffers = try (0..<2).map { _ in try backend.allocate(byteCount: 400) }
    let programs = try [program(100, on: buffers[0]), program(100, on: buffers[1])]
    #expect(backend.compiledPlanCount == 1)
    let other = try program(50, on: buffers[1])
    #expect(backend.compiledPlanCount == 2)
    try programs[0].run(times: 1)
    try programs[1].run(times: 2)
    try other.run(times: 1)
    #expect(try Self.read(buffers[0]) == Array(repeating: 1, count: 100))
    #expect(try Self.read(buffers[1]) == Array(repeating: 7, count: 50) + Array(repeating: 3, count: 50))
  }

  @Test("A program without launches runs")
  func emptiness() throws {
    for device in TestDevice.all {
      let program = try device.backend.prepare(Plan(launches: [], memory: []), buffers: [])
      #expect(program.launchCount == 0)
      try program.run(times: 3)
      #expect(try program.profile().isEmpty)
    }
  }

  // MARK: The cache

  private func withFolder(_ body: (BinaryCache) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "elbo-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(BinaryCache(folder: folder))
  }

  @Test("Programs are kept where only their user writes")
  func folders() {
    func folder(_ environment: [String: String]) -> String { BinaryCache.standard(environment: environment).folder }
    #expect(folder(["ELBO_CACHE": "here", "HOME": "/home/a"]) == "here/opencl")
    #expect(folder(["XDG_CACHE_HOME": "/cache", "HOME": "/home/a"]) == "/cache/elbo/opencl")
    #expect(folder(["XDG_CACHE_HOME": "cache", "HOME": "/home/a"]) == "/home/a/.cache/elbo/opencl")
    for environment in [[:], ["HOME": ""], ["HOME": "here"]] {
      let cache = BinaryCache.standard(environment: environment)
      cache.keep([1], for: "a")
      #expect(cache.binary(for: "a") == nil)
    }
  }

  @Test("A second start compiles nothing", arguments: TestDevice.all)
  func secondStart(device: TestDevice) throws {
    try withFolder { cache in
      func start() throws -> (compilations: Int, values: [Float]) {
        let backend = try OpenCLBackend(device: device.index, variant: device.variant, cache: cache)
        let buffer = try backend.allocate(byteCount: 400)
        let program = try backend.prepare(
          Self.plan([[Self.doubling(100)]], byteCount: 400), buffers: [buffer])
        try program.run(times: 2)
        return (backend.compilationCount, try Self.read(buffer))
      }
      let first = try start()
      #expect(first.compilations == 1)
      let second = try start()
      #expect(second.compilations == 0)
      #expect(second.values == first.values)

      // A file that was damaged is one that is not there.
      for name in try FileManager.default.contentsOfDirectory(atPath: cache.folder) {
        let url = URL(filePath: cache.folder).appending(path: name)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: url)
      }
      let third = try start()
      #expect(third.compilations == 1)
      #expect(third.values == first.values)
      #expect(try start().compilations == 0)
    }
  }

  @Test("A cache keeps what it is given, by the whole key")
  func cache() throws {
    try withFolder { cache in
      #expect(cache.binary(for: "a") == nil)
      cache.keep([1, 2, 3], for: "a")
      cache.keep([], for: "b")
      #expect(cache.binary(for: "a") == [1, 2, 3])
      #expect(cache.binary(for: "b") == [])
      // Another key in the place of this one, as when two hashes are equal.
      try FileManager.default.copyItem(atPath: cache.path(for: "a"), toPath: cache.path(for: "c"))
      #expect(cache.binary(for: "c") == nil)
      try Data([1, 2]).write(to: URL(filePath: cache.path(for: "a")))
      #expect(cache.binary(for: "a") == nil)
    }
    // Where nothing can be written there is no cache, and no error.
    let nowhere = BinaryCache(folder: "/proc/elbo")
    nowhere.keep([1], for: "a")
    #expect(nowhere.binary(for: "a") == nil)
  }
}
