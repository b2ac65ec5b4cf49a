import CVectorLoops
import Graphs
import TestSupport
import Testing

@testable import CPURuntime

/// Vectors of lanes at every level that this processor has: what convolutions are made of.
@Suite("Lanes")
struct LaneTests {
  private static let lanes = (16, 8)

  /// 64-byte vectors.
  private final class Vectors<T: BitwiseCopyable> {
    let start: UnsafeMutablePointer<T>
    let count: Int

    init(_ elements: [T]) {
      count = elements.count
      let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<T>.stride, alignment: 64)
      start = memory.bindMemory(to: T.self, capacity: max(count, 1))
      start.initialize(from: elements, count: count)
    }

    deinit { start.deallocate() }

    var elements: [T] { Array(UnsafeBufferPointer(start: start, count: count)) }
  }

  @Test("lanes come and go by their definition", arguments: [(1, 1), (3, 5), (1, 16), (4, 8), (2, 33), (7, 3)])
  func moves(rows: Int, columns: Int) {
    for loops in VectorLoopTests.levels {
      for stride in [columns, columns + 3] {
        let x = loops.pointee
        checkMoves(rows, columns, stride, Self.lanes.0, Float(-1), x.interleave.0!, x.deinterleave.0!)
        checkMoves(rows, columns, stride, Self.lanes.1, Double(-1), x.interleave.1!, x.deinterleave.1!)
      }
    }
  }

  private func checkMoves<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ rows: Int, _ columns: Int, _ stride: Int, _ lanes: Int, _ nothing: T,
    _ interleave:
      @convention(c) (
        UnsafeMutableRawPointer?, UnsafePointer<UnsafeRawPointer?>?, Int64, Int64, Int64, Int64
      ) -> Void,
    _ deinterleave: @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int64, Int64, Int64) -> Void
  ) {
    let pitch = columns + 2
    let planes = (0..<lanes).map { lane in Vectors((0..<rows * stride).map { T(lane * 10_000 + $0) }) }
    let out = Vectors([T](repeating: nothing, count: rows * pitch * lanes))
    let starts = planes.map { UnsafeRawPointer($0.start) as UnsafeRawPointer? }
    interleave(out.start, starts, Int64(rows), Int64(columns), Int64(stride), Int64(pitch))
    for (place, element) in out.elements.enumerated() {
      let (vector, lane) = (place / lanes, place % lanes)
      let (row, column) = (vector / pitch, vector % pitch)
      #expect(element == (column < columns ? T(lane * 10_000 + row * stride + column) : nothing))
    }
    let count = rows * pitch
    let back = Vectors([T](repeating: nothing, count: lanes * count))
    deinterleave(back.start, out.start, Int64(count), Int64(lanes - 1), Int64(count))
    for (place, element) in back.elements.enumerated() {
      let (lane, vector) = (place / count, place % count)
      #expect(element == (lane < lanes - 1 ? out.elements[vector * lanes + lane] : nothing))
    }
  }

  @Test("tiles of every height are products")
  func tiles() {
    for loops in VectorLoopTests.levels {
      for rows in 1...Int(loops.pointee.tile_rows.0) {
        checkTile(rows, Self.lanes.0, elbo_tile_of(loops, 0, Int32(rows)), Float(0))
      }
      for rows in 1...Int(loops.pointee.tile_rows.1) {
        checkTile(rows, Self.lanes.1, elbo_tile_of(loops, 1, Int32(rows)), Double(0))
      }
    }
  }

  /// Whole numbers, whose sums are exact.
  private func checkTile<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ rows: Int, _ lanes: Int, _ tile: elbo_tile, _ zero: T
  ) {
    let depth = 5
    let a = (0..<depth * lanes).map { T($0 % 7 - 3) }
    let b = (0..<(depth + 4) * lanes).map { T($0 % 11 - 5) }
    let offsets = [3, 0, 7, 1, 2].map { Int32($0 * lanes) }
    let (panel, vectors) = (Vectors(a), Vectors(b))
    let out = Vectors([T](repeating: 1, count: (rows + 1) * 2 * lanes))
    for adds in [false, true] {
      tile(
        panel.start, vectors.start, vectors.start + lanes, offsets, Int64(depth), out.start, out.start + lanes,
        Int64(2 * lanes), adds ? 1 : 0)
      for place in 0..<rows * 2 * lanes {
        let (row, lane) = (place / (2 * lanes), place % (2 * lanes))
        let sum = (0..<depth).reduce(zero) { $0 + a[$1 * lanes + row] * b[Int(offsets[$1]) + lane] }
        #expect(out.elements[place] == (adds ? 2 : 1) * sum)
      }
      #expect(out.elements.suffix(2 * lanes).allSatisfy { $0 == 1 })
    }
    // One vector alone is not added to twice.
    tile(panel.start, vectors.start, vectors.start, offsets, Int64(depth), out.start, out.start, Int64(2 * lanes), 1)
    #expect(out.elements[0] == 3 * (0..<depth).reduce(zero) { $0 + a[$1 * lanes] * b[Int(offsets[$1])] })
  }
}
