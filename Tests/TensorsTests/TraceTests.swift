import Graphs
import Testing

@testable import Tensors

/// The trace and node of a tensor that is still to be computed.
func traced(_ tensor: Tensor) -> (trace: Trace, node: NodeID)? {
  if case .node(let trace, let node) = tensor.content { return (trace, node) }
  return nil
}

@Suite struct TraceTests {
  private let x = Tensor([1, 2, 3] as [Float])

  @Test func anOpOnATraceStaysInIt() throws {
    let y = try #require(traced(x.exp()))
    let z = try #require(traced(Tensor(y.node, in: y.trace) + x))
    #expect(y.trace === z.trace)
    #expect(z.trace.graph.nodes.count == 3)
  }

  @Test func equalComputationsAreOneNode() throws {
    let sum = x.exp() + x.exp()
    let (trace, node) = try #require(traced(sum))
    #expect(trace.graph[node].inputs[0] == trace.graph[node].inputs[1])
  }

  @Test func theSmallerTraceIsCopiedIntoTheLarger() throws {
    let long = x.exp().sin().cos()
    let short = Tensor([4, 5, 6] as [Float]).log()
    for sum in [long + short, short + long] {
      #expect(try #require(traced(sum)).trace === traced(long)?.trace)
    }
    #expect(traced(short)?.trace.graph.nodes.count == 2)
  }

  @Test func whatWasCopiedBringsItsMemoryAndNoOther() throws {
    let (a, b) = (Tensor([1, 2, 3] as [Float]), Tensor([4, 5, 6] as [Float]))
    let used = a.exp()
    let other = try #require(traced(used + b)?.trace)
    let (trace, _) = try #require(traced(x.sin().cos().tanh().sqrt().floor() + used))
    #expect(trace !== other)
    #expect(trace.storage(of: try #require(a.storage).id) === a.storage)
    #expect(trace.storage(of: try #require(b.storage).id) == nil)
  }

  @Test func whatIsTracedTwiceIsNumberedTheSame() {
    let parts = (0..<8).map { Tensor([Float($0), 1, 2]) }
    func trace() -> [Node] {
      let trace = Trace()
      _ = trace.nodes(of: [parts[0].log()] + parts.map { $0.exp().sin() })
      return trace.graph.nodes
    }
    #expect(trace() == trace())
  }

  @Test func theCurrentTraceIsWhereAllMeet() throws {
    let before = x.exp().sin().cos()
    let current = Trace()
    let after = Trace.$current.withValue(current) { before * x }
    #expect(try #require(traced(after)).trace === current)
    #expect(traced(before)?.trace.graph.nodes.count == 4)
  }

  @Test func aTraceIsFreedWithItsLastTensor() {
    weak var trace: Trace?
    weak var storage: Storage?
    do {
      let a = Tensor([1, 2, 3] as [Float])
      let y = a.exp() + 1
      (trace, storage) = (traced(y)?.trace, a.storage)
      #expect(trace != nil && storage != nil)
    }
    #expect(trace == nil && storage == nil)
  }

  @Test func constantsNeedNoTrace() throws {
    let six = Tensor.full(2, [2, 2]) * 3
    #expect(traced(six) == nil)
    #expect(try six.values(as: Float.self) == [6, 6, 6, 6])
  }

  @Test func aMillionOpsAreBuiltDifferentiatedAndDropped() throws {
    weak var trace: Trace?
    do {
      var y = x
      for _ in 0..<500_000 { y = y * x }
      for _ in 0..<500_000 { y = y.sin() }
      let slope = gradient(of: y, withRespectTo: x)
      #expect(slope.shape == [3])
      let found = try #require(traced(slope))
      #expect(found.trace.graph.nodes.count > 3_000_000)
      trace = found.trace
    }
    #expect(trace == nil)
  }

  @Test func tracesThatMeetFromTwoSidesDoNotWaitForEachOther() async {
    let (a, b) = (x.exp(), x.sin())
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for i in 0..<500 {
            let scaled = Double(i)
            _ = task % 2 == 0 ? a * scaled + b : b * scaled + a
          }
        }
      }
    }
    #expect(traced(a)?.node != nil)
  }
}
