import Foundation
import Inference
import TensorTestSupport
import Tensors
import Testing

@Suite struct RunningEvidenceTests {
  private let start = RunningEvidence(
    largest: .full(RunningEvidence.lowest, [2], type: .float64), sum: Tensor([0.0, 0]))

  /// However the weights come, the logarithm of their mean is one.
  @Test func partsMakeUpTheWhole() throws {
    let weights = [[-700.0, -710, -705, -300, -900, -301], [4, -1e9, 3, 2, 1, 0]]
    let whole = start.adding(Tensor(weights.flatMap { $0 }, shape: [2, 6]))
    var parts = start
    for range in [0..<1, 1..<4, 4..<6] {
      parts = parts.adding(Tensor(weights.flatMap { $0[range] }, shape: [2, range.count]))
    }
    let found = try interpreted([whole.logMean(of: 6), parts.logMean(of: 6)])
    for (row, weights) in weights.enumerated() {
      let largest = weights.max()!
      let exact = largest + log(weights.reduce(0) { $0 + exp($1 - largest) } / 6)
      #expect(abs(found[0][row] - exact) < 1e-13 * abs(exact))
      #expect(abs(found[1][row] - exact) < 1e-13 * abs(exact))
    }
  }

  @Test func whatDoesNotCountChangesNothing() throws {
    let isCounted = Tensor([1.0, 1, 0])
    let counted = start.adding(Tensor([1.0, 2, 1e9, 3, 4, .nan], shape: [2, 3]), where: isCounted)
    let plain = start.adding(Tensor([1.0, 2, 3, 4], shape: [2, 2]))
    let found = try interpreted([counted.logMean(of: 2), plain.logMean(of: 2)])
    #expect(found[0][0] == found[1][0])
  }

  /// A draw that the model rules out is a weight of 0; nothing but such draws is a likelihood of 0.
  @Test func weightsOfZeroAreWeights() throws {
    let none = -Double.infinity
    let found = try interpreted(start.adding(Tensor([none, 2, none, none], shape: [2, 2])).logMean(of: 2))
    #expect(abs(found[0] - (2 - log(2))) < 1e-14)
    #expect(found[1] == none)
  }
}
