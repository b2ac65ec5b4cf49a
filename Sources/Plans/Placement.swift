/// Places temporaries in as little scratch memory as the order of launches allows: two share a place when one is last
/// read before the other is first written.
struct Placement {
  struct Temporary {
    var byteCount: Int
    var firstLaunch: Int
    var lastLaunch: Int
  }

  /// Every place begins at a multiple of this: what the widest vector load and a cache line pair want.
  static let alignment = 256

  private struct Placed {
    var segment: Int
    var start: Int
    var end: Int
    var temporary: Temporary
  }

  /// Segment and byte offset of each temporary.
  private(set) var places: [(segment: Int, offset: Int)]
  /// Bytes of each segment.
  private(set) var segments: [Int] = []

  struct TooLarge: Error {
    var byteCount: Int
  }

  init(_ temporaries: [Temporary], largestSegment: Int) throws(TooLarge) {
    places = [(segment: Int, offset: Int)](repeating: (0, 0), count: temporaries.count)
    var placed: [Placed] = []
    // Large ones first: they are the hardest to fit.
    let order = temporaries.indices.sorted {
      (temporaries[$1].byteCount, $0) < (temporaries[$0].byteCount, $1)
    }
    for index in order {
      let temporary = temporaries[index]
      let size = (max(temporary.byteCount, 1) + Placement.alignment - 1) / Placement.alignment * Placement.alignment
      if size > largestSegment { throw TooLarge(byteCount: temporary.byteCount) }
      let rivals = placed.filter {
        $0.temporary.firstLaunch <= temporary.lastLaunch && temporary.firstLaunch <= $0.temporary.lastLaunch
      }
      var segment = 0
      var start = 0
      search: while true {
        start = 0
        for rival in rivals.filter({ $0.segment == segment }).sorted(by: { $0.start < $1.start }) {
          if start + size <= rival.start { break }
          start = max(start, rival.end)
        }
        if start + size <= largestSegment { break search }
        segment += 1
      }
      while segments.count <= segment { segments.append(0) }
      segments[segment] = max(segments[segment], start + size)
      placed.append(Placed(segment: segment, start: start, end: start + size, temporary: temporary))
      places[index] = (segment, start)
    }
  }
}
