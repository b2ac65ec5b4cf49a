import Graphs
import Tensors

/// A computation of a batch whose size is open: the graph for one size, and which of its extents go with the size.
///
/// Shapes in a graph are numbers. The computation is therefore traced for two sizes; extents that are the sizes in the two
/// graphs, or one multiple of them, are the batch's, and all else must be equal.
struct BatchGraph {
  /// An extent of a dimension.
  enum Extent: Hashable {
    case fixed(Int)
    /// So many times the batch's size.
    case batches(Int)
  }

  /// Where the numbers of a source come from.
  enum Source {
    /// An input of the computation, by its place.
    case input(Int)
    case memory(SourceID, Storage)
  }

  let graph: Graph
  /// The results.
  let roots: [NodeID]
  /// Of each node.
  private let extents: [[Extent]]
  /// By the number that a source has in the graph.
  private let sources: [Source]

  /// Two sizes that no extent of a model is likely to be, so that one trace does not fold what the other does not.
  private static let batchSizes = (1009, 1013)

  /// - Parameters:
  ///   - sizes: of the inputs, each float32 (batch, size).
  ///   - function: from inputs to results.
  init(of sizes: [Int], _ function: ([Tensor]) -> [Tensor]) throws(ExportError) {
    let one = Traced(sizes, batchSize: Self.batchSizes.0, function)
    let other = Traced(sizes, batchSize: Self.batchSizes.1, function)
    guard one.graph.nodes.count == other.graph.nodes.count, one.roots == other.roots else {
      throw .dependsOnBatchSize("its graph")
    }
    var extents: [[Extent]] = []
    for (node, twin) in zip(one.graph.nodes, other.graph.nodes) {
      guard node.inputs == twin.inputs, node.type == twin.type, node.shape.rank == twin.shape.rank,
        Self.correspond(node.op, twin.op)
      else { throw .dependsOnBatchSize(node.op.name) }
      extents.append(
        try zip(node.shape.dimensions, twin.shape.dimensions).map { a, b throws(ExportError) in
          if a == b { return .fixed(a) }
          let (count, rest) = a.quotientAndRemainder(dividingBy: Self.batchSizes.0)
          guard rest == 0, b == count * Self.batchSizes.1 else { throw .dependsOnBatchSize(node.op.name) }
          return .batches(count)
        })
    }
    (graph, roots, sources) = (one.graph, one.roots, one.sources)
    self.extents = extents
  }

  func extents(_ node: NodeID) -> [Extent] { extents[node.index] }

  func source(_ number: SourceID) -> Source { sources[Int(number.raw)] }

  /// Whether two ops differ by no more than shapes, which are compared as the shapes of their results.
  private static func correspond(_ a: Op, _ b: Op) -> Bool {
    switch (a, b) {
    case (.reshape, .reshape), (.broadcast, .broadcast): true
    case (.slice(let start, _), .slice(let other, _)): start == other
    case (.iota(_, let axis, _), .iota(_, let other, _)): axis == other
    case (.convolutionInputGradient(let window, _), .convolutionInputGradient(let other, _)): window == other
    default: a == b
    }
  }

  /// The computation for one size.
  private struct Traced {
    let graph: Graph
    let roots: [NodeID]
    let sources: [Source]

    init(_ sizes: [Int], batchSize: Int, _ function: ([Tensor]) -> [Tensor]) {
      let inputs = sizes.map { Tensor([Float](repeating: 0, count: batchSize * $0), shape: [batchSize, $0]) }
      let trace = Trace()
      let nodes = trace.nodes(of: function(inputs))
      // Numbered in the order in which they appear, so that the memory of two traces has the same names.
      var numbers: [SourceID: SourceID] = [:]
      var sources: [Source] = []
      (graph, roots) = trace.graph.composed(nodes) { id in
        if let known = numbers[id] { return known }
        guard let storage = trace.storage(of: id) else { preconditionFailure("a source without memory") }
        let place = inputs.firstIndex { $0.storage?.id == id }
        numbers[id] = SourceID(raw: UInt64(sources.count))
        sources.append(place.map(Source.input) ?? .memory(id, storage))
        return SourceID(raw: UInt64(sources.count - 1))
      }
      self.sources = sources
    }
  }
}
