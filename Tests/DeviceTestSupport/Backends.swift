import CPURuntime
import Foundation
import Graphs
import OpenCLRuntime
import Runtime
import TestSupport
import Testing

/// A backend as an argument of tests, named by its device.
public struct NamedBackend: Sendable, CustomTestStringConvertible {
  public var name: String
  public var backend: any Backend
  /// Interprets kernels one place at a time: too slow for large shapes.
  public var isInterpreter = false
  /// Compiles each plan: too slow for very many.
  public var isCompiler: Bool { backend is OpenCLBackend }

  public var testDescription: String { name }

  /// The element types that the device has.
  public var types: [ElementType] {
    ElementType.allCases.filter { $0 != .float64 || backend.device.supportsFloat64 }
  }
}

/// Every backend that is present; each suite runs over all of them.
public enum Backends {
  public static let available: [NamedBackend] = interpreters + devices

  /// What programs run on: the processor, and every OpenCL device.
  public static let devices: [NamedBackend] = cpu + openCL

  /// Each backend with each of `count` seeds; those that compile take the first few.
  public static func seeds(_ count: Int, compiled: Int) -> [(NamedBackend, UInt64)] {
    available.flatMap { backend in (0..<(backend.isCompiler ? compiled : count)).map { (backend, UInt64($0)) } }
  }

  /// Plans by their definition, in both orders: what fails here is the planner's.
  public static let interpreters = [
    NamedBackend(name: "reference", backend: ReferenceBackend(), isInterpreter: true),
    NamedBackend(name: "reference, backward", backend: ReferenceBackend(order: .backward), isInterpreter: true),
  ]

  /// The processor; `CPURuntimeTests` fail where it is not there.
  public static let cpu: [NamedBackend] =
    (try? CPUBackend(threads: 2)).map { [NamedBackend(name: "cpu", backend: $0)] } ?? []

  /// Every OpenCL device; one that is no GPU runs the kernels for GPUs too, which are so tested everywhere.
  public static let openCL: [NamedBackend] = OpenCLBackend.devices().enumerated().flatMap { index, device in
    let variants: [OpenCLBackend.Variant] = device.kind == .gpu ? [.gpu] : [.cpu, .gpu]
    return variants.compactMap { variant in
      (try? OpenCLBackend(device: index, variant: variant)).map {
        NamedBackend(name: "\(device.id), \(variant) kernels", backend: $0)
      }
    }
  }
}
