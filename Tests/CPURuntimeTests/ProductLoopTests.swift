import CVectorLoops
import TestSupport
import Testing

/// Our own product, at each level of the processor that has one, against sums in double precision.
@Suite("The product of the vector loops")
struct ProductLoopTests {
  private static var levels: [UnsafePointer<elbo_loops>] { VectorLoopTests.levels.filter { $0.pointee.product != nil } }

  private struct Shape: Equatable {
    var rows: Int
    var columns: Int
    var depth: Int
    /// Added to each stride, as where a matrix is a part of a wider one.
    var gap = 0
  }

  /// The sides of tiles, panels and dots, one less and one more; deep ones, which are cut in pieces.
  private static let shapes: [Shape] = {
    var shapes = [
      Shape(rows: 1, columns: 1, depth: 1), Shape(rows: 3, columns: 2, depth: 0),
      Shape(rows: 15, columns: 33, depth: 17),
      Shape(rows: 20, columns: 50, depth: 200), Shape(rows: 29, columns: 31, depth: 1030),
      Shape(rows: 13, columns: 100, depth: 2049, gap: 5), Shape(rows: 300, columns: 20, depth: 40, gap: 1),
    ]
    var generator = SplitMix(seed: 4)
    for _ in 0..<60 {
      let sizes = generator.uniform(4, in: 0..<1)
      shapes.append(
        Shape(
          rows: 1 + Int(sizes[0] * 50), columns: 1 + Int(sizes[1] * 70), depth: 1 + Int(sizes[2] * sizes[2] * 600),
          gap: Int(sizes[3] * 4)))
    }
    return shapes
  }()

  private func matrix(_ rows: Int, stride: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix(seed: seed)
    return generator.uniform(rows * stride, in: -1..<1).map { Float($0) }
  }

  /// C, with what lies between its rows.
  private func product(
    _ loops: UnsafePointer<elbo_loops>, _ shape: Shape, _ a: [Float], _ b: [Float], transposed: (Bool, Bool),
    addedTo earlier: [Float]?, panels: [Float]? = nil
  ) -> [Float] {
    let stride = shape.columns + shape.gap
    var result = earlier ?? [Float](repeating: 7, count: shape.rows * stride)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: Int(ELBO_PRODUCT_SCRATCH), alignment: 64)
    defer { scratch.deallocate() }
    let made = panels ?? []
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        made.withUnsafeBufferPointer { made in
          result.withUnsafeMutableBufferPointer { c in
            var operands = elbo_operands(
              a: a.baseAddress, b: b.baseAddress, c: c.baseAddress, rows: Int64(shape.rows),
              columns: Int64(shape.columns), depth: Int64(shape.depth),
              a_stride: Int64((transposed.0 ? shape.rows : shape.depth) + shape.gap),
              b_stride: Int64((transposed.1 ? shape.depth : shape.columns) + shape.gap), c_stride: Int64(stride),
              is_a_transposed: transposed.0 ? 1 : 0, is_b_transposed: transposed.1 ? 1 : 0,
              panels: panels == nil ? nil : made.baseAddress)
            loops.pointee.product(&operands, earlier == nil ? 0 : 1, scratch)
          }
        }
      }
    }
    return result
  }

  /// Panels that were made before give what the product makes for itself.
  @Test("panels made before", arguments: [(37, 70, 1500), (300, 33, 40), (5, 64, 17), (40, 8, 300)])
  func panels(rows: Int, columns: Int, depth: Int) {
    let shape = Shape(rows: rows, columns: columns, depth: depth, gap: 0)
    let a = matrix(rows, stride: depth, seed: 1), b = matrix(columns, stride: depth, seed: 2)
    // B with its rows side by side is never multiplied by dots.
    let plain = (0..<depth).flatMap { k in (0..<columns).map { b[$0 * depth + k] } }
    for loops in Self.levels {
      let width = Int(loops.pointee.panel_width)
      let panelCount = (columns + width - 1) / width
      var panels = [Float](repeating: .nan, count: panelCount * width * depth)
      panels.withUnsafeMutableBufferPointer { panels in
        for panel in 0..<panelCount {
          b.withUnsafeBufferPointer {
            loops.pointee.pack(
              $0.baseAddress! + panel * width * depth, Int64(depth), Int64(depth),
              Int64(min(width, columns - panel * width)), panels.baseAddress! + panel * width * depth)
          }
        }
      }
      #expect(
        product(loops, shape, a, b, transposed: (false, true), addedTo: nil, panels: panels)
          == product(loops, shape, a, plain, transposed: (false, false), addedTo: nil))
    }
  }

  @Test(
    "every orientation against sums in double precision, alike at every level", arguments: [false, true], [false, true])
  func products(leftTransposed: Bool, rightTransposed: Bool) throws {
    for shape in Self.shapes {
      let (gap, depth) = (shape.gap, shape.depth)
      let aStride = (leftTransposed ? shape.rows : depth) + gap,
        bStride = (rightTransposed ? depth : shape.columns) + gap
      let a = matrix(leftTransposed ? depth : shape.rows, stride: aStride, seed: 1)
      let b = matrix(rightTransposed ? shape.columns : depth, stride: bStride, seed: 2)
      let stride = shape.columns + gap
      let before = matrix(shape.rows, stride: stride, seed: 3)
      var results: [[Float]] = []
      for loops in Self.levels {
        let plain = product(loops, shape, a, b, transposed: (leftTransposed, rightTransposed), addedTo: nil)
        let added = product(loops, shape, a, b, transposed: (leftTransposed, rightTransposed), addedTo: before)
        for i in 0..<shape.rows {
          for j in 0..<stride {
            guard j < shape.columns else {
              #expect(plain[i * stride + j] == 7 && added[i * stride + j] == before[i * stride + j])
              continue
            }
            var sum = 0.0, magnitude = 0.0
            for k in 0..<depth {
              let x = Double(a[leftTransposed ? k * aStride + i : i * aStride + k])
              let y = Double(b[rightTransposed ? j * bStride + k : k * bStride + j])
              sum += x * y
              magnitude += abs(x * y)
            }
            let bound = (4 + Double(depth).squareRoot()) * 0x1p-24 * (magnitude + 1)
            #expect(abs(Double(plain[i * stride + j]) - sum) <= bound, "\(shape) at (\(i), \(j))")
            #expect(
              abs(Double(added[i * stride + j]) - sum - Double(before[i * stride + j])) <= bound,
              "\(shape) at (\(i), \(j))")
          }
        }
        results.append(plain)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(shape)")
    }
  }
}
