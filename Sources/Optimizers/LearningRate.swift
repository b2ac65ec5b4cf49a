import Glibc
import Tensors

/// The learning rate, as a function of the number of finished steps.
///
/// It is computed on the device from the minimizer's own counter: many steps run without the host, and a run that is
/// resumed goes on with the rate it would have had. A plain number is a constant rate: `Adam(learningRate: 1e-3)`.
public struct LearningRate: Sendable {
  private let rate: @Sendable (_ finishedSteps: Tensor) -> Tensor

  /// A schedule of one's own, from the number of finished steps, (1,), to the rate, (1,).
  public init(_ rate: @escaping @Sendable (_ finishedSteps: Tensor) -> Tensor) { self.rate = rate }

  /// The rate of the step that follows so many finished ones: (1,) to (1,).
  public func callAsFunction(_ finishedSteps: Tensor) -> Tensor { rate(finishedSteps) }

  public static func constant(_ rate: Double) -> LearningRate {
    LearningRate { .full(rate, $0.shape, type: $0.type) }
  }

  /// The value of a variable of one element, which the host may change between steps.
  public static func variable(_ variable: Variable) -> LearningRate {
    LearningRate { variable.tensor.reshaped($0.shape).cast(to: $0.type) }
  }

  /// Multiplied by `factor` after every `steps` steps: rate · factor^⌊t / steps⌋.
  public static func step(_ rate: Double, factor: Double, every steps: Int) -> LearningRate {
    // Halfway between two whole numbers, so that the floor does not depend on how a device rounds a division.
    LearningRate { rate * ((($0 + 0.5) / Double(steps)).floor() * log(factor)).exp() }
  }

  /// Multiplied by `factor` at every step: rate · factorᵗ.
  public static func exponential(_ rate: Double, factor: Double) -> LearningRate {
    LearningRate { rate * ($0 * log(factor)).exp() }
  }

  /// Along half a cosine from `rate` to `end` in so many steps, then `end` (Loshchilov and Hutter, SGDR, 2017).
  public static func cosine(_ rate: Double, to end: Double = 0, over steps: Int) -> LearningRate {
    LearningRate { end + (rate - end) / 2 * (1 + (minimum($0 / Double(steps), 1) * Double.pi).cos()) }
  }

  /// Along a line from `rate` to `end` in so many steps, then `end`.
  public static func linear(_ rate: Double, to end: Double, over steps: Int) -> LearningRate {
    LearningRate { rate + (end - rate) * minimum($0 / Double(steps), 1) }
  }

  /// `rate`, and from the steps named on the rates named with them, in order of the steps.
  public static func piecewise(_ rate: Double, _ later: [(step: Int, rate: Double)]) -> LearningRate {
    let steps = later.map { (Double($0.step), $0.rate) }
    return LearningRate { finished in
      steps.reduce(.full(rate, finished.shape, type: finished.type)) { select(finished .>= $1.0, $1.1, $0) }
    }
  }

  /// This rate, reached along a line from 0 in the first so many steps: times min((t + 1) / steps, 1).
  public func warmedUp(over steps: Int) -> LearningRate {
    LearningRate { self($0) * minimum(($0 + 1) / Double(steps), 1) }
  }
}

extension LearningRate: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self = .constant(value) }
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}
