import Graphs

/// What a kernel has to do at the least: the measure against which its time is held.
public struct Work: Hashable, Sendable {
  /// Additions, multiplications and function evaluations, each counted once.
  public var operations = 0
  /// Bytes of arguments read and written, each element once.
  public var bytesMoved = 0

  public init(operations: Int = 0, bytesMoved: Int = 0) {
    self.operations = operations
    self.bytesMoved = bytesMoved
  }

  public static func + (a: Work, b: Work) -> Work {
    Work(operations: a.operations + b.operations, bytesMoved: a.bytesMoved + b.bytesMoved)
  }
}

extension Kernel {
  public var work: Work {
    let places = domain.reduce(1, *)
    var work = Work(operations: places * body.operationCount, bytesMoved: body.bytesRead(arguments, over: domain))
    for store in stores { work.bytesMoved += places * arguments[store.argument].byteCount }
    switch form {
    case .map: break
    case .reduce(let reduction):
      let kept = Array(domain.dropLast(reduction.reducedRank))
      let reduced = domain.suffix(reduction.reducedRank).reduce(1, *)
      let pieces = reduction.chunk.map { (reduced + $0 - 1) / $0 } ?? 1
      let results = kept.reduce(1, *) * pieces
      work.operations += places * reduction.ops.count + results * reduction.finish.operationCount
      work.bytesMoved += reduction.finish.bytesRead(arguments, over: kept)
      for store in reduction.finishStores { work.bytesMoved += results * arguments[store.argument].byteCount }
      if let products = reduction.products { work = work + products.work }
    case .matmul(let contraction): work = work + contraction.work
    case .convolution(let convolution):
      let window = convolution.filter.dimensions.dropFirst().reduce(1, *)
      work.operations += 2 * convolution.output.elementCount * window
      for shape in [convolution.input, convolution.filter, convolution.output] {
        work.bytesMoved += shape.elementCount * convolution.type.byteCount
      }
    }
    return work
  }
}

extension Contraction {
  /// What multiplying alone takes.
  public var work: Work {
    products.reduce(Work()) { work, product in
      work
        + Work(
          operations: 2 * batch * rows * columns * product.depth,
          bytesMoved: batch * product.depth * (rows + columns) * type.byteCount)
    }
  }

  /// The shape, such as `128x784x400`.
  fileprivate var extents: String {
    let depths = products.map { String($0.depth) }.joined(separator: "+")
    return (batch == 1 ? "" : "\(batch) times ") + "\(rows)x\(columns)x\(depths)"
  }
}

extension Expression {
  fileprivate var operationCount: Int {
    instructions.count { instruction in
      switch instruction {
      case .unary, .binary, .select, .cast, .random, .shuffle: true
      case .constant, .load, .index, .inside, .accumulator: false
      }
    }
  }

  /// Bytes of the elements that loads touch; dimensions along which a load does not move count once.
  fileprivate func bytesRead(_ arguments: [ElementType], over domain: [Int]) -> Int {
    instructions.reduce(0) { bytes, instruction in
      guard case .load(let argument, let at, _, _) = instruction else { return bytes }
      let touched = zip(domain, at.strides).reduce(1) { $0 * ($1.1 == 0 ? 1 : $1.0) }
      return bytes + touched * arguments[argument].byteCount
    }
  }
}

extension Launch {
  public var work: Work { kernels.reduce(Work()) { $0 + $1.kernel.work } }
}

extension Plan {
  public var work: Work { launches.reduce(Work()) { $0 + $1.work } }
}

extension Kernel: CustomStringConvertible {
  /// The form and the shape: `matmul 128x784x400`, `reduce 128x784`.
  public var description: String {
    let extents = domain.map(String.init).joined(separator: "x")
    switch form {
    case .map: return "map \(extents)"
    case .reduce(let reduction):
      let kept = domain.dropLast(reduction.reducedRank).map(String.init).joined(separator: "x")
      let reduced = domain.suffix(reduction.reducedRank).map(String.init).joined(separator: "x")
      return "reduce \(kept) by \(reduced)" + (reduction.products.map { " of matmul \($0.extents)" } ?? "")
    case .matmul(let contraction): return "matmul \(contraction.extents)"
    case .convolution(let convolution):
      return "convolution \(convolution.role) \(convolution.input) by \(convolution.filter)"
    }
  }
}
