import Graphs
import Plans
import Runtime
import Testing

@testable import OpenCLRuntime

/// A device and one of the variants that it can run.
struct TestDevice: CustomTestStringConvertible, Sendable {
  let index: Int
  let backend: OpenCLBackend
  let variant: OpenCLBackend.Variant

  var testDescription: String { "\(backend.device.id) \(variant)" }

  /// Every device with the variants made for it; a CPU runs both, so that GPU kernels are tested everywhere.
  ///
  /// Empty only where no device is needed: without one, and without `ELBO_ALLOW_NO_OPENCL`, `DeviceTests` fails.
  static let all: [TestDevice] = OpenCLBackend.devices().indices.flatMap { index -> [TestDevice] in
    let isCPU = OpenCLBackend.devices()[index].kind == .cpu
    return (isCPU ? [.cpu, .gpu] : [.gpu]).compactMap { variant in
      (try? OpenCLBackend(device: index, variant: variant)).map {
        TestDevice(index: index, backend: $0, variant: variant)
      }
    }
  }
}

/// A kernel and what its arguments hold before it runs.
struct KernelCase {
  var kernel: Kernel
  var memory: [[Double]]
  /// Rounding that a result may show, in units of epsilon times `scale`.
  var tolerance = 4.0
  /// The magnitude of what is rounded on the way; nil: the result's own.
  var scale: Double?
  var name = ""
}

extension TestDevice {
  /// Runs the cases, one launch each in one plan, and holds every argument against the reference.
  func check(_ cases: [KernelCase], _ location: SourceLocation = #_sourceLocation) throws {
    let results = try run(cases.map { [$0] })
    for (example, result) in zip(cases, results) {
      var reference = KernelReference(kernel: example.kernel, memory: example.memory)
      reference.run()
      for (argument, type) in example.kernel.arguments.enumerated() {
        let label = "\(example.name) argument \(argument) of \(example.kernel.form)".prefix(160)
        compare(result[0][argument], reference.memory[argument], type, example, String(label), location)
      }
    }
  }

  private func compare(
    _ found: [Double], _ expected: [Double], _ type: ElementType, _ example: KernelCase, _ label: String,
    _ location: SourceLocation
  ) {
    let epsilon = type == .float64 ? 0x1p-52 : 0x1p-23
    let tiny = type == .float64 ? 0x1p-1022 : 0x1p-126
    var wrong = 0
    for (place, (x, y)) in zip(found, expected).enumerated() {
      // What overflows on the way to the type is infinite there.
      let y = type == .float32 ? Double(Float(y)).isInfinite ? Double(Float(y)) : y : y
      let room = example.tolerance * (epsilon * max(abs(y), example.scale ?? 0) + (example.tolerance > 0 ? tiny : 0))
      let isClose = x == y || (x.isNaN && y.isNaN) || (type.isFloatingPoint && abs(x - y) <= room)
      guard !isClose else { continue }
      wrong += 1
      if wrong <= 3 {
        Issue.record("\(label) [\(place)]: \(x), not \(y) (\(testDescription))", sourceLocation: location)
      }
    }
    if wrong > 3 { Issue.record("\(label): \(wrong) of \(found.count) are wrong", sourceLocation: location) }
  }

  /// Runs launches of independent kernels; gives the arguments' elements afterwards.
  func run(_ launches: [[KernelCase]], times: Int = 1) throws -> [[[[Double]]]] {
    var regions: [Plan.Memory] = []
    var buffers: [any Buffer] = []
    // Every argument lies at an offset, so that an offset that is ignored shows.
    let offset = 256
    let bound = try launches.map { launch in
      Launch(
        kernels: try launch.map { example in
          let slots = try zip(example.kernel.arguments, example.memory).map { type, elements in
            let bytes = Self.bytes(elements, type)
            let buffer = try backend.allocate(byteCount: bytes.count + offset)
            try bytes.withUnsafeBytes { try buffer.write($0, at: offset) }
            buffers.append(buffer)
            regions.append(
              Plan.Memory(region: .source(SourceID(raw: UInt64(regions.count))), byteCount: buffer.byteCount))
            return Slot(region: regions.count - 1, byteOffset: offset)
          }
          return BoundKernel(kernel: example.kernel, slots: slots)
        })
    }
    let program = try backend.prepare(Plan(launches: bound, memory: regions), buffers: buffers)
    try program.run(times: times)
    return try zip(launches, bound).map { launch, bound in
      try zip(launch, bound.kernels).map { example, kernel in
        try zip(kernel.slots, zip(example.kernel.arguments, example.memory)).map { slot, argument in
          var bytes = [UInt8](repeating: 0, count: argument.1.count * argument.0.byteCount)
          try bytes.withUnsafeMutableBytes { try buffers[slot.region].read(into: $0, at: slot.byteOffset) }
          return Self.elements(bytes, argument.0)
        }
      }
    }
  }

  static func bytes(_ elements: [Double], _ type: ElementType) -> [UInt8] {
    func raw<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
    return switch type {
    case .float32: raw(elements.map { Float($0) })
    case .float64: raw(elements)
    case .int32: raw(elements.map { Int32($0) })
    case .uint32: raw(elements.map { UInt32($0) })
    case .uint8: raw(elements.map { UInt8($0) })
    }
  }

  static func elements(_ bytes: [UInt8], _ type: ElementType) -> [Double] {
    bytes.withUnsafeBytes { raw in
      switch type {
      case .float32: raw.bindMemory(to: Float.self).map(Double.init)
      case .float64: Array(raw.bindMemory(to: Double.self))
      case .int32: raw.bindMemory(to: Int32.self).map(Double.init)
      case .uint32: raw.bindMemory(to: UInt32.self).map(Double.init)
      case .uint8: raw.map(Double.init)
      }
    }
  }
}

/// Numbers that look random and are the same in every run, rounded to a type.
func numbers(_ count: Int, _ range: ClosedRange<Double> = -2...2, _ type: ElementType = .float32, seed: UInt64 = 1)
  -> [Double]
{
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let unit = Double(state >> 11) * 0x1p-53
    return Scalar(range.lowerBound + unit * (range.upperBound - range.lowerBound), type).value
  }
}
