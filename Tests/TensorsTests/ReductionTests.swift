import Foundation
import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct ReductionTests {
  private let x = numbers(2, 3, 4)

  /// Groups of elements that meet when the middle axis of (2, 3, 4) is reduced.
  private var groups: [[Double]] {
    get throws {
      let values = try x.scalars()
      return (0..<2).flatMap { i in (0..<4).map { k in (0..<3).map { j in values[(i * 3 + j) * 4 + k] } } }
    }
  }

  @Test func sumsMeansAndExtremes() throws {
    let groups = try groups
    func check(_ found: Tensor, _ expected: ([Double]) -> Double) throws {
      let comparison = agree(try interpreted(found), groups.map(expected))
      #expect(comparison.isClose, "\(comparison)")
    }
    try check(x.sum(axis: 1)) { $0.reduce(0, +) }
    try check(x.mean(axis: -2)) { $0.reduce(0, +) / 3 }
    try check(x.max(axis: 1)) { $0.max()! }
    try check(x.min(axis: 1)) { $0.min()! }
    try check(x.logSumExp(axis: 1)) { log($0.map { exp($0) }.reduce(0, +)) }
    try check(x.logMeanExp(axis: 1)) { log($0.map { exp($0) }.reduce(0, +) / 3) }
    func variance(_ x: [Double], _ correction: Double) -> Double {
      let mean = x.reduce(0, +) / 3
      return x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / (3 - correction)
    }
    try check(x.variance(axis: 1)) { variance($0, 0) }
    try check(x.variance(axis: 1, correction: 1)) { variance($0, 1) }
    try check(x.standardDeviation(axis: 1)) { variance($0, 0).squareRoot() }
    let total = agree(try interpreted(x.sum()), [try x.scalars().reduce(0, +)])
    #expect(total.isClose, "\(total)")
  }

  @Test func smallestOfIntegersAtTheEndsOfTheirRange() throws {
    #expect(try interpreted(Tensor([Int32.min, 5, Int32.max]).min()) == [Double(Int32.min)])
    #expect(try interpreted(Tensor([3, UInt32.max]).min()) == [3])
    #expect(try interpreted(Tensor([9, 255, 7] as [UInt8]).min()) == [7])
    #expect(try interpreted(Tensor([9, 255, 0] as [UInt8]).max()) == [255])
  }

  @Test func sumsOfExponentialsDoNotOverflow() throws {
    let huge = Tensor([1000, 1000, -1000, -1001, -.infinity, -.infinity] as [Double], shape: [3, 2])
    let found = try interpreted(huge.logSumExp(axis: 1))
    let comparison = agree(
      Array(found[..<2]), [1000 + log(2), -1000 + log(1 + exp(-1))], ulps: 2048)
    #expect(comparison.isClose, "\(comparison)")
    #expect(found[2] == -.infinity)
    #expect(try interpreted(huge.softmax())[0..<2] == [0.5, 0.5])
    #expect(try interpreted(huge.logSoftmax())[0] == -log(2))
  }

  @Test func theGradientOfLogSumExpIsSoftmax() throws {
    let slope = gradient(of: x.logSumExp(axis: 1).sum(), withRespectTo: x)
    let comparison = agree(try interpreted(slope), try interpreted(x.softmax(axis: 1)))
    #expect(comparison.isClose, "\(comparison)")
    let ones = agree(try interpreted(x.softmax(axis: 1).sum(axis: 1)), [Double](repeating: 1, count: 8))
    #expect(ones.isClose, "\(ones)")
    let same = agree(try interpreted(x.logSoftmax(axis: 1)), try interpreted(x.softmax(axis: 1)).map { log($0) })
    #expect(same.isClose, "\(same)")
  }

  @Test func theFirstOfSeveralIsFound() throws {
    let ties: Tensor = [[1, 3, 3, 0], [5, 5, 5, 5], [-4, -3, -2, -2]]
    #expect(try interpreted(ties.argmax()) == [1, 0, 2])
    #expect(try interpreted(ties.argmin()) == [3, 0, 0])
    #expect(try interpreted(ties.argmax(axis: 0)) == [1, 1, 1, 1])
    #expect(ties.argmax(axis: 0, keepingDimensions: true).shape == [1, 4])
  }

  @Test func cumulativeSumsAreRunningSums() throws {
    let counts = Tensor((1...14).map { $0 }, shape: [2, 7])
    #expect(try interpreted(counts.cumulativeSum()) == [1, 3, 6, 10, 15, 21, 28, 8, 17, 27, 38, 50, 63, 77])
    #expect(try interpreted(counts.cumulativeSum(axis: 0)) == [1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 17, 19, 21])
  }
}
