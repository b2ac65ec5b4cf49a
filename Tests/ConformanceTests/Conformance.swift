import DeviceTestSupport
import Graphs
import Plans
import Runtime
import TestSupport
import Testing

/// How a computation is planned: each plan must give the same values.
struct Planning: Sendable {
  var name: String
  var fusing = true
  var limits: @Sendable (PlanLimits) -> PlanLimits = { $0 }

  static let fused = Planning(name: "fused")
  static let plain = Planning(name: "plain", fusing: false)
}

/// Runs a computation, fused and plain, and holds every output and assigned source against the oracle; then a second
/// time from the same memory, which must give the same bits.
func expectConformance(
  _ computation: Computation, on backend: NamedBackend, plannings: [Planning] = [.fused, .plain],
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard backend.backend.device.supportsFloat64 || !computation.types.contains(.float64) else { return }
  let expected = computation.interpreter.evaluate(
    computation.outputs + computation.assignments.map(\.value), of: computation.graph)
  for planning in plannings {
    let context = "\(comment()) \(planning.name)"
    do {
      let limits = planning.limits(backend.backend.limits)
      let execution = try Execution(
        computation, on: backend.backend, fusing: planning.fusing, limits: limits)
      #expect(execution.plan.keeps(to: limits), "\(context): \(limits)", sourceLocation: sourceLocation)
      let first = try results(of: execution)
      for (index, (found, reference)) in zip(first, expected).enumerated() {
        let comparison = compare(found, reference)
        let count = computation.outputs.count
        let name = index < count ? computation.name(ofOutput: index) : "assignment \(index - count)"
        #expect(comparison.isClose, "\(context): \(name): \(comparison)", sourceLocation: sourceLocation)
      }
      try execution.reset()
      let second = try results(of: execution)
      let isSame = zip(first, second).allSatisfy { $0.map(\.bitPattern) == $1.map(\.bitPattern) }
      #expect(isSame, "\(context): two runs differ", sourceLocation: sourceLocation)
    } catch {
      Issue.record("\(context): \(error)", sourceLocation: sourceLocation)
    }
  }
}

/// Runs several steps: at once they are to the bit what they are one by one, and the oracle follows step by step from
/// the device's own values.
func expectStepsToConform(
  _ computation: Computation, on backend: NamedBackend, _ planning: Planning, times: Int,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let limits = planning.limits(backend.backend.limits)
  func execution() throws -> Execution {
    try Execution(computation, on: backend.backend, fusing: planning.fusing, limits: limits)
  }
  let together = try execution()
  try together.program.run(times: times)
  let single = try execution()
  var interpreter = computation.interpreter
  for step in 0..<times {
    let found = try results(of: single)
    let expected = interpreter.evaluate(
      computation.outputs + computation.assignments.map(\.value), of: computation.graph)
    for (found, expected) in zip(found, expected) {
      let comparison = compare(found, expected)
      #expect(
        comparison.isClose, "\(comment()) \(planning.name), step \(step): \(comparison)",
        sourceLocation: sourceLocation)
    }
    for assignment in computation.assignments {
      interpreter.sources[assignment.target] = try single.source(assignment.target)
    }
  }
  for number in computation.outputs.indices {
    #expect(try together.output(number) == single.output(number), sourceLocation: sourceLocation)
  }
  for assignment in computation.assignments {
    #expect(
      try together.source(assignment.target) == single.source(assignment.target), sourceLocation: sourceLocation)
  }
}

/// Runs once; outputs, then assigned sources.
private func results(of execution: Execution) throws -> [[Double]] {
  try execution.program.run(times: 1)
  let computation = execution.computation
  return try computation.outputs.indices.map { try execution.output($0) }
    + computation.assignments.map { try execution.source($0.target) }
}

extension Plan {
  fileprivate func keeps(to limits: PlanLimits) -> Bool {
    memory.allSatisfy { $0.region != .workspace || $0.byteCount <= limits.largestSegmentByteCount }
      && launches.allSatisfy { $0.kernels.allSatisfy { $0.kernel.arguments.count <= limits.argumentCount } }
  }
}
