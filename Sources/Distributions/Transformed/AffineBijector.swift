import Tensors

/// y = a x + b, element by element, with a ≠ 0.
public struct AffineBijector: Bijector {
  /// a and b: events, of no batch or of the values'.
  public let scale, shift: Tensor
  public let eventRank: Int

  public init(scale: Tensor, shift: Tensor, eventRank: Int = 1) {
    let aligned = Tensor.aligned([scale, shift], eventRank: eventRank, "affine")
    (self.scale, self.shift, self.eventRank) = (aligned[0], aligned[1], eventRank)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { scale * x + shift }

  public func inverse(of y: Tensor) -> Tensor { (y - shift) / scale }

  public func logDeterminant(at x: Tensor, eventRank: Int) -> Tensor {
    (scale.abs().log() + Tensor.zeros(like: x)).summedOverEvent(eventRank)
  }

  public func mappingParameters(_ transform: (Tensor, Int) -> Tensor) -> AffineBijector {
    AffineBijector(scale: transform(scale, eventRank), shift: transform(shift, eventRank), eventRank: eventRank)
  }
}

/// y = R x + b with a lower triangular R, of which what stands above the diagonal is not looked at.
public struct TriangularBijector: Bijector {
  /// R: (batch..., d, d) with no 0 on the diagonal; b: (batch..., d).
  public let factor, shift: Tensor

  public init(factor: Tensor, shift: Tensor) {
    guard factor.rank > 1, shift.rank > 0,
      factor.shape.dimensions.suffix(2) == [shift.shape[shift.rank - 1], shift.shape[shift.rank - 1]]
    else { fatalError("[triangular] a factor of \(factor.shape) and a shift of \(shift.shape)") }
    (self.factor, self.shift) = (factor.lowerTriangular(), shift)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    (factor * x.expandedDimensions(at: -2)).sum(axis: -1) + shift
  }

  public func inverse(of y: Tensor) -> Tensor { (y - shift).solvedByLowerTriangle(factor) }

  /// Σ log |Rᵢᵢ|.
  public func logDeterminant(at x: Tensor, eventRank: Int) -> Tensor {
    guard eventRank == 1 else { fatalError("[triangular] events of \(eventRank) dimensions") }
    return (factor.diagonal().abs().log() + Tensor.zeros(like: x)).sum(axis: -1)
  }

  public func mappingParameters(_ transform: (Tensor, Int) -> Tensor) -> TriangularBijector {
    TriangularBijector(factor: transform(factor, 2), shift: transform(shift, 1))
  }
}

extension Tensor {
  /// R⁻¹ y by a lower triangular R, row by row: (batch..., d) by (batch..., d, d), for latent spaces, not for pictures.
  func solvedByLowerTriangle(_ factor: Tensor) -> Tensor {
    var solved: [Tensor] = []
    for row in 0..<shape[rank - 1] {
      var rest = sliced(row..<row + 1, axis: -1)
      if row > 0 {
        let coefficients = factor[..., row, 0..<row]
        rest = rest - (coefficients * concatenated(solved, axis: -1)).sum(axis: -1, keepingDimensions: true)
      }
      solved.append(rest / factor[..., row, row..<row + 1])
    }
    return concatenated(solved, axis: -1)
  }
}
