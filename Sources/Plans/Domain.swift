import Graphs

/// The iteration space of a kernel under way: the dimensions of a tensor, those of extent 1 left out, some cut in two
/// where a reshape inside the kernel asks for it.
struct Domain {
  private(set) var extents: [Int] = []
  /// Each dimension of the tensor that the space was made of as a function of the space.
  private(set) var coordinates: [Affine]
  private(set) var keptRank = 0

  /// The space of a tensor, the given axes innermost.
  init(_ shape: Shape, reducing axes: [Int] = []) {
    let kept = shape.dimensions.indices.filter { !axes.contains($0) && shape[$0] != 1 }
    let reduced = axes.filter { shape[$0] != 1 }
    extents = kept.map { shape[$0] }
    if extents.isEmpty { extents = [1] }
    keptRank = extents.count
    extents += reduced.map { shape[$0] }
    let rank = extents.count
    let first = kept.isEmpty ? 1 : 0
    coordinates = shape.dimensions.indices.map { axis in
      var affine = Affine.constant(0, rank: rank)
      if let dimension = (kept + reduced).firstIndex(of: axis) { affine.strides[first + dimension] = 1 }
      return affine
    }
  }

  mutating func split(_ dimension: Int, inner: Int) {
    coordinates = coordinates.map { $0.split(dimension, inner: inner) }
    extents[dimension] /= inner
    extents.insert(inner, at: dimension + 1)
    if dimension < keptRank { keptRank += 1 }
  }

  /// The row-major position in the whole space.
  var position: Affine { .rowMajor(extents) }

  /// The space of the kept dimensions alone.
  var kept: Domain {
    var result = self
    result.extents = Array(extents[..<keptRank])
    result.coordinates = []
    return result
  }
}
