import Graphs

/// Where a step stands: kept on the device, advanced by the step itself, and all that resuming needs.
///
/// As uint32 words: seed low, seed high, noise (the number that draws are keyed by), position (data of this epoch seen
/// so far), epoch, run (runs so far).
public struct StepCounters: Hashable, Sendable {
  public var seed: UInt64
  public var noise: UInt32
  public var position: UInt32
  public var epoch: UInt32
  public var run: UInt32

  public init(seed: UInt64, noise: UInt32 = 0, position: UInt32 = 0, epoch: UInt32 = 0, run: UInt32 = 0) {
    self.seed = seed
    self.noise = noise
    self.position = position
    self.epoch = epoch
    self.run = run
  }

  static let wordCount = 6

  var words: [UInt32] {
    [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), noise, position, epoch, run]
  }

  /// The counters after one run over `count` data of `total`.
  func advanced(by count: Int, of total: Int, drawing: Step.Drawing) -> StepCounters {
    var next = self
    next.run &+= 1
    if drawing == .anew { next.noise &+= 1 }
    next.position += UInt32(count)
    if next.position >= UInt32(total) {
      next.position = 0
      next.epoch &+= 1
    }
    return next
  }

  /// The same, computed on the device.
  static func advanced(_ counters: Tensor, by count: Int, of total: Int, drawing: Step.Drawing) -> Tensor {
    let place = Tensor.iota([wordCount], type: .uint32)
    func isWord(_ number: Int) -> Tensor { place .== Double(number) }
    let position = counters.sliced(3..<4) + Double(count)
    let ends = (position .>= Double(total)).broadcast(to: [wordCount])
    var next = counters + isWord(5)
    if drawing == .anew { next = next + isWord(2) }
    next = select(isWord(3), select(ends, 0, position.broadcast(to: [wordCount])), next)
    return next + isWord(4) * ends
  }
}
