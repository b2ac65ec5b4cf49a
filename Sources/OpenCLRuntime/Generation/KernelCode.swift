import Graphs
import Plans
import Runtime

/// Which of the two variants of each form a program uses.
enum KernelVariant: String, Codable {
  /// Groups of one work-item, vectors, no local memory.
  case cpu
  /// Groups of many work-items that share local memory.
  case gpu
}

/// A kernel as a function of OpenCL C that computes one group, and how many groups it has.
struct KernelFunction {
  var name: String
  var source: String
  var groupCount: Int
  /// Local memory that a group needs.
  var localByteCount = 0
}

/// Writes kernels as functions.
struct KernelCode {
  let kernel: Kernel
  let name: String
  let variant: KernelVariant
  let tiles: TileParameters

  /// - Throws: `RuntimeError.unsupported` for operands of another type than the result.
  func function(device: String) throws -> KernelFunction {
    switch kernel.form {
    case .map: return map()
    case .reduce(let reduction):
      guard reduction.products == nil else {
        throw RuntimeError.unsupported("a reduction that makes products", device: device)
      }
      return reduce(reduction)
    case .matmul(let contraction): return try matmul(contraction, device: device)
    case .convolution(let convolution): return try self.convolution(convolution, device: device)
    }
  }

  /// Whether the kernel has nothing to do: it stores at no place.
  var isEmpty: Bool {
    if case .reduce(let reduction) = kernel.form {
      // Without reduced places the results are those of nothing: 0 or the least number.
      return kernel.domain.dropLast(reduction.reducedRank).contains(0)
    }
    return kernel.domain.contains(0)
  }

  // MARK: Shared by the forms

  /// Arguments that some store writes.
  static func written(_ kernel: Kernel) -> Set<Int> {
    var stores = kernel.stores
    if case .reduce(let reduction) = kernel.form { stores += reduction.finishStores }
    return Set(stores.map(\.argument))
  }

  /// The function's parameters for memory: `a0`, `a1`, …, each pointing at the argument's first element.
  var parameters: String {
    let written = Self.written(kernel)
    return kernel.arguments.enumerated().map { number, type in
      "GLOBAL_PTR(\(written.contains(number) ? "" : "const ")\(type.codeName)) a\(number)"
    }.joined(separator: ", ")
  }

  /// Every function of the body's coordinates.
  var accesses: [Affine] { kernel.body.affines + kernel.stores.map(\.at) }

  /// The integer for a space whose accesses and places are given: 32 bits where nothing leaves them.
  func index(_ spaces: [(space: IterationSpace, accesses: [Affine])], places: Int, reach: Int) -> IndexType {
    // Loops count a little past the end, by at most a group's places.
    let limit = Int(Int32.max) - (1 << 16)
    let fits = spaces.allSatisfy { space, accesses in
      accesses.allSatisfy { access in
        let range = space.range(access)
        return range.lowerBound > -limit && range.upperBound + reach < limit
      }
    }
    return fits && places < limit ? .int : .long
  }

  /// What makes the compiler compute a loop's turns as vectors of 16: they are independent by the meaning of a kernel.
  var vectorized: [String] { ["#pragma clang loop vectorize(assume_safety) vectorize_width(16)"] }

  func divided(_ count: Int, by size: Int) -> Int { (count + size - 1) / size }
}
