import Graphs
import Synchronization

/// Where random numbers come from: a seed, a step and numbered streams of Philox 4x32-10.
///
/// Each draw is an op with a stream of its own, numbered in the order in which draws are made, so that the same program
/// with the same seed draws the same numbers on every device. Inside a captured step the state holds the step's number,
/// and every run of the step draws anew. (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011.)
public final class RandomKey: Sendable {
  /// What the numbers are for; numbers of different domains are independent.
  public enum Domain: UInt32, Sendable, CaseIterable {
    case initialization, training, binarization, evaluation, dataOrder, layers

    /// Streams of one domain.
    static let streamCount: UInt32 = 1 << 24
  }

  /// Seed low, seed high, step: uint32, (3,).
  public let state: Tensor
  public let domain: Domain
  /// The global numbers of the data that the first dimensions run over (int32, (n,)), or nil; of data and their draws,
  /// (n, k).
  ///
  /// A draw whose first extents are these belongs to the data then: a datum's numbers do not depend on where in which
  /// batch it stands.
  public let rows: Tensor?

  private let drawCount = Mutex<UInt32>(0)

  /// Numbers of a seed, at step 0; by datum where rows are given.
  public convenience init(seed: UInt64, domain: Domain = .initialization, rows: Tensor? = nil) {
    let state = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), 0]
    self.init(state: Tensor(state), domain: domain, rows: rows)
  }

  /// Numbers of a state that is data: a step's counters.
  public init(state: Tensor, domain: Domain, rows: Tensor? = nil) {
    guard state.shape == [3], state.type == .uint32 else {
      trap("random", "the state must be uint32 of shape (3,), not \(state.type) of shape \(state.shape)")
    }
    if let rows, rows.rank == 0 || rows.type != .int32 {
      trap("random", "rows must be int32 of at least one dimension, not \(rows.type) of shape \(rows.shape)")
    }
    self.state = state
    self.domain = domain
    self.rows = rows
  }

  /// 32 random bits at each place: uint32.
  public func bits(_ shape: Shape) -> Tensor { draw(.bits, shape, .uint32) }

  /// Uniform on the open interval (0, 1).
  public func uniform(_ shape: Shape, type: ElementType = .float32) -> Tensor { draw(.uniform, shape, type) }

  /// Uniform between two numbers.
  public func uniform(_ shape: Shape, in range: ClosedRange<Double>, type: ElementType = .float32) -> Tensor {
    uniform(shape, type: type) * (range.upperBound - range.lowerBound) + range.lowerBound
  }

  /// Standard normal.
  public func normal(_ shape: Shape, type: ElementType = .float32) -> Tensor { draw(.normal, shape, type) }

  /// 1 with the given probability at each place, else 0.
  public func bernoulli(_ probability: Tensor) -> Tensor {
    uniform(probability.shape, type: probability.type) .< probability
  }

  private func draw(_ kind: RandomKind, _ shape: Shape, _ type: ElementType) -> Tensor {
    let number = drawCount.withLock { count in
      guard count < Domain.streamCount else { trap("random", "a key draws at most \(Domain.streamCount) times") }
      defer { count += 1 }
      return count
    }
    let stream = domain.rawValue * Domain.streamCount + number
    guard let rows, shape.dimensions.starts(with: rows.shape.dimensions) else {
      return Tensor.apply(.random(kind, shape: shape, stream: stream, type: type), [state])
    }
    let flat = Shape([rows.count] + shape.dimensions.dropFirst(rows.rank))
    let drawn = Tensor.apply(
      .random(kind, shape: flat, stream: stream, type: type), [state, rows.reshaped([rows.count])])
    return drawn.reshaped(shape)
  }
}
