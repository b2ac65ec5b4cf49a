import Optimizers
import Tensors
import TestSupport

/// Minimizes Σ (a p² / 2 + sin(b p)) over five parameters, as `Tests/Goldens/optimizers.py` does.
struct Problem {
  let minimizer: Minimizer
  private let a: Tensor
  private let b: Tensor

  init(_ optimizer: some Optimizer, type: ElementType, options: Minimizer.Options = Minimizer.Options()) {
    // In two parts, so that the gradients have to find their places.
    let start = Tensor([0.5, -1.25, 2.0, 0.03125, -3.0])
    let first = Parameter(
      [2], type: type, initializer: Initializer("start") { _, type, _ in start[..<2].cast(to: type) })
    let last = Parameter(
      [3], type: type, initializer: Initializer("start") { _, type, _ in start[2...].cast(to: type) })
    let arena = ParameterArena(["first": first, "last": last] as ParameterList, seed: 0)
    minimizer = Minimizer(optimizer, of: arena, options: options)
    a = Tensor([1.0, 0.1, 3.0, 0.01, 0.5]).cast(to: type)
    b = Tensor([0.3, 1.7, -0.9, 2.2, 1.1]).cast(to: type)
  }

  var loss: Tensor {
    let p = concatenated(minimizer.arena.parameters.map(\.parameter.tensor))
    return (a * p.squared() / 2 + (b * p).sin()).sum()
  }

  /// The step's records: loss, norm of the gradient, learning rate.
  func step(on device: ReferenceBackend = ReferenceBackend()) throws -> Step {
    let nothing = BatchSource([Tensor([0] as [Float])])
    let metrics = ["loss", "gradientNorm", "learningRate"]
    return try Step(on: device, over: nothing, batchSize: 1, seed: 0, metrics: metrics, ringLength: 32) { _ in
      let minimization = minimizer.minimize(loss)
      return [minimization.loss, minimization.gradientNorm, minimization.learningRate]
    }
  }

  func run(times: Int) throws -> [Step.Record] { try step().run(times: times) }
}
