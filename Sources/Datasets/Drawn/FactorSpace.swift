import Basics

/// Which of two disjoint parts of a data set is meant.
public enum DataSplit: String, Hashable, Sendable, CaseIterable {
  /// To learn from.
  case train
  /// To test with: no combination of factors in it occurs in `train`, whatever the seeds.
  case test
}

/// The factors that pictures are drawn from, and the rule that parts their combinations into train and test.
struct FactorSpace: Sendable {
  let names: [String]
  let classCounts: [Int]
  /// One of all combinations that give the same picture, so that all of them land in the same part.
  let representative: @Sendable ([Int]) -> [Int]

  /// One combination in so many is for testing.
  private static let testShare: UInt64 = 11

  /// Draws a combination for each datum, independently and evenly over those of the part.
  func draw(count: Int, seed: UInt64, split: DataSplit) -> FactorTable {
    var values: [Int32] = []
    values.reserveCapacity(count * names.count)
    for index in 0..<count {
      var generator = SplitMix64(seed: seed, stream: split == .train ? 0 : 1, index: index)
      var classes: [Int]
      repeat {
        classes = classCounts.map { generator.next(below: $0) }
      } while self.split(of: classes) != split
      values += classes.map(Int32.init)
    }
    return FactorTable(names: names, classCounts: classCounts, values: values)
  }

  /// The part that a combination belongs to.
  func split(of classes: [Int]) -> DataSplit {
    let number = zip(representative(classes), classCounts).reduce(UInt64(0)) { $0 * UInt64($1.1) + UInt64($1.0) }
    return SplitMix64.mixed(number &+ 1) % Self.testShare == 0 ? .test : .train
  }

  /// A data set drawn on all processors: `draw` fills one picture of `shape` from its classes.
  func dataSet(
    name: String, count: Int, seed: UInt64, split: DataSplit, shape: [Int],
    draw: @escaping @Sendable ([Int], UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> DataSet {
    precondition(count > 0, "[\(name)] \(count) pictures")
    let table = self.draw(count: count, seed: seed, split: split)
    let size = shape.reduce(1, *)
    var bytes = [UInt8](repeating: 0, count: count * size)
    concurrentMap(over: &bytes, parts: (0..<count).map { $0 * size..<($0 + 1) * size }) { draw(table[$0], $1) }
    return DataSet(
      name: name, images: DataArray(bytes: bytes, type: .uint8, shape: [count] + shape), labels: table.column("shape"),
      classCount: names.firstIndex(of: "shape").map { classCounts[$0] }, factors: table)
  }
}
