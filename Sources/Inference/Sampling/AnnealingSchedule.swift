import Glibc

/// The powers β of the likelihood on the way from prior to posterior: p(z) p(x|z)^β, β from 0 up to 1.
public struct AnnealingSchedule: Hashable, Sendable {
  /// The powers after 0, each above the one before, the last of them 1.
  public let powers: [Double]

  /// Powers of one's own; traps where they do not rise from above 0 to 1.
  public init(_ powers: [Double]) {
    precondition(
      powers.last == 1 && zip([0] + powers, powers).allSatisfy(<), "[annealing] powers that do not rise from 0 to 1")
    self.powers = powers
  }

  /// Equal steps.
  public static func linear(_ count: Int) -> AnnealingSchedule {
    AnnealingSchedule((1...count).map { Double($0) / Double(count) })
  }

  /// Small steps at both ends, where the distributions change most: β ∝ σ(δ (2 t/T - 1)) - σ(-δ) with δ = 4.
  ///
  /// (Grosse, Ghahramani and Adams, Sandwiching the marginal likelihood using bidirectional Monte Carlo, 2015, section 6.)
  public static func sigmoid(_ count: Int) -> AnnealingSchedule {
    let (width, low) = (4.0, 1 / (1 + exp(4.0)))
    return AnnealingSchedule(
      (1...count).map { number in
        guard number < count else { return 1 }
        let height = 1 / (1 + exp(-width * (2 * Double(number) / Double(count) - 1)))
        return (height - low) / (1 - 2 * low)
      })
  }
}
