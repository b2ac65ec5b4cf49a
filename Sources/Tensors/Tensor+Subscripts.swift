import Graphs

/// What a subscript takes of one axis: a place (the axis disappears) or a range of places.
///
/// Negative numbers count from the end: `x[-1]` is the last row, `x[(-3)...]` the last three. `0...` is all of an axis.
public protocol AxisSelection: Sendable {
  /// The places, and whether the axis stays, for an axis of this extent.
  func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)
}

extension Int: AxisSelection {
  public func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool) {
    let place = counted(in: extent)
    return (place..<place + 1, false)
  }

  fileprivate func counted(in extent: Int) -> Int { self < 0 ? self + extent : self }
}

extension Range<Int>: AxisSelection {
  public func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool) { (self, true) }
}

extension ClosedRange<Int>: AxisSelection {
  public func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool) { (Range(self), true) }
}

extension PartialRangeFrom<Int>: AxisSelection {
  public func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool) {
    let start = lowerBound.counted(in: extent)
    return (start..<Swift.max(start, extent), true)
  }
}

extension PartialRangeUpTo<Int>: AxisSelection {
  public func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool) {
    (0..<Swift.max(0, upperBound.counted(in: extent)), true)
  }
}

extension PartialRangeThrough<Int>: AxisSelection {
  public func resolved(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool) {
    (0..<Swift.max(0, upperBound.counted(in: extent) + 1), true)
  }
}

extension Tensor {
  /// Parts along the first axes: `x[0]`, `x[1..<5]`, `x[0..., -1]`.
  public subscript(_ selections: any AxisSelection...) -> Tensor { taking(selections, from: 0) }

  /// Parts along the last axes: `x[..., 0..<3]` takes three of the last axis.
  public subscript(_ all: UnboundedRange, _ selections: any AxisSelection...) -> Tensor {
    taking(selections, from: rank - selections.count)
  }

  private func taking(_ selections: [any AxisSelection], from first: Int) -> Tensor {
    guard selections.count <= rank else { trap("slice", "\(selections.count) selections in shape \(shape)") }
    var start = [Int](repeating: 0, count: rank)
    var end = shape.dimensions
    var dropped: [Int] = []
    for (axis, selection) in zip(first..., selections) {
      let (range, keepsAxis) = selection.resolved(in: shape[axis])
      guard range.lowerBound >= 0, range.upperBound <= shape[axis] else {
        trap("slice", "\(selection) is not inside axis \(axis) of shape \(shape)")
      }
      (start[axis], end[axis]) = (range.lowerBound, range.upperBound)
      if !keepsAxis { dropped.append(axis) }
    }
    let slice = Tensor.apply(.slice(start: start, end: end), [self])
    return dropped.isEmpty ? slice : slice.squeezed(axes: dropped)
  }
}
