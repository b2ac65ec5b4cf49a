import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct RandomKeyTests {
  private func stream(_ tensor: Tensor) -> UInt32? {
    guard let (trace, node) = traced(tensor), case .random(_, _, let stream, _) = trace.graph[node].op else {
      return nil
    }
    return stream
  }

  @Test func drawsAreNumberedWithinTheirDomain() {
    let key = RandomKey(seed: 7, domain: .training)
    #expect((0..<3).map { _ in stream(key.normal([2])) } == [1 << 24, 1 << 24 + 1, 1 << 24 + 2])
    #expect(stream(RandomKey(seed: 7).uniform([2])) == 0)
    #expect(stream(RandomKey(seed: 7, domain: .dataOrder).bits([2])) == 4 << 24)
    #expect(stream(RandomKey(seed: 7, domain: .layers).bits([2])) == 5 << 24)
  }

  @Test func theSeedIsTheKey() throws {
    let key = RandomKey(seed: 0x1234_5678_9abc_def0)
    #expect(try key.state.values(as: UInt32.self) == [0x9abc_def0, 0x1234_5678, 0])
  }

  @Test func drawsOfABatchBelongToItsData() throws {
    let key = RandomKey(state: RandomKey(seed: 1).state, domain: .training, rows: Tensor([5, 9, 2]))
    let (trace, byDatum) = try #require(traced(key.normal([3, 4])))
    #expect(trace.graph[byDatum].inputs.count == 2)
    let (other, free) = try #require(traced(key.normal([4, 3])))
    #expect(other.graph[free].inputs.count == 1)
  }

  @Test func aDatumsNumbersDoNotDependOnItsPlace() throws {
    let state = RandomKey(seed: 3).state
    func draw(_ rows: [Int]) throws -> [Double] {
      let key = RandomKey(state: state, domain: .training, rows: Tensor(rows))
      return try interpreted(key.uniform([rows.count, 3]))
    }
    let (forth, back) = (try draw([4, 7]), try draw([7, 4]))
    #expect(Array(forth[..<3]) == Array(back[3...]) && Array(forth[3...]) == Array(back[..<3]))
  }

  /// Draws by data and their numbers are those of all at once.
  @Test func rowsMayBeOfDataAndTheirDraws() throws {
    let state = RandomKey(seed: 3).state
    let all = try interpreted(RandomKey(state: state, domain: .evaluation, rows: Tensor([2, 5])).normal([2, 4, 3]))
    // The draws 1 and 2 of the four of each.
    let rows = Tensor([9, 10, 21, 22], shape: [2, 2])
    let some = try interpreted(RandomKey(state: state, domain: .evaluation, rows: rows).normal([2, 2, 3]))
    #expect(Array(some[..<6]) == Array(all[3..<9]) && Array(some[6...]) == Array(all[15..<21]))
  }

  @Test func momentsAreThoseOfTheDistribution() throws {
    let key = RandomKey(seed: 5)
    let count = 10_000.0
    // Five standard errors each.
    let normal = try interpreted(key.normal([10_000]))
    #expect(abs(normal.reduce(0, +) / count) < 5 / count.squareRoot())
    #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / count - 1) < 5 * (2 / count).squareRoot())
    let uniform = try interpreted(key.uniform([10_000], in: -1...3))
    #expect(uniform.allSatisfy { -1 < $0 && $0 < 3 })
    #expect(abs(uniform.reduce(0, +) / count - 1) < 5 * 4 / (12 * count).squareRoot())
    let coin = try interpreted(key.bernoulli(.full(0.2, [10_000])))
    #expect(coin.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(abs(coin.reduce(0, +) / count - 0.2) < 5 * (0.2 * 0.8 / count).squareRoot())
  }
}
