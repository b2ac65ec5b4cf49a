import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct ContractionTests {
  /// Products of matrices by three loops; each operand's batch of 1 serves all.
  private func product(
    _ a: [Double], _ b: [Double], _ batch: (Int) -> (Int, Int), count: Int, m: Int, k: Int, n: Int
  ) -> [Double] {
    var result: [Double] = []
    for (p, q) in (0..<count).map(batch) {
      for row in 0..<m {
        for column in 0..<n {
          var sum = 0.0
          for i in 0..<k { sum += a[(p * m + row) * k + i] * b[(q * k + i) * n + column] }
          result.append(sum)
        }
      }
    }
    return result
  }

  @Test func batchesAreBroadcast() throws {
    let (a, b) = (numbers(2, 1, 3, 4), numbers(5, 4, 2, from: 50))
    let expected = product(
      try a.scalars(), try b.scalars(), { ($0 / 5, $0 % 5) }, count: 10, m: 3, k: 4, n: 2)
    let comparison = agree(try interpreted(a.matmul(b)), expected)
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test func aBatchOfRowsMeetsOneMatrix() throws {
    let (a, b) = (numbers(2, 3, 4), numbers(4, 2, from: 50))
    let expected = product(try a.scalars(), try b.scalars(), { ($0, 0) }, count: 2, m: 3, k: 4, n: 2)
    let comparison = agree(try interpreted(a.matmul(b)), expected)
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test func vectorsAreARowAndAColumn() throws {
    let (a, v, w) = (numbers(2, 3), numbers(3, from: 9), numbers(2, from: 30))
    let (x, y, z) = (try a.scalars(), try v.scalars(), try w.scalars())
    let column = agree(try interpreted(a.matmul(v)), product(x, y, { _ in (0, 0) }, count: 1, m: 2, k: 3, n: 1))
    #expect(column.isClose, "\(column)")
    let row = agree(try interpreted(w.matmul(a)), product(z, x, { _ in (0, 0) }, count: 1, m: 1, k: 2, n: 3))
    #expect(row.isClose, "\(row)")
    #expect(try interpreted(v.matmul(v)) == interpreted(v.dot(v)))
    #expect(try interpreted(v.outer(w)) == y.flatMap { a in z.map { a * $0 } })
  }

  /// ⟨convolved(x), y⟩ = ⟨x, convolvedTransposed(y)⟩.
  @Test(arguments: [
    (ConvolutionWindow(), [6, 5], [0, 0]),
    (ConvolutionWindow(stride: [2, 2], padding: [1, 1]), [8, 8], [1, 0]),
    (ConvolutionWindow(stride: [2, 3], padding: [1, 0], dilation: [2, 1], groups: 2), [9, 8], [0, 1]),
  ])
  func transposedConvolutionIsTheAdjoint(window: ConvolutionWindow, extents: [Int], outputPadding: [Int]) throws {
    let x = numbers(2, 4, extents[0], extents[1])
    let filters = numbers(6, 4 / window.groups, 3, 4, from: 1000)
    let image = x.convolved(with: filters, window: window)
    let y = numbers(2, 6, image.shape[2], image.shape[3], from: 2000)
    let back = y.convolvedTransposed(with: filters, window: window, outputPadding: outputPadding)
    #expect(back.shape == x.shape)
    let products = try interpreted([(image * y).sum(), (x * back).sum()])
    let comparison = isClose(products[0], products[1], .float64, ulps: 64, magnitude: [1000])
    #expect(comparison.isClose, "\(comparison)")
  }
}
