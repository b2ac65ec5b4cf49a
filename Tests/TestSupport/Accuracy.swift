import Foundation
import Graphs

/// The rounding, in units in the last place of the result, that one op of a device may add: what `elbo_math.h` states
/// for its functions; where those divide, with OpenCL's division of 2.5 ulp for a correctly rounded one; what the OpenCL
/// specification (7.4) states of division and square root; and one unit where IEEE 754 asks for half.
enum Accuracy {
  static func ulps(_ op: UnaryOp) -> Double {
    switch op {
    case .negate, .absolute, .sign, .floor, .relu: 0
    case .sqrt, .reciprocal: 3
    case .exp, .log: 1
    case .log1p, .expm1, .sin, .cos: 2
    case .softplus, .erf: 3
    case .tanh, .sigmoid: 5
    }
  }

  static func ulps(_ op: BinaryOp) -> Double {
    switch op {
    case .add, .subtract, .multiply: 1
    case .divide: 3
    case .power: 4
    case .maximum, .minimum, .less, .equal, .remainder: 0
    }
  }

  /// How often a term's rounding may be met in a sum of `count`, in units of epsilon times the sum of magnitudes.
  ///
  /// A blocked sum, which is what a long reduction must be, errs by the logarithm of its length: one running sum of a
  /// million float32 does not pass.
  static func sumDepth(_ count: Int) -> Double {
    min(Double(count), 4 + 2 * log2(Double(max(count, 1))))
  }

  /// The same for products of matrices, whose inner loop is one running sum: its rounding errors add like a random walk.
  static func productDepth(_ count: Int) -> Double {
    min(Double(count), 4 + Double(count).squareRoot())
  }
}
