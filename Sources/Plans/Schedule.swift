import Graphs

/// The order in which kernels run: each as late as what needs it allows, so that what is needed at the same time, such
/// as all weight gradients, is started together.
struct Schedule {
  /// A kernel and those that must have run before it.
  struct Item {
    var draft: Draft
    var after: Set<Int>
  }

  private(set) var items: [Item] = []
  /// Items by launch.
  private(set) var launches: [[Int]] = []

  /// Items that wait for one another, and those that wait for them.
  struct Cycle: Error {
    var items: [Int]
  }

  init(items: [Item]) throws(Cycle) {
    self.items = items
    var heights = [Int](repeating: 0, count: items.count)
    for index in try topologicalOrder().reversed() {
      for earlier in items[index].after { heights[earlier] = max(heights[earlier], heights[index] + 1) }
    }
    guard let highest = heights.max() else { return }
    launches = [[Int]](repeating: [], count: highest + 1)
    for index in items.indices { launches[highest - heights[index]].append(index) }
  }

  private func topologicalOrder() throws(Cycle) -> [Int] {
    var order: [Int] = []
    var waiting = items.map(\.after.count)
    var dependents = [[Int]](repeating: [], count: items.count)
    for (index, item) in items.enumerated() {
      for earlier in item.after { dependents[earlier].append(index) }
    }
    order = items.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for dependent in dependents[order[next]] {
        waiting[dependent] -= 1
        if waiting[dependent] == 0 { order.append(dependent) }
      }
      next += 1
    }
    if order.count < items.count { throw Cycle(items: waiting.indices.filter { waiting[$0] > 0 }) }
    return order
  }
}
