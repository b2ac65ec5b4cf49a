import Graphs

extension Tensor {
  /// The product of matrices, by NumPy's rule: (..., m, k) · (..., k, n) = (..., m, n).
  ///
  /// Leading dimensions are broadcast. A vector on the left is one row, a vector on the right one column, and that
  /// dimension disappears from the result.
  public func matmul(_ other: Tensor) -> Tensor {
    guard type == other.type else { Tensor.trapTypes("matmul", self, other) }
    guard rank > 0, other.rank > 0 else { trapShapes("matmul", other) }
    if rank == 1 { return expandedDimensions(at: 0).matmul(other).squeezed(axis: other.rank == 1 ? 0 : -2) }
    if other.rank == 1 { return matmul(other.expandedDimensions(at: 1)).squeezed(axis: -1) }
    guard shape[rank - 1] == other.shape[other.rank - 2] else { trapShapes("matmul", other) }

    if other.rank == 2 {
      // One product with many rows instead of many products.
      if rank == 2 { return Tensor.apply(.matmul, [self, other]) }
      let rows = reshaped([shape.dimensions.dropLast().reduce(1, *), shape[rank - 1]])
      let product = Tensor.apply(.matmul, [rows, other])
      return product.reshaped(Shape(shape.dimensions.dropLast() + [other.shape[1]]))
    }
    let (a, b) = (Shape(shape.dimensions.dropLast(2)), Shape(other.shape.dimensions.dropLast(2)))
    guard let batch = a.broadcast(with: b) else { trapShapes("matmul", other) }
    return Tensor.apply(
      .matmul,
      [
        broadcast(to: Shape(batch.dimensions + shape.dimensions.suffix(2))),
        other.broadcast(to: Shape(batch.dimensions + other.shape.dimensions.suffix(2))),
      ])
  }

  /// The sum of products along the last axis, Σ aᵢ bᵢ: (..., n), (..., n) to (...).
  public func dot(_ other: Tensor) -> Tensor { (self * other).sum(axis: -1) }

  /// All products of two vectors, aᵢ bⱼ: (m,), (n,) to (m, n).
  public func outer(_ other: Tensor) -> Tensor {
    guard rank == 1, other.rank == 1 else { trapShapes("outer", other) }
    return expandedDimensions(at: 1) * other
  }

  /// The 2-D convolution (cross-correlation) with filters.
  ///
  /// (batch, channels, height, width) and (outputs, channels / groups, rows, columns) to (batch, outputs, h, w), with
  /// h = ⌊(height + 2 · padding - dilation · (rows - 1) - 1) / stride⌋ + 1, and w alike.
  public func convolved(with filters: Tensor, window: ConvolutionWindow = ConvolutionWindow()) -> Tensor {
    guard type == filters.type else { Tensor.trapTypes("convolution", self, filters) }
    return Tensor.apply(.convolution(window), [self, filters])
  }

  /// The transposed 2-D convolution: the gradient of a convolution with respect to its input.
  ///
  /// (batch, channels, height, width) and (channels, outputs / groups, rows, columns) to (batch, outputs, h, w), with
  /// h = (height - 1) · stride - 2 · padding + dilation · (rows - 1) + outputPadding + 1, and w alike.
  public func convolvedTransposed(
    with filters: Tensor, window: ConvolutionWindow = ConvolutionWindow(), outputPadding: [Int] = [0, 0]
  ) -> Tensor {
    guard type == filters.type else { Tensor.trapTypes("transposed convolution", self, filters) }
    guard rank == 4, filters.rank == 4 else { trapShapes("transposed convolution", filters) }
    let extents = (0..<2).map { i in
      (shape[2 + i] - 1) * window.stride[i] - 2 * window.padding[i] + window.dilation[i] * (filters.shape[2 + i] - 1)
        + outputPadding[i] + 1
    }
    let input = Shape([shape[0], filters.shape[1] * window.groups] + extents)
    return Tensor.apply(.convolutionInputGradient(window, input: input), [self, filters])
  }

  private func trapShapes(_ op: String, _ other: Tensor) -> Never {
    trap(op, "shapes \(shape) and \(other.shape) do not align")
  }
}
