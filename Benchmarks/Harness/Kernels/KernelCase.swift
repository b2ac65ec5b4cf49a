import Elbo
import Graphs

/// A kernel by itself: a form at a size that training has.
struct KernelCase: Sendable {
  let name: String
  let inputs: [(shape: Shape, type: ElementType)]
  let build: @Sendable (inout Graph, [NodeID]) -> NodeID

  /// Which product it is; nil where the time is that of memory.
  var product: Product?

  /// A matrix product: its extents, and how the factors lie.
  struct Product: Hashable, Sendable {
    var rows: Int
    var columns: Int
    var depth: Int
    var form: Transposition
  }

  static let all: [KernelCase] =
    [
      map("copy 1M", count: 1 << 20) { _, sources in sources[0] },
      map("multiply and add 1M", count: 1 << 20, inputs: 3) { graph, sources in
        graph.add(.binary(.add), [graph.add(.binary(.multiply), [sources[0], sources[1]]), sources[2]])
      },
      map("exp 1M", count: 1 << 20) { $0.add(.unary(.exp), $1) },
      map("tanh 1M", count: 1 << 20) { $0.add(.unary(.tanh), $1) },
      map("softplus 1M", count: 1 << 20) { $0.add(.unary(.softplus), $1) },
      normal(rows: 1000, columns: 1000),
      sum("sum 1000 x 784 by rows", 1000, 784, axis: 1),
      sum("sum 1000 x 784 by columns", 1000, 784, axis: 0),
      sum("sum 1M", 1, 1 << 20, axis: 1),
      gather(rows: 128, columns: 784, from: 60_000),
    ] + products

  /// Products of the workloads in the three ways in which they come, and one large.
  private static let products: [KernelCase] = [
    (128, 400, 784), (128, 784, 400), (1000, 784, 200), (1000, 200, 784), (128, 40, 400), (1024, 1024, 1024),
  ].flatMap { rows, columns, depth in
    Transposition.allCases.map { product(rows, columns, depth, $0) }
  }

  /// Which factors lie transposed in memory.
  enum Transposition: String, CaseIterable, Sendable {
    /// Neither: the gradient that goes back through a layer.
    case nn
    /// The right one: a layer forward.
    case nt
    /// The left one: a weight's gradient.
    case tn
  }

  static func map(
    _ name: String, count: Int, inputs: Int = 1, _ build: @escaping @Sendable (inout Graph, [NodeID]) -> NodeID
  ) -> KernelCase {
    KernelCase(
      name: name, inputs: Array(repeating: ([count], .float32), count: inputs), build: build)
  }

  static func normal(rows: Int, columns: Int) -> KernelCase {
    KernelCase(
      name: "normal \(rows) x \(columns)", inputs: [([3], .uint32)],
      build: { $0.add(.random(.normal, shape: [rows, columns], stream: 0, type: .float32), $1) })
  }

  static func sum(_ name: String, _ rows: Int, _ columns: Int, axis: Int) -> KernelCase {
    KernelCase(
      name: name, inputs: [([rows, columns], .float32)], build: { $0.add(.reduce(.sum, axes: [axis]), $1) })
  }

  static func gather(rows: Int, columns: Int, from count: Int) -> KernelCase {
    KernelCase(
      name: "gather \(rows) x \(columns) of \(count)", inputs: [([count, columns], .uint8), ([rows], .int32)],
      build: { graph, sources in graph.add(.cast(.float32), [graph.add(.gather, sources)]) })
  }

  static func product(_ rows: Int, _ columns: Int, _ depth: Int, _ form: Transposition) -> KernelCase {
    let left: Shape = form == .tn ? [depth, rows] : [rows, depth]
    let right: Shape = form == .nt ? [columns, depth] : [depth, columns]
    return KernelCase(
      name: "matmul \(form.rawValue) \(rows) x \(columns) x \(depth)", inputs: [(left, .float32), (right, .float32)],
      build: { graph, sources in
        graph.add(
          .matmul,
          [
            form == .tn ? graph.add(.permute([1, 0]), [sources[0]]) : sources[0],
            form == .nt ? graph.add(.permute([1, 0]), [sources[1]]) : sources[1],
          ])
      }, product: Product(rows: rows, columns: columns, depth: depth, form: form))
  }
}
