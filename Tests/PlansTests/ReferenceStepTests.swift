import Graphs
import Plans
import Testing

/// Pins what must not creep: launches, kernels and scratch memory of whole training steps.
@Suite struct ReferenceStepTests {
  struct Pinned: CustomTestStringConvertible {
    var name: String
    var step: ReferenceStep
    var launches: Int
    var kernels: Int
    var workspace: Int
    var testDescription: String { name }
  }

  static let pinned = [
    Pinned(name: "784-400-20, relu, Bernoulli", step: ReferenceStep(), launches: 12, kernels: 26, workspace: 4_686_080),
    Pinned(
      name: "five layers", step: ReferenceStep(widths: [784, 500, 400, 300, 200, 100, 30]), launches: 28, kernels: 54,
      workspace: 10_740_480),
    Pinned(name: "tanh", step: ReferenceStep(activation: .tanh), launches: 12, kernels: 26, workspace: 4_686_080),
    Pinned(
      name: "softplus", step: ReferenceStep(activation: .softplus), launches: 12, kernels: 26, workspace: 4_686_080),
    Pinned(
      name: "Gaussian likelihood", step: ReferenceStep(likelihood: .gaussian), launches: 12, kernels: 26,
      workspace: 4_686_080),
    Pinned(
      name: "without the norm", step: ReferenceStep(reportsNorm: false), launches: 10, kernels: 23, workspace: 2_076_160
    ),
    Pinned(name: "evaluation only", step: ReferenceStep(trains: false), launches: 8, kernels: 9, workspace: 1_028_096),
  ]

  @Test(arguments: pinned) func launchesAndMemory(_ pinned: Pinned) throws {
    let plan = try pinned.step.plan()
    #expect(plan.launches.count == pinned.launches)
    #expect(plan.launches.reduce(0) { $0 + $1.kernels.count } == pinned.kernels)
    #expect(plan.workspaceByteCount == pinned.workspace)
  }

  @Test func referenceStepKeepsItsBudget() throws {
    let plan = try ReferenceStep().plan()
    #expect(plan.launches.reduce(0) { $0 + $1.kernels.count } <= 30)
  }

  @Test func plainPlanRunsOneOpAKernel() throws {
    let plan = try ReferenceStep().plan(fusing: false)
    #expect(plan.launches.reduce(0) { $0 + $1.kernels.count } > 100)
  }

  /// The optimizer's weights, moments and counters are overwritten where they lie.
  @Test func assignmentsAreInPlace() throws {
    let plan = try ReferenceStep().plan()
    let stored = plan.launches.flatMap(\.kernels).flatMap { bound in
      bound.kernel.stores.map { plan.memory[bound.slots[$0.argument].region].region }
    }
    for source in [ReferenceStep.Source.arena, .firstMoment, .secondMoment, .counters] {
      #expect(stored.contains(.source(source.id)))
    }
  }

  @Test func segmentsKeepToTheDevicesLimit() throws {
    let whole = try ReferenceStep().plan()
    let limit = 1 << 20
    #expect(throws: PlanError.self) {
      try ReferenceStep().plan(limits: PlanLimits(largestSegmentByteCount: limit))
    }
    let small = ReferenceStep(widths: [100, 400, 20])
    let cut = try small.plan(limits: PlanLimits(largestSegmentByteCount: limit))
    #expect(cut.memory.filter { $0.region == .workspace }.count > 1)
    #expect(cut.memory.allSatisfy { $0.region != .workspace || $0.byteCount <= limit })
    #expect(whole.memory.filter { $0.region == .workspace }.count == 1)
  }
}
