import Glibc
import Graphs
import Plans
import TestSupport

/// Runs a kernel in plain loops over numbers in Double: what a device's results are held against.
///
/// Nothing is rounded but what has a whole-number type, and constants.
struct KernelReference {
  let kernel: Kernel
  /// The elements of each argument.
  var memory: [[Double]]

  mutating func run() {
    switch kernel.form {
    case .map: runMap()
    case .reduce(let reduction): runReduce(reduction)
    case .matmul(let contraction): runMatmul(contraction)
    case .convolution: preconditionFailure("no reference for convolutions here")
    }
  }

  private mutating func runMap() {
    for place in Self.places(kernel.domain) { store(kernel.stores, values(kernel.body, place), place) }
  }

  private mutating func runReduce(_ reduction: Reduction) {
    let keptDomain = Array(kernel.domain.dropLast(reduction.reducedRank))
    let reducedPlaces = Self.places(Array(kernel.domain.suffix(reduction.reducedRank)))
    let chunk = reduction.chunk ?? max(reducedPlaces.count, 1)
    for kept in Self.places(keptDomain) {
      var start = 0
      repeat {
        var results = reduction.ops.map { $0 == .sum ? 0 : -Double.infinity }
        for place in reducedPlaces[start..<min(start + chunk, reducedPlaces.count)] {
          let values = values(kernel.body, kept + place)
          store(kernel.stores, values, kept + place)
          for (i, op) in reduction.ops.enumerated() {
            let value = values[reduction.values[i]]
            results[i] =
              op == .sum ? results[i] + value : (value.isNaN || results[i].isNaN) ? .nan : max(results[i], value)
          }
        }
        for i in results.indices {
          results[i] = Self.typed(results[i], kernel.body.types[reduction.values[i]])
        }
        let finishPlace = kept + (reduction.chunk == nil ? [] : [start / chunk])
        store(reduction.finishStores, values(reduction.finish, finishPlace, results), finishPlace)
        start += chunk
      } while start < reducedPlaces.count
    }
  }

  private mutating func runMatmul(_ contraction: Contraction) {
    let places = Self.places(kernel.domain)
    for (number, place) in places.enumerated() {
      let column = number % contraction.columns
      let row = number / contraction.columns % contraction.rows
      let batch = number / contraction.columns / contraction.rows
      let products = contraction.products.map { product in
        (0..<product.depth).reduce(0.0) { sum, k in
          let left = element(product.left, batch, row, k)
          return sum + left * element(product.right, batch, k, column)
        }
      }
      store(kernel.stores, values(kernel.body, place, products), place)
    }
  }

  private func element(_ view: MatrixView, _ batch: Int, _ row: Int, _ column: Int) -> Double {
    memory[view.argument][
      view.offset + batch * view.batchStride + row * view.rowStride + column * view.columnStride]
  }

  private mutating func store(_ stores: [Store], _ values: [Double], _ place: [Int]) {
    for store in stores { memory[store.argument][store.at.value(at: place)] = values[store.value] }
  }

  static func places(_ domain: [Int]) -> [[Int]] {
    domain.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
  }

  // MARK: Expressions

  func values(_ expression: Expression, _ place: [Int], _ accumulators: [Double] = []) -> [Double] {
    var values: [Double] = []
    for (instruction, type) in zip(expression.instructions, expression.types) {
      values.append(Self.typed(value(instruction, type, expression.types, values, place, accumulators), type))
    }
    return values
  }

  private func value(
    _ instruction: Expression.Instruction, _ type: ElementType, _ types: [ElementType], _ v: [Double], _ place: [Int],
    _ accumulators: [Double]
  ) -> Double {
    func holds(_ bounds: [Bound]) -> Bool {
      bounds.allSatisfy { (0..<$0.extent).contains($0.index.value(at: place)) }
    }
    switch instruction {
    case .constant(let scalar): return scalar.value
    case .load(let argument, let at, let row, let bounds):
      guard holds(bounds) else { return 0 }
      let extra = row.map { min(max(Int(v[$0.row]), 0), $0.count - 1) * $0.stride } ?? 0
      return memory[argument][at.value(at: place) + extra]
    case .index(let affine): return Double(affine.value(at: place))
    case .inside(let bounds): return holds(bounds) ? 1 : 0
    case .accumulator(let i): return accumulators[i]
    case .unary(let op, let x): return Self.unary(op, v[x])
    case .binary(let op, let x, let y): return Self.binary(op, v[x], v[y], type)
    case .select(let condition, let x, let y): return v[condition] != 0 ? v[x] : v[y]
    case .cast(let x): return type.isFloatingPoint ? v[x] : Scalar(v[x], type).value
    case .random(let kind, let stream, let state, let at, let row):
      let element = at.value(at: place) + (row.map { Int(v[$0.row]) * $0.stride } ?? 0)
      return Self.random(kind, UInt64(element), memory[state].map { UInt32($0) }, stream, type)
    case .shuffle(let count, let position, let epoch, let low, let high):
      return Double(
        Shuffle.place(
          of: UInt32(v[position]), epoch: UInt32(v[epoch]), seedLow: UInt32(v[low]), seedHigh: UInt32(v[high]),
          count: UInt32(count)))
    }
  }

  /// Whole numbers wrap around.
  static func typed(_ value: Double, _ type: ElementType) -> Double {
    switch type {
    case .float32, .float64: value
    case .int32: value.isInfinite ? Scalar(value, type).value : Double(Int32(truncatingIfNeeded: Int64(value)))
    case .uint32: value.isInfinite ? Scalar(value, type).value : Double(UInt32(truncatingIfNeeded: Int64(value)))
    case .uint8: value.isInfinite ? Scalar(value, type).value : Double(UInt8(truncatingIfNeeded: Int64(value)))
    }
  }

  static func unary(_ op: UnaryOp, _ x: Double) -> Double {
    switch op {
    case .negate: -x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .floor: x.rounded(.down)
    case .exp: Glibc.exp(x)
    case .log: Glibc.log(x)
    case .log1p: Glibc.log1p(x)
    case .expm1: Glibc.expm1(x)
    case .sqrt: x.squareRoot()
    case .reciprocal: 1 / x
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tanh: Glibc.tanh(x)
    case .sigmoid: x < 0 ? Glibc.exp(x) / (1 + Glibc.exp(x)) : 1 / (1 + Glibc.exp(-x))
    case .softplus: max(x, 0) + Glibc.log1p(Glibc.exp(-abs(x)))
    case .erf: Glibc.erf(x)
    case .relu: max(x, 0)
    }
  }

  static func binary(_ op: BinaryOp, _ x: Double, _ y: Double, _ type: ElementType) -> Double {
    let isFloat = type.isFloatingPoint
    switch op {
    case .add: return x + y
    case .subtract: return x - y
    // Products of 32-bit numbers need more bits than a Double has.
    case .multiply: return isFloat ? x * y : Double(Int32(truncatingIfNeeded: Int64(x) &* Int64(y)))
    case .divide: return isFloat ? x / y : y == 0 ? 0 : (x / y).rounded(.towardZero)
    case .maximum: return max(x, y)
    case .minimum: return min(x, y)
    case .power: return pow(x, y)
    case .remainder: return isFloat ? fmod(x, y) : y == 0 ? 0 : fmod(x, y)
    case .less: return x < y ? 1 : 0
    case .equal: return x == y ? 1 : 0
    }
  }

  private static func random(
    _ kind: RandomKind, _ element: UInt64, _ state: [UInt32], _ stream: UInt32, _ type: ElementType
  ) -> Double {
    let lanes = Philox.lanes(element: element, state: state, stream: stream)
    let lane = Int(element % 4)
    func uniform(_ bits: UInt32) -> Double {
      type == .float32 ? min((Double(bits >> 8) + 0.5) * 0x1p-24, 1 - 0x1p-24) : (Double(bits) + 0.5) * 0x1p-32
    }
    switch kind {
    case .bits: return Double(lanes[lane])
    case .uniform: return uniform(lanes[lane])
    case .normal:
      let pair = lane & 2
      let radius = (-2 * log(uniform(lanes[pair]))).squareRoot()
      let angle = 2 * Double.pi * uniform(lanes[pair + 1])
      return radius * (lane % 2 == 0 ? cos(angle) : sin(angle))
    }
  }
}
