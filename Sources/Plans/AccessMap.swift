import Graphs

/// Which element of a tensor a kernel reads at each place of its iteration space.
///
/// Followed from a kernel's result back through movement ops, a map stays affine: by coordinate, or, after a reshape,
/// by row-major position until coordinates are needed again.
struct AccessMap: Hashable {
  enum Form: Hashable {
    /// One function for each dimension of the tensor.
    case coordinates([Affine])
    /// The row-major position.
    case position(Affine)
  }

  var form: Form
  /// Where these do not hold, the value is that of padding and is not read.
  var bounds: [Bound] = []

  /// Why a map cannot be followed further.
  enum Failure: Error, Hashable {
    /// It can if the dimension of the iteration space is cut in two, the inner one of this extent.
    case split(dimension: Int, inner: Int)
    case notAffine
  }

  func position(in shape: Shape, rank: Int) -> Affine {
    switch form {
    case .position(let position): return position
    case .coordinates(let coordinates):
      return zip(coordinates, shape.strides).reduce(.constant(0, rank: rank)) { $0 + $1.0 * $1.1 }
    }
  }

  func coordinates(in shape: Shape, domain: [Int]) throws(Failure) -> [Affine] {
    switch form {
    case .coordinates(let coordinates): return coordinates
    case .position(let position): return try AccessMap.coordinates(of: position, in: shape, domain: domain)
    }
  }

  /// The map for the input of a movement op, from the map for its result.
  func through(_ op: Op, input: Shape, output: Shape, domain: [Int]) throws(Failure) -> AccessMap {
    switch op {
    case .reshape:
      return AccessMap(form: .position(position(in: output, rank: domain.count)), bounds: bounds)
    case .broadcast:
      let zero = Affine.constant(0, rank: domain.count)
      if input.elementCount == 1 { return AccessMap(form: .position(zero), bounds: bounds) }
      let here = try coordinates(in: output, domain: domain)
      return with(here.indices.map { input[$0] == 1 ? zero : here[$0] })
    case .permute(let axes):
      let here = try coordinates(in: output, domain: domain)
      return with(axes.indices.map { axis in here[axes.firstIndex(of: axis)!] })
    case .slice(let start, _):
      let here = try coordinates(in: output, domain: domain)
      return with(here.indices.map { here[$0].shifted(by: start[$0]) })
    case .pad(let before, let after):
      let here = try coordinates(in: output, domain: domain)
      var result = with(here.indices.map { here[$0].shifted(by: -before[$0]) })
      if case .coordinates(let inner) = result.form {
        for axis in inner.indices where before[axis] + after[axis] > 0 {
          let bound = Bound(index: inner[axis], extent: input[axis])
          if !result.bounds.contains(bound) { result.bounds.append(bound) }
        }
      }
      return result
    default:
      preconditionFailure("\(op.name) is no movement")
    }
  }

  private func with(_ coordinates: [Affine]) -> AccessMap {
    AccessMap(form: .coordinates(coordinates), bounds: bounds)
  }

  /// Takes a row-major position apart into coordinates, each an affine function of its own.
  private static func coordinates(
    of position: Affine, in shape: Shape, domain: [Int]
  ) throws(Failure) -> [Affine] {
    let strides = shape.strides
    var result = [Affine](repeating: .constant(0, rank: domain.count), count: shape.rank)
    if shape.elementCount == 0 { return result }
    let wide = shape.dimensions.indices.filter { shape[$0] > 1 }

    // Rounded down, so that only the outermost coordinate can be negative: where padding is, and then it is not read.
    var rest = position.offset
    for axis in wide {
      result[axis].offset = (rest - (rest % strides[axis] + strides[axis]) % strides[axis]) / strides[axis]
      rest -= result[axis].offset * strides[axis]
    }
    for dimension in domain.indices where domain[dimension] > 1 && position.strides[dimension] != 0 {
      let stride = position.strides[dimension]
      guard let axis = wide.first(where: { strides[$0] <= stride }), stride % strides[axis] == 0 else {
        throw .notAffine
      }
      let step = stride / strides[axis]
      // Steps that run past the axis's end carry into the next: the dimension must be cut where they do. Past the
      // outermost axis there is nothing but padding.
      if axis != wide.first, step * (domain[dimension] - 1) >= shape[axis] {
        let inner = shape[axis] / step
        guard shape[axis] % step == 0, inner > 1, inner < domain[dimension], domain[dimension] % inner == 0 else {
          throw .notAffine
        }
        throw .split(dimension: dimension, inner: inner)
      }
      result[axis].strides[dimension] += step
    }
    for axis in wide.dropFirst() {
      let last = result[axis].value(at: domain.map { max($0 - 1, 0) })
      if last >= shape[axis] { throw .notAffine }
    }
    return result
  }
}

extension Affine {
  /// The row-major position in a space; a dimension of extent 1 has no part in it.
  static func rowMajor(_ extents: [Int]) -> Affine {
    Affine(strides: zip(extents, Shape(extents).strides).map { $0 == 1 ? 0 : $1 })
  }

  func shifted(by offset: Int) -> Affine { Affine(offset: self.offset + offset, strides: strides) }

  /// The same function after dimension `dimension` was cut in two, the inner one of extent `inner`.
  func split(_ dimension: Int, inner: Int) -> Affine {
    var result = self
    result.strides[dimension] = strides[dimension] * inner
    result.strides.insert(strides[dimension], at: dimension + 1)
    return result
  }
}

/// A tensor as strides over memory: element (i, j, …) lies at offset + i * strides[0] + j * strides[1] + …
struct StridedView: Hashable {
  /// The node, no movement itself, whose memory is looked at.
  var base: NodeID
  var offset: Int
  var strides: [Int]
}

extension Graph {
  /// What a node's value is read from: itself, or what lies below ops that leave every element in its place.
  func canonical(_ id: NodeID) -> NodeID {
    var id = id
    while true {
      switch self[id].op {
      case .reshape, .stopGradient: id = self[id].inputs[0]
      default: return id
      }
    }
  }

  /// A node as strides over the memory of the nearest node below that is no movement, or nil where padding, a
  /// concatenation or a reshape that does not follow strides is in between.
  func stridedView(_ id: NodeID, stoppingAt isMemory: (NodeID) -> Bool) -> StridedView? {
    let domain = shape(id).dimensions
    var map = AccessMap(
      form: .coordinates(
        domain.indices.map { axis in
          var affine = Affine.constant(0, rank: domain.count)
          affine.strides[axis] = 1
          return affine
        }))
    var current = id
    while !isMemory(current) {
      let node = self[current]
      switch node.op {
      case .stopGradient: break
      case .reshape, .broadcast, .permute, .slice:
        let input = shape(node.inputs[0])
        guard let below = try? map.through(node.op, input: input, output: node.shape, domain: domain) else {
          return nil
        }
        map = below
      case .pad, .concatenate: return nil
      default:
        let position = map.position(in: node.shape, rank: domain.count)
        return StridedView(base: current, offset: position.offset, strides: position.strides)
      }
      current = node.inputs[0]
    }
    let position = map.position(in: shape(current), rank: domain.count)
    return StridedView(base: canonical(current), offset: position.offset, strides: position.strides)
  }
}
