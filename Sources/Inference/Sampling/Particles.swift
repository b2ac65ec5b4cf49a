import Tensors

/// Points z with momenta p that move under a log density as under a force, so that their energy hardly changes:
///
/// ```
/// H(z, p) = |p|²/2 - log f(z)
/// ```
///
/// (Neal, MCMC using Hamiltonian dynamics, 2011, section 2.)
public struct Particles: Sendable {
  /// z: (batch..., d).
  public let position: Tensor
  /// p: (batch..., d).
  public let momentum: Tensor
  /// ∇ log f(z): (batch..., d).
  public let slope: Tensor

  public init(position: Tensor, momentum: Tensor, slope: Tensor) {
    (self.position, self.momentum, self.slope) = (position, momentum, slope)
  }

  /// |p|²/2: (batch...).
  public var kineticEnergy: Tensor { Self.kineticEnergy(of: momentum) }

  /// |p|²/2 of momenta: (batch..., d) to (batch...).
  static func kineticEnergy(of momentum: Tensor) -> Tensor { momentum.squared().sum(axis: -1) * 0.5 }

  /// One leapfrog step, which keeps volumes, and goes back where it came from once the momentum is turned round:
  ///
  /// ```
  /// p ← p + ε/2 ∇ log f(z)     z ← z + ε p     p ← p + ε/2 ∇ log f(z)
  /// ```
  ///
  /// - Parameters:
  ///   - stepSize: ε: (batch...).
  ///   - slope: ∇ log f at new positions: (batch..., d) to (batch..., d).
  public func leapt(by stepSize: Tensor, slope: (Tensor) -> Tensor) -> Particles {
    let step = stepSize.expandedDimensions(at: -1)
    let halfway = momentum + step * self.slope * 0.5
    let moved = position + step * halfway
    let next = slope(moved)
    return Particles(position: moved, momentum: halfway + step * next * 0.5, slope: next)
  }
}
