import CPURuntime
import Runtime
import TestSupport
import Testing

/// A backend as an argument of tests, named by its device.
struct NamedBackend: Sendable, CustomTestStringConvertible {
  var name: String
  var backend: any Backend
  /// Interprets kernels one place at a time: too slow for large shapes.
  var isInterpreter = false

  var testDescription: String { name }
}

/// Every backend that is present; each suite runs over all of them.
enum Backends {
  static let available: [NamedBackend] = interpreters + processors

  /// Those that have kernels for convolutions.
  static let convolving: [NamedBackend] = interpreters

  /// The processor; `CPURuntimeTests` fail where it is not there.
  static let processors: [NamedBackend] =
    (try? CPUBackend(threads: 2)).map { [NamedBackend(name: "cpu", backend: $0)] } ?? []

  /// Plans by their definition, in both orders: what fails here is the planner's.
  static let interpreters = [
    NamedBackend(name: "reference", backend: ReferenceBackend(), isInterpreter: true),
    NamedBackend(name: "reference, backward", backend: ReferenceBackend(order: .backward), isInterpreter: true),
  ]
}
