import Basics
import LinearAlgebra

extension GaussianComponents {
  /// log N(xᵢ; μₖ, Σₖ): data x K, nats.
  ///
  /// Of components with correlations a block of data meets the whitening of all components in one product, and lies in
  /// the cache while the squares are summed.
  public func logDensities(of x: Matrix) throws(LinearAlgebraError) -> Matrix {
    precondition(x.columns == size, "[components] data of \(x.columns) dimensions for components of \(size)")
    var result = Matrix(rows: x.rows, columns: count)
    let products = try BlockProducts()
    let blocks = Matrix.blocks(rows: x.rows)
    let (joined, offsets) = joinedWhitening
    concurrentMap(over: &result.elements, parts: blocks.map { $0.lowerBound * count..<$0.upperBound * count }) {
      number, own in
      x.elements.withUnsafeBufferPointer { data in
        for start in stride(from: blocks[number].lowerBound, to: blocks[number].upperBound, by: Self.tile) {
          let rows = min(Self.tile, blocks[number].upperBound - start)
          let (source, place) = (
            data.baseAddress! + start * size, own.baseAddress! + (start - blocks[number].lowerBound) * count
          )
          if whitening.isEmpty {
            addDistances(source, rows: rows, into: place)
          } else {
            addWhitened(source, rows: rows, joined, offsets, products, into: place)
          }
        }
      }
    }
    return result
  }

  /// Data whose whitened forms fit the second-level cache.
  private static let tile = 128

  /// L'⁻¹ of all components side by side, d x (covariances d), and μ' L'⁻¹ of each component, K x d.
  private var joinedWhitening: (Matrix, Matrix) {
    let width = whitening.count * size
    let joined = Matrix(rows: whitening.isEmpty ? 0 : size, columns: width) { row, column in
      whitening[column / size][row, column % size]
    }
    let offsets = Matrix(rows: whitening.isEmpty ? 0 : count, columns: size) { component, column in
      let whitening = whitening[self.whitening.count == 1 ? 0 : component]
      return (0..<size).reduce(0) { $0 + means[component, $1] * whitening[$1, column] }
    }
    return (joined, offsets)
  }

  private func addWhitened(
    _ data: UnsafePointer<Double>, rows: Int, _ joined: Matrix, _ offsets: Matrix, _ products: BlockProducts,
    into result: UnsafeMutablePointer<Double>
  ) {
    let width = joined.columns
    withUnsafeTemporaryAllocation(of: Double.self, capacity: rows * width) { whitened in
      let whitened = whitened.baseAddress!
      joined.elements.withUnsafeBufferPointer { joined in
        products.multiply(
          data, stride: size, joined.baseAddress!, stride: width, into: whitened, stride: width, m: rows, n: width,
          k: size)
      }
      offsets.elements.withUnsafeBufferPointer { offsets in
        for row in 0..<rows {
          for component in 0..<count {
            let place = row * width + (width == size ? 0 : component * size)
            let distance = squaredDistance(whitened + place, offsets.baseAddress! + component * size, size)
            result[row * count + component] = logNormalizers[component] - 0.5 * distance
          }
        }
      }
    }
  }

  private func addDistances(
    _ data: UnsafePointer<Double>, rows: Int, into result: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<rows {
      for component in 0..<count {
        var distance = 0.0
        for column in 0..<size {
          let difference = data[row * size + column] - means.elements[component * size + column]
          distance += difference * difference / variances.elements[component * size + column]
        }
        result[row * count + component] = logNormalizers[component] - 0.5 * distance
      }
    }
  }
}

/// Σ (aᵢ - bᵢ)², eight sums at a time, in an order that is always the same.
private func squaredDistance(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var sums = SIMD8<Double>()
  let whole = count & ~7
  let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  for place in stride(from: 0, to: whole, by: 8) {
    let difference =
      left.loadUnaligned(fromByteOffset: place * 8, as: SIMD8<Double>.self)
      - right.loadUnaligned(fromByteOffset: place * 8, as: SIMD8<Double>.self)
    sums += difference * difference
  }
  var sum = sums.sum()
  for place in whole..<count { sum += (a[place] - b[place]) * (a[place] - b[place]) }
  return sum
}
