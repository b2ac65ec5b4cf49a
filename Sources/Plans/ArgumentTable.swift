import Graphs

/// Memory that a kernel is bound to, by the number of its argument.
struct ArgumentTable {
  struct Entry: Hashable {
    var memory: Int
    var byteOffset: Int
    var type: ElementType
  }

  private(set) var entries: [Entry] = []

  mutating func argument(_ memory: Int, _ type: ElementType, byteOffset: Int = 0) -> Int {
    let entry = Entry(memory: memory, byteOffset: byteOffset, type: type)
    if let known = entries.firstIndex(of: entry) { return known }
    entries.append(entry)
    return entries.count - 1
  }
}
