import Graphs
import Plans
import Runtime
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct EvaluationTests {
  private let device = ReferenceBackend()

  @Test func whatIsComputedIsWhatTheGraphSays() throws {
    let (x, w) = (numbers(4, 3), numbers(3, 2, from: 30))
    let hidden = (x.matmul(w) + 1).tanh()
    let loss = (hidden.softmax() * hidden.logSoftmax()).sum(axis: 1).mean()
    let slopes = gradients(of: loss, withRespectTo: [x, w, hidden])
    let found = try evaluate([loss, hidden] + slopes, on: device)
    for (result, expected) in zip(found, try interpreted([loss, hidden] + slopes)) {
      let comparison = agree(try result.scalars(), expected, ulps: 64)
      #expect(comparison.isClose, "\(comparison)")
    }
    #expect(found.map(\.shape) == [[], [4, 2], [4, 3], [3, 2], [4, 2]])
  }

  @Test func viewsConstantsAndMemoryAreResultsToo() throws {
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let results = try evaluate(
      [x, x.transposed().transposed(), .ones([2]), x[1], x - x.stoppingGradient() + 7, x[0], x[1], x[..., 1..<1]],
      on: device)
    #expect(results[0].storage === x.storage)
    let values = try results.map { try $0.scalars() }
    #expect(values[1] == [1, 2, 3, 4, 5, 6])
    #expect(values[2] == [1, 1])
    #expect(values[3] == [4, 5, 6] && values[6] == values[3])
    #expect(values[4] == [Double](repeating: 7, count: 6))
    #expect(values[5] == [1, 2, 3])
    #expect(values[7].isEmpty)
    #expect(try evaluate([], on: device).isEmpty)
  }

  @Test func theSameComputationOnOtherMemoryIsPlannedOnce() throws {
    let device = ReferenceBackend()
    for i in 0..<5 {
      let x = Tensor([Float(i), 1])
      #expect(try (x.exp() * x).sum().evaluated(on: device).shape == [])
    }
    #expect(device.plans.planCount == 1)
    let x = Tensor([0, 1, 2] as [Float])
    _ = try (x.exp() * x).sum().evaluated(on: device)
    #expect(device.plans.planCount == 2)
    // One memory twice is another computation than two memories.
    let y = Tensor([2, 3] as [Float])
    #expect(try (x[..<2] + y).scalars(on: device) == [2, 4])
    #expect(try (y[..<2] + y).scalars(on: device) == [4, 6])
    #expect(device.plans.planCount == 4)
  }

  @Test func memoryMovesBetweenDevicesAndKeepsItsContents() throws {
    let (first, second) = (ReferenceBackend(), ReferenceBackend())
    let x = Tensor([1, 2, 3] as [Float])
    let y = try (x * 2).evaluated(on: first)
    let z = try (y + x).evaluated(on: second)
    #expect(try z.scalars() == [3, 6, 9])
    #expect(try y.scalars() == [2, 4, 6])
    #expect(try (z - y).scalars(on: first) == [1, 2, 3])
  }

  @Test func variablesBeginWithWhatIsComputedFirst() throws {
    let key = RandomKey(seed: 1)
    let draw = key.normal([3])
    let (a, b, c) = (Variable(draw), Variable(draw), Variable(draw * 2))
    #expect(throws: TensorError.notEvaluated([3], .float32)) { try a.value() }
    try Variable.initialize([a, b], on: device)
    #expect(device.plans.planCount == 1)
    let value = try a.value().scalars()
    #expect(try b.value().scalars() == value)
    try a.write([0, 0, 0])
    #expect(try b.value().scalars() == value)
    #expect(try (c.tensor - b.tensor).scalars(on: device) == value)
  }

  @Test func anEvaluatedVariableIsACopy() throws {
    let variable = Variable([1, 2])
    let before = try variable.tensor.evaluated(on: device)
    let doubled = variable.tensor * 2
    try variable.write([3, 4])
    #expect(try before.scalars() == [1, 2])
    #expect(try doubled.scalars(on: device) == [6, 8])
  }

  @Test func drawsAreTheSameEverywhere() throws {
    let first = try RandomKey(seed: 9).normal([1000]).scalars(on: device)
    let second = try RandomKey(seed: 9).normal([1000]).scalars(on: ReferenceBackend(order: .backward))
    #expect(first == second)
    #expect(try RandomKey(seed: 10).normal([1000]).scalars(on: device) != first)
    let key = RandomKey(seed: 9)
    let draws = try evaluate([key.normal([8]), key.normal([8])], on: device).map { try $0.scalars() }
    #expect(draws[0] == Array(first[..<8]) && draws[1] != draws[0])
  }

  @Test func noElementIsNoWork() throws {
    let none = Tensor([] as [Float], shape: [0, 3])
    #expect(try (none * 2).scalars(on: device).isEmpty)
    #expect(try none.sum(axis: 0).scalars(on: device) == [0, 0, 0])
    #expect(try concatenated([none, Tensor.ones([1, 3])]).scalars(on: device) == [1, 1, 1])
  }
}

@Suite struct PlanCacheTests {
  @Test func thePlanNotAskedForTheLongestIsDropped() throws {
    let cache = PlanCache(largestNodeCount: 8)
    var made: [Int] = []
    func ask(_ count: Int) throws {
      var graph = Graph()
      _ = (0..<count).map { graph.source(SourceID(raw: UInt64($0)), shape: [1], type: .float32) }
      _ = try cache.plan(for: PlanCache.Key(graph, outputs: [])) {
        made.append(count)
        return try Plan(graph, outputs: [])
      }
    }
    for count in [3, 4, 3, 2, 4, 3, 9, 9, 2] { try ask(count) }
    #expect(made == [3, 4, 2, 4, 3, 9, 9, 2])
  }
}
