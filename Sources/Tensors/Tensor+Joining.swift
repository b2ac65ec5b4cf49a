import Graphs

/// Tensors one after the other along an axis; their shapes agree elsewhere.
public func concatenated(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  guard let first = tensors.first else { trap("concatenate", "no tensors") }
  return Tensor.apply(.concatenate(axis: first.axis(axis, "concatenate")), tensors)
}

/// Tensors of one shape along a new axis, at this place of the result.
public func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  guard let first = tensors.first else { trap("stack", "no tensors") }
  guard let other = tensors.first(where: { $0.shape != first.shape }) else {
    let place = axis < 0 ? axis + first.rank + 1 : axis
    return concatenated(tensors.map { $0.expandedDimensions(at: place) }, axis: place)
  }
  trap("stack", "shapes \(first.shape) and \(other.shape) are not the same")
}

extension Tensor {
  /// Pieces of the given extents along an axis; together they are all of it.
  public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
    let axis = self.axis(axis, "split")
    guard sizes.reduce(0, +) == shape[axis] else {
      trap("split", "\(sizes) do not add up to axis \(axis) of shape \(shape)")
    }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return sliced(start..<start + size, axis: axis)
    }
  }

  /// `count` pieces of equal extent along an axis.
  public func split(_ count: Int, axis: Int = 0) -> [Tensor] {
    let extent = shape[self.axis(axis, "split")]
    guard count > 0, extent % count == 0 else { trap("split", "shape \(shape) does not split into \(count)") }
    return split(sizes: [Int](repeating: extent / count, count: count), axis: axis)
  }
}
