import Plans

/// A kernel's iteration space, cut into groups that a kernel walks separately and with as few dimensions in each as its
/// accesses allow.
///
/// A map has one group, a reduction two (kept, reduced), a matrix product three (batch, rows, columns). Dimensions of a
/// group that lie behind one another for every access become one, so that a place is found with few divisions; a
/// dimension that reaches over a boundary of groups is split there.
struct IterationSpace {
  /// A dimension that is left: coordinate of the domain's `axis` = coordinate here * `factor` + those of inner pieces.
  private struct Dimension {
    var extent: Int
    var group: Int
    var axis: Int
    var factor: Int
  }

  private var dimensions: [Dimension]
  let groupCount: Int

  /// - Parameters:
  ///   - domain: The extents as the kernel states them.
  ///   - groups: Places in each group, outermost first; their product is the domain's.
  ///   - accesses: Every function of the coordinates that the kernel computes.
  /// - Returns: nil where a boundary of groups does not divide the domain.
  init?(domain: [Int], groups: [Int], accesses: [Affine]) {
    guard let pieces = Self.split(domain, at: groups) else { return nil }
    dimensions = []
    groupCount = groups.count
    for piece in pieces {
      guard let last = dimensions.last, last.group == piece.group,
        accesses.allSatisfy({ Self.stride($0, last) == Self.stride($0, piece) * piece.extent })
      else {
        dimensions.append(piece)
        continue
      }
      dimensions[dimensions.count - 1] = piece
      dimensions[dimensions.count - 1].extent = last.extent * piece.extent
    }
  }

  /// The domain as one group, which always succeeds.
  init(domain: [Int], accesses: [Affine]) {
    self = IterationSpace(domain: domain, groups: [domain.reduce(1, *)], accesses: accesses) ?? IterationSpace()
  }

  private init() {
    dimensions = []
    groupCount = 1
  }

  private static func split(_ domain: [Int], at groups: [Int]) -> [Dimension]? {
    var pieces: [Dimension] = []
    var group = 0
    var room = groups.first ?? 1
    for (axis, extent) in domain.enumerated() {
      var rest = extent
      while rest > 1 {
        while room == 1, group + 1 < groups.count {
          group += 1
          room = groups[group]
        }
        let piece = room % rest == 0 ? rest : room
        guard piece > 1, rest % piece == 0 else { return nil }
        rest /= piece
        room /= piece
        pieces.append(Dimension(extent: piece, group: group, axis: axis, factor: rest))
      }
    }
    return pieces
  }

  private static func stride(_ affine: Affine, _ dimension: Dimension) -> Int {
    affine.strides[dimension.axis] * dimension.factor
  }

  // MARK: What is left

  /// The extents of a group's dimensions, outermost first.
  func extents(ofGroup group: Int) -> [Int] {
    dimensions.filter { $0.group == group }.map(\.extent)
  }

  /// The extent of a group's last dimension, 1 where it has none.
  func innerExtent(ofGroup group: Int) -> Int { extents(ofGroup: group).last ?? 1 }

  /// Positions of a group's dimensions among all: the numbers in the coordinates' names.
  private func positions(ofGroup group: Int) -> [Int] {
    dimensions.indices.filter { dimensions[$0].group == group }
  }

  /// The stride of an access along a group's last dimension, 0 where it has none.
  func innerStride(_ affine: Affine, group: Int) -> Int {
    positions(ofGroup: group).last.map { Self.stride(affine, dimensions[$0]) } ?? 0
  }

  /// The least and the greatest value of an access.
  func range(_ affine: Affine) -> ClosedRange<Int> {
    var low = affine.offset
    var high = affine.offset
    for dimension in dimensions {
      let reach = Self.stride(affine, dimension) * (dimension.extent - 1)
      low += min(reach, 0)
      high += max(reach, 0)
    }
    return low...high
  }

  // MARK: In OpenCL C

  /// The access as arithmetic on the coordinates `c0`, `c1`, ….
  func text(_ affine: Affine, coordinates name: String = "c") -> String {
    var terms: [String] = []
    for (position, dimension) in dimensions.enumerated() {
      let stride = Self.stride(affine, dimension)
      guard stride != 0 else { continue }
      terms.append(stride == 1 ? "\(name)\(position)" : "\(name)\(position) * \(IndexType.literal(stride))")
    }
    if affine.offset != 0 || terms.isEmpty { terms.append(IndexType.literal(affine.offset)) }
    return terms.joined(separator: " + ")
  }

  /// Declarations of all coordinates of a group from the place's number in it.
  func coordinates(ofGroup group: Int, from place: String, _ index: IndexType, named name: String = "c") -> [String] {
    declarations(positions(ofGroup: group), from: place, index, name)
  }

  /// Declarations of all coordinates of a group but the last, from the row's number: the place's without the last.
  func outerCoordinates(ofGroup group: Int, from row: String, _ index: IndexType, named name: String = "c") -> [String]
  {
    declarations(positions(ofGroup: group).dropLast(), from: row, index, name)
  }

  /// The name of a group's last coordinate; where it has none, a name that nothing uses.
  func innerCoordinate(ofGroup group: Int, named name: String = "c") -> String {
    positions(ofGroup: group).last.map { "\(name)\($0)" } ?? "\(name)_none"
  }

  private func declarations(
    _ positions: some BidirectionalCollection<Int>, from place: String, _ index: IndexType, _ name: String
  ) -> [String] {
    var lines: [String] = []
    var inner = 1
    for position in positions.reversed() {
      let extent = dimensions[position].extent
      let quotient = inner == 1 ? place : "\(place) / \(inner)"
      let isOutermost = position == positions.first
      lines.append("const \(index.name) \(name)\(position) = \(isOutermost ? quotient : "\(quotient) % \(extent)");")
      inner *= extent
    }
    return lines.reversed()
  }
}

/// The integer in which a kernel computes indices: 32 bits where everything fits, since they cost half or less.
enum IndexType {
  case int, long

  var name: String { self == .int ? "int" : "long" }

  /// A constant; those beyond 32 bits occur only among `long`.
  static func literal(_ value: Int) -> String {
    Int32(exactly: value) == nil || value == Int(Int32.min) ? "\(value)L" : "\(value)"
  }
}
