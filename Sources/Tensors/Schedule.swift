import Glibc

/// A number that changes over training, as a function of the number of finished steps: a learning rate, a weight.
///
/// It is computed on the device from a counter that lives there: many steps run without the host, and a run that is
/// resumed goes on with the number it would have had. A plain number is constant: `Adam(learningRate: 1e-3)`.
public struct Schedule: Sendable {
  private let value: @Sendable (_ finishedSteps: Tensor) -> Tensor

  /// A schedule of one's own, from the number of finished steps, (1,), to the value, (1,).
  public init(_ value: @escaping @Sendable (_ finishedSteps: Tensor) -> Tensor) { self.value = value }

  /// The value in the step that follows so many finished ones: (1,) to (1,).
  public func callAsFunction(_ finishedSteps: Tensor) -> Tensor { value(finishedSteps) }

  public static func constant(_ value: Double) -> Schedule {
    Schedule { .full(value, $0.shape, type: $0.type) }
  }

  /// The value of a variable of one element, which the host may change between steps.
  public static func variable(_ variable: Variable) -> Schedule {
    Schedule { variable.tensor.reshaped($0.shape).cast(to: $0.type) }
  }

  /// Multiplied by `factor` after every `steps` steps: start · factor^⌊t / steps⌋.
  public static func step(_ start: Double, factor: Double, every steps: Int) -> Schedule {
    // Halfway between two whole numbers, so that the floor does not depend on how a device rounds a division.
    Schedule { start * ((($0 + 0.5) / Double(steps)).floor() * log(factor)).exp() }
  }

  /// Multiplied by `factor` at every step: start · factorᵗ.
  public static func exponential(_ start: Double, factor: Double) -> Schedule {
    Schedule { start * ($0 * log(factor)).exp() }
  }

  /// Along half a cosine from `start` to `end` in so many steps, then `end` (Loshchilov and Hutter, SGDR, 2017).
  public static func cosine(_ start: Double, to end: Double = 0, over steps: Int) -> Schedule {
    Schedule { end + (start - end) / 2 * (1 + (minimum($0 / Double(steps), 1) * Double.pi).cos()) }
  }

  /// Along a line from `start` to `end` in so many steps, then `end`.
  public static func linear(_ start: Double, to end: Double, over steps: Int) -> Schedule {
    Schedule { start + (end - start) * minimum($0 / Double(steps), 1) }
  }

  /// `start`, and from the steps named on the values named with them, in order of the steps.
  public static func piecewise(_ start: Double, _ later: [(step: Int, value: Double)]) -> Schedule {
    let steps = later.map { (Double($0.step), $0.value) }
    return Schedule { finished in
      steps.reduce(.full(start, finished.shape, type: finished.type)) { select(finished .>= $1.0, $1.1, $0) }
    }
  }

  /// From 0 to 1 along a line in the first `share` of every `steps` steps, and 1 in the rest of them (Fu et al.,
  /// Cyclical annealing schedule, NAACL 2019).
  public static func cyclical(every steps: Int, rising share: Double = 0.5) -> Schedule {
    // The cycle's number from halfway between two steps, so that it does not depend on how a device rounds a division.
    Schedule { finished in
      let cycle = ((finished + 0.5) / Double(steps)).floor()
      return minimum((finished - cycle * Double(steps)) / (share * Double(steps)), 1)
    }
  }

  /// This schedule times another.
  public func multiplied(by other: Schedule) -> Schedule { Schedule { self($0) * other($0) } }

  /// This schedule, reached along a line from 0 in the first so many steps: times min((t + 1) / steps, 1).
  public func warmedUp(over steps: Int) -> Schedule {
    Schedule { self($0) * minimum(($0 + 1) / Double(steps), 1) }
  }
}

extension Schedule: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self = .constant(value) }
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}
