import CPURuntime
import Graphs
import TestSupport
import Testing

/// Work is cut by shape alone, so the number of threads does not show in any bit.
@Suite struct ThreadConformanceTests {
  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    var computation = Computation()
    let x = computation.source([130, 97])
    let weight = computation.source([61, 97])
    let hidden = computation.unary(.tanh, computation.add(.matmul, x, computation.transposed(weight)))
    let long = computation.source([300_007])
    let loss = computation.total(computation.binary(.multiply, hidden, hidden))
    let key = computation.source([3], [4, 5, 6], .uint32)
    computation.outputs = [
      loss, computation.sum(hidden, [0]), computation.sum(computation.unary(.exp, long), [0]),
      computation.add(.random(.normal, shape: [20_001], stream: 1, type: .float32), key),
    ]
    computation.outputs += computation.graph.gradients(of: loss, withRespectTo: [x, weight])
    let pictures = computation.source([40, 3, 8, 8])
    let filters = computation.source([20, 3, 4, 4])
    let window = ConvolutionWindow(stride: [2, 2], padding: [1, 1])
    let seen = computation.add(.convolution(window), pictures, filters)
    computation.outputs +=
      [seen] + computation.graph.gradients(of: seen, withRespectTo: [pictures, filters], seed: seen)
    let results = try [1, 2, 3, 7].map { threads in
      let execution = try Execution(computation, on: try CPUBackend(threads: threads))
      try execution.program.run(times: 1)
      return try computation.outputs.indices.map { try execution.output($0) }
    }
    for other in results.dropFirst() { #expect(other == results[0]) }
    for (found, expected) in zip(
      results[0], computation.interpreter.evaluate(computation.outputs, of: computation.graph))
    {
      let comparison = compare(found, expected)
      #expect(comparison.isClose, "\(comparison)")
    }
  }
}
