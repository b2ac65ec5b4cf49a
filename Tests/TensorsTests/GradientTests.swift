import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct GradientTests {
  @Test func aViewIsAVariable() throws {
    let x = Tensor([1, 2, 3, 4] as [Float])
    let view = x.exp().reshaped(2, 2)
    let slope = gradient(of: view.reshaped(4).sum(), withRespectTo: view)
    #expect(try slope.values(as: Float.self) == [1, 1, 1, 1])
    let piece = x.exp()[1..<4]
    #expect(try gradient(of: piece[0..<3].sum(), withRespectTo: piece).values(as: Float.self) == [1, 1, 1])
    let negative = -x
    #expect(try gradient(of: (-negative).sum(), withRespectTo: negative).values(as: Float.self) == [-1, -1, -1, -1])
    let wide = Tensor([2] as [Float]).broadcast(to: [3])
    let widened = gradient(of: (wide * wide).sum(), withRespectTo: wide)
    #expect(try interpreted(widened) == [4, 4, 4])
  }

  @Test func memoryIsAVariableInWhateverShapeItIsUsed() throws {
    let x = numbers(4)
    let slope = gradient(of: (x.reshaped(2, 2) * x[..., 0..<2]).sum(), withRespectTo: x)
    let values = try x.scalars()
    #expect(try interpreted(slope) == [2 * values[0] + values[2], 2 * values[1] + values[3], values[0], values[1]])
  }

  @Test func aConstantIsNoVariable() async {
    await #expect(processExitsWith: .failure) {
      let x = Tensor.ones([2])
      _ = gradient(of: x.exp().sum(), withRespectTo: x)
    }
  }

  @Test func thirdDerivativesOfAPolynomialAreConstant() throws {
    let x = Tensor([1, 2, 3] as [Float])
    var y = x * x * x
    for _ in 0..<3 { y = gradient(of: y, withRespectTo: x) }
    #expect(try interpreted(y) == [6, 6, 6])
  }

  @Test func theSeedWeighsTheOutputs() throws {
    let (x, seed) = (numbers(3), numbers(3, from: 40))
    let slope = gradient(of: x * x, withRespectTo: x, seed: seed)
    #expect(try interpreted(slope) == zip(x.scalars(), seed.scalars()).map { 2 * $0 * $1 })
  }

  /// J v as the gradient of (Jᵀ u) · v with respect to u.
  @Test func aJacobianVectorProductIsTwoGradients() throws {
    let (a, x, v) = (numbers(2, 3), numbers(3, from: 9), numbers(3, from: 20))
    let u = Tensor([1, 1] as [Double])
    let back = gradient(of: a.matmul(x).sin(), withRespectTo: x, seed: u)
    let forward = gradient(of: back.dot(v), withRespectTo: u)
    let comparison = agree(try interpreted(forward), try interpreted(a.matmul(x).cos() * a.matmul(v)))
    #expect(comparison.isClose, "\(comparison)")
  }
}
