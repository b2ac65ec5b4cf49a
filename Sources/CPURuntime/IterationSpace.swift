import Plans

/// A kernel's iteration space as the tile machine walks it: dimensions are split, merged where every address allows it,
/// reordered; and affine functions of the kernel's own dimensions are carried over.
struct IterationSpace {
  private enum Step {
    /// Dimension d becomes (extent / inner, inner).
    case split(Int, inner: Int)
    /// Dimensions d and d + 1 become one.
    case merge(Int)
    /// A dimension of extent 1 goes.
    case drop(Int)
    /// A dimension of extent 1 comes.
    case insert(Int)
    /// Dimension i is what dimension order[i] was.
    case permute([Int])
  }

  private(set) var extents: [Int]
  /// Dimensions merge only within their group, and groups stay in order.
  private(set) var groups: [Int]
  private var steps: [Step] = []

  init(_ extents: [Int], groups: [Int]) {
    self.extents = extents
    self.groups = groups
  }

  /// A domain with every dimension inside one of the groups 0, 1, …, which have so many places; nil where a dimension
  /// crosses from one to another.
  init?(_ domain: [Int], groupSizes: [Int]) {
    self.init(domain, groups: domain.map { _ in 0 })
    // Nothing is computed: any assignment does.
    guard domain.allSatisfy({ $0 > 0 }) else { return }
    var rest = groupSizes
    var group = groupSizes.count - 1
    var d = rank - 1
    while d >= 0 {
      while group > 0 && rest[group] == 1 && extents[d] > 1 { group -= 1 }
      let extent = extents[d]
      if rest[group] % extent == 0 {
        rest[group] /= extent
        assign(d, group: group)
        d -= 1
      } else if extent % rest[group] == 0, group > 0 {
        // The inner part belongs here, and the outer part is looked at next.
        split(d, inner: rest[group], groups: (group, group))
        rest[group] = 1
      } else {
        return nil
      }
    }
  }

  var rank: Int { extents.count }

  func rank(ofGroup group: Int) -> Int { groups.count { $0 == group } }

  /// The strides of an affine function over the dimensions as they are now.
  func strides(_ original: [Int]) -> [Int] {
    var strides = original
    for step in steps {
      switch step {
      case .split(let d, let inner): strides.insert(strides[d] * inner, at: d)
      case .merge(let d), .drop(let d): strides.remove(at: d)
      case .insert(let d): strides.insert(0, at: d)
      case .permute(let order): strides = order.map { strides[$0] }
      }
    }
    return strides
  }

  mutating func split(_ d: Int, inner: Int, groups newGroups: (Int, Int)) {
    steps.append(.split(d, inner: inner))
    extents.insert(extents[d] / inner, at: d)
    extents[d + 1] = inner
    groups.insert(newGroups.0, at: d)
    groups[d + 1] = newGroups.1
  }

  mutating func assign(_ d: Int, group: Int) { groups[d] = group }

  mutating func permute(_ order: [Int]) {
    steps.append(.permute(order))
    extents = order.map { extents[$0] }
    groups = order.map { groups[$0] }
  }

  /// Adds a dimension of extent 1.
  mutating func insert(_ d: Int, group: Int) {
    steps.append(.insert(d))
    extents.insert(1, at: d)
    groups.insert(group, at: d)
  }

  /// Drops dimensions of extent 1 and merges neighbours of one group that every affine function walks as one.
  mutating func merge(for affines: [[Int]]) {
    for d in extents.indices.reversed() where extents[d] == 1 {
      steps.append(.drop(d))
      extents.remove(at: d)
      groups.remove(at: d)
    }
    let carried = affines.map(strides)
    var isFree = [Bool](repeating: false, count: max(rank, 1))
    for d in extents.indices.dropLast() where groups[d] == groups[d + 1] {
      isFree[d] = carried.allSatisfy { $0[d] == $0[d + 1] * extents[d + 1] }
    }
    for d in extents.indices.dropLast().reversed() where isFree[d] {
      steps.append(.merge(d))
      extents[d + 1] *= extents[d]
      extents.remove(at: d)
      groups.remove(at: d)
    }
  }

  /// Adds dimensions of extent 1 so that a group has at least one.
  mutating func ensure(group: Int) {
    guard !groups.contains(group) else { return }
    insert(groups.firstIndex { $0 > group } ?? rank, group: group)
  }
}
