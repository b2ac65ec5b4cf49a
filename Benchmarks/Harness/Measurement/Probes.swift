import Elbo
import Plans

/// What a device can do at best, measured beside the steps: the products and the copies that a roofline is made of.
final class Probes {
  /// Rows, columns and depth of the products.
  let matmulSize: Int
  /// Bytes that a copy reads and writes together.
  let copyByteCount: Int

  private let matmul: KernelRun
  private let matmulTimes: Int
  private let copy: KernelRun
  private let copyTimes: Int
  private var operationsPerSecond: [Double] = []
  private var bytesPerSecond: [Double] = []

  private static let blockSeconds = 0.05

  /// - Parameter footprint: bytes that a step touches; a copy touches as many, in the same caches.
  init(on backend: any Backend, footprint: Int) throws {
    // A product has to last long enough for its start not to count.
    var size = 1024
    var run = try Self.product(of: size, on: backend)
    while size < 8192, try run.seconds(times: run.times(lasting: 0.01)) < 2e-3 {
      size *= 2
      run = try Self.product(of: size, on: backend)
    }
    matmul = run
    matmulSize = size
    matmulTimes = try run.times(lasting: Self.blockSeconds)

    copy = try Self.copy(of: footprint, on: backend)
    copyByteCount = copy.plan.work.bytesMoved
    copyTimes = try copy.times(lasting: Self.blockSeconds)
  }

  /// A product of square matrices.
  static func product(of size: Int, on backend: any Backend) throws -> KernelRun {
    try KernelRun(on: backend, inputs: [([size, size], .float32), ([size, size], .float32)]) { graph, sources in
      graph.add(.matmul, sources)
    }
  }

  /// A copy that reads and writes about so many bytes together.
  static func copy(of byteCount: Int, on backend: any Backend) throws -> KernelRun {
    try KernelRun(on: backend, inputs: [([max(byteCount / 8, 1024)], .float32)]) { _, sources in sources[0] }
  }

  /// One measurement of each.
  func measure() throws {
    let operations = 2 * Double(matmulSize) * Double(matmulSize) * Double(matmulSize)
    operationsPerSecond.append(operations / (try matmul.seconds(times: matmulTimes)))
    bytesPerSecond.append(Double(copyByteCount) / (try copy.seconds(times: copyTimes)))
  }

  var figures: ProbeFigures {
    ProbeFigures(
      matmulSize: matmulSize, matmulGigaflops: Quantiles(operationsPerSecond) * 1e-9, copyBytes: copyByteCount,
      copyGigabytesPerSecond: Quantiles(bytesPerSecond) * 1e-9)
  }
}

/// What probes found.
public struct ProbeFigures: Hashable, Sendable, Codable {
  /// Rows, columns and depth of the products.
  public var matmulSize: Int
  public var matmulGigaflops: Quantiles
  /// Bytes that each copy read and wrote together: those that a step touches.
  public var copyBytes: Int
  public var copyGigabytesPerSecond: Quantiles

  /// The least seconds that products of so many operations take.
  func seconds(productOperations: Int) -> Double { Double(productOperations) / matmulGigaflops.median * 1e-9 }

  /// The least seconds that moving so many bytes takes.
  func seconds(bytes: Int) -> Double { Double(bytes) / copyGigabytesPerSecond.median * 1e-9 }
}
